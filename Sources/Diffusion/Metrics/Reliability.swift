/// How often answers are right, beside how often they were said to be.
///
/// Stated probabilities are sorted into bins of equal width.
/// - Source: Guo et al. (2017), "On calibration of modern neural networks", section 2.
public struct Reliability: Sendable, Equatable, Codable {
  /// Answers whose stated probability lies in one bin.
  public struct Bin: Sendable, Equatable, Codable {
    /// Mean of the stated probabilities; 0 where there is no answer.
    public internal(set) var confidence = 0.0
    /// Share that was right; 0 where there is no answer.
    public internal(set) var accuracy = 0.0
    /// Answers.
    public internal(set) var count = 0
  }

  /// Of equal width, from 0 to 1; empty ones included.
  public private(set) var bins: [Bin]

  /// No answer yet.
  /// - Parameter count: of bins, 1 or more.
  public init(bins count: Int = 15) {
    precondition(count >= 1, "reliability needs a bin")
    bins = [Bin](repeating: Bin(), count: count)
  }

  /// Counts one answer.
  /// - Parameters:
  ///   - confidence: the stated probability, 0...1, of the answer.
  ///   - isRight: whether the answer was right.
  public mutating func add(confidence: Double, isRight: Bool) {
    precondition((0...1.000001).contains(confidence), "\(confidence) is no probability")
    let index = min(bins.count - 1, Int(confidence * Double(bins.count)))
    let before = Double(bins[index].count)
    bins[index].count += 1
    bins[index].confidence += (confidence - bins[index].confidence) / (before + 1)
    bins[index].accuracy += ((isRight ? 1 : 0) - bins[index].accuracy) / (before + 1)
  }

  /// Counts an answer in probabilities: its largest one is what is stated.
  /// - Parameters:
  ///   - probabilities: one for each class, 0...1.
  ///   - truth: the index of the right one.
  public mutating func add(probabilities: [Double], truth: Int) {
    guard let best = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }) else { return }
    add(confidence: min(1, probabilities[best]), isRight: best == truth)
  }

  /// Answers in all bins.
  public var count: Int { bins.reduce(0) { $0 + $1.count } }

  /// The mean distance of accuracy from stated probability, bins weighted by their answers; nil of nothing.
  public var expectedCalibrationError: Double? {
    guard count > 0 else { return nil }
    return bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.confidence) } / Double(count)
  }
}
