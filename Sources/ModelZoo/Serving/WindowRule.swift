import Diffusion
import Foundation

/// How networks that were each trained at one length serve trajectories of any length.
///
/// The weights of the closest smaller length are taken; where the lengths differ, the first and the last window of that
/// length pass through the network, and their linear outputs are averaged, as are those of several folds. Windows are
/// cut from the z-scored trajectory and not z-scored again.
/// - Source: Li, Yao and Huang (2021), section 2.3, and their published code.
public struct WindowRule: Sendable, Equatable {
  /// Lengths that weights exist for, increasing.
  public let lengths: [Int]

  /// The rule for these lengths, in any order.
  public init(lengths: [Int]) { self.lengths = Set(lengths).sorted() }

  /// The 43 lengths of the paper.
  public static let published = WindowRule(
    lengths: [
      10, 15, 20, 25, 30, 40, 45, 50, 55, 60, 70, 80, 90, 100, 105, 110, 115, 120, 125, 150, 175, 200, 225, 250, 275,
      300, 325, 350, 375, 400, 425, 450, 475, 500, 550, 600, 650, 700, 750, 800, 850, 900, 950,
    ])

  /// The length whose weights serve a trajectory of `count` points; nil where it is shorter than all of them.
  public func length(for count: Int) -> Int? { lengths.last { $0 <= count } }

  /// The points that pass through the network: all, or the first and the last window.
  public func windows(for count: Int) -> [Range<Int>] {
    length(for: count).map { Self.windows(of: $0, in: count) } ?? []
  }

  /// The first and the last window of a length that is not above `count`; one where they are the same.
  static func windows(of length: Int, in count: Int) -> [Range<Int>] {
    length == count ? [0..<count] : [0..<length, count - length..<count]
  }

  /// Element by element, the mean of several outputs of one network or of several folds.
  public static func mean(_ outputs: [[Double]]) -> [Double] {
    guard let first = outputs.first else { return [] }
    return first.indices.map { index in outputs.reduce(0) { $0 + $1[index] } / Double(outputs.count) }
  }

  /// The constant w that multiplies exponents before they are clipped.
  /// - Source: Li, Yao and Huang (2021), section 2.3.
  public static func rectification(dimension: Int) -> Double {
    switch dimension {
    case 1: 1.0110
    case 2: 1.0129
    default: 1.0083
    }
  }
}

extension Prediction {
  /// What a network's linear output says: the exponent, times `rectification`, clipped to the challenge's range, or
  /// the softmax of logits.
  public init(_ output: [Double], task: ChallengeTask, rectification: Double = 1) {
    switch task {
    case .exponent: self = .exponent(Self.clipped(output[0] * rectification))
    case .model: self = .model(probabilities: Self.softmax(output))
    }
  }

  /// An exponent within the challenge's range, 0.05...2.
  static func clipped(_ exponent: Double) -> Double { min(2, max(0.05, exponent)) }

  /// Probabilities of logits.
  static func softmax(_ logits: [Double]) -> [Double] {
    let largest = logits.max() ?? 0
    let shares = logits.map { exp($0 - largest) }, sum = shares.reduce(0, +)
    return shares.map { $0 / sum }
  }
}
