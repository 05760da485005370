import Diffusion
import Foundation
import ModelZoo

/// A page about tracks whose truth nobody knows: what a method said of them, and a sample of them drawn.
///
/// Tracks are added one by one or in blocks; memory does not grow with their number.
public struct TrackReport: Sendable {
  /// What was said of one track.
  public struct Track: Sendable, Equatable {
    /// As the file calls it.
    public var name: String
    /// Coordinates of each point: 1, 2 or 3.
    public var dimension: Int
    /// Points.
    public var length: Int
    /// The anomalous exponent that was predicted; nil where the method did not answer that.
    public var exponent: Double?
    /// In the order of `DiffusionModel.allCases`.
    public var probabilities: [Double]?

    /// A track with its answers; those that are left out were not given.
    public init(
      name: String, dimension: Int, length: Int, exponent: Double? = nil, probabilities: [Double]? = nil
    ) {
      self.name = name
      self.dimension = dimension
      self.length = length
      self.exponent = exponent
      self.probabilities = probabilities
    }

    /// The likeliest model.
    var model: DiffusionModel? { probabilities.flatMap { Prediction.model(probabilities: $0).mostLikelyModel } }
  }

  /// A track that is drawn.
  struct Sample {
    let priority: UInt64
    let track: Track
    let trajectory: Trajectory
  }

  /// The file, for a person to read.
  public let data: String
  /// The method's name.
  public let method: String
  /// Of the positions and frames of the tracks.
  public var units = TrackUnits()
  /// Sentences about tracks that were left out, gaps and the like.
  public var notes: [String] = []
  /// Whether some are pieces of tracks with gaps.
  private(set) var hasPieces = false
  /// Tracks that were added.
  public private(set) var count = 0
  private(set) var exponents = [Int](repeating: 0, count: bins)
  private(set) var models = [Int](repeating: 0, count: DiffusionModel.allCases.count)
  private(set) var modelCount = 0
  private(set) var exponentCount = 0
  private(set) var exponentSum = 0.0
  private(set) var points = 0
  /// `[bin of log2 of the length, in quarters][bin of the exponent]`.
  private(set) var byLength: [Int: [Int]] = [:]
  /// By predicted model, -1 where there is none; those with the least priority.
  private(set) var samples: [Int: [Sample]] = [:]

  static let bins = 40
  private static let samplesEach = 6

  /// A page without tracks.
  ///
  /// - Parameters:
  ///   - data: the file, for a person to read.
  ///   - method: the method's name.
  public init(data: String, method: String) {
    self.data = data
    self.method = method
  }

  // MARK: Adding

  /// Adds a track.
  public mutating func add(_ track: Track, trajectory: Trajectory) {
    if let exponent = track.exponent, exponent.isFinite {
      let bin = Self.bin(exponent)
      exponents[bin] += 1
      exponentCount += 1
      exponentSum += exponent
      byLength[Int(4 * log2(Double(max(1, track.length)))), default: [Int](repeating: 0, count: Self.bins)][bin] += 1
    }
    let model = track.model
    if let model {
      models[model.rawValue] += 1
      modelCount += 1
    }
    points += track.length
    keep(Sample(priority: Self.priority(count), track: track, trajectory: trajectory), under: model?.rawValue ?? -1)
    count += 1
  }

  /// Adds a piece of a track with the answers that it has; one that was left out is none of this page's.
  public mutating func add(_ result: TrackResult) {
    guard let trajectory = result.trajectory else { return }
    if result.flags.contains(.split) { hasPieces = true }
    let piece = result.flags.contains(.split) ? ", piece \(result.piece)" : ""
    add(
      Track(
        name: result.track + piece, dimension: trajectory.dimension, length: trajectory.count,
        exponent: result.exponentValue, probabilities: result.probabilities), trajectory: trajectory)
  }

  /// Keeps the tracks with the least priorities: a sample in which each track is equally likely, in whatever blocks they come.
  private mutating func keep(_ sample: Sample, under key: Int) {
    let most = key < 0 ? Self.samplesEach * 3 : Self.samplesEach
    var kept = samples[key] ?? []
    if kept.count == most, let last = kept.last, last.priority < sample.priority { return }
    kept.insert(sample, at: kept.firstIndex { $0.priority > sample.priority } ?? kept.endIndex)
    samples[key] = Array(kept.prefix(most))
  }

  /// SplitMix64 of a number.
  private static func priority(_ number: Int) -> UInt64 {
    var z = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private static func bin(_ exponent: Double) -> Int { min(bins - 1, max(0, Int(exponent / 0.05))) }
}
