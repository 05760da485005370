import Diffusion

/// What a method says of one trajectory.
public enum Prediction: Sendable, Equatable {
  /// The anomalous exponent, within 0.05...2.
  case exponent(Double)
  /// A probability for each diffusion model, in the order of `DiffusionModel.allCases`; they sum to 1.
  case model(probabilities: [Double])
}

/// A prediction with what the method knows of its own doubt.
public struct Estimate: Sendable, Equatable {
  /// The exponent, or the probabilities of the models.
  public var prediction: Prediction
  /// The calibrated standard deviation of an exponent; nil where the method is not calibrated.
  public var deviation: Double?
  /// How far members of an ensemble, or symmetric copies of the trajectory, lie apart: the standard deviation of their
  /// exponents, or the mean total variation distance of their probabilities from the mean. Nil where there is but one.
  public var spread: Double?
  /// Half the widths of the calibrated intervals around an exponent; empty where the method is not calibrated.
  public var halfWidths: [Coverage: Double]

  /// The share of true exponents that intervals are calibrated to hold.
  public enum Coverage: Double, Sendable, CaseIterable, Codable {
    /// 68 %, as within one standard deviation of a normal distribution.
    case sixtyEight = 0.68
    /// 95 %, as within about two standard deviations of a normal distribution.
    case ninetyFive = 0.95
  }

  /// A prediction; by default without any doubt.
  /// - Parameters:
  ///   - prediction: the exponent, or the probabilities of the models.
  ///   - deviation: of an exponent; nil where not calibrated.
  ///   - spread: between members or symmetric copies; nil where there is but one.
  ///   - halfWidths: of the intervals around an exponent; empty where not calibrated.
  public init(
    _ prediction: Prediction, deviation: Double? = nil, spread: Double? = nil, halfWidths: [Coverage: Double] = [:]
  ) {
    self.prediction = prediction
    self.deviation = deviation
    self.spread = spread
    self.halfWidths = halfWidths
  }

  /// Where the true exponent lies with this probability, within 0.05...2; nil for models, and without calibration.
  public func interval(_ coverage: Coverage) -> ClosedRange<Double>? {
    guard case .exponent(let exponent) = prediction, let half = halfWidths[coverage] else { return nil }
    return max(0.05, exponent - half)...min(2, exponent + half)
  }
}

/// Turns trajectories into predictions for one subtask.
public protocol Characterizer: Sendable {
  /// One prediction for each trajectory, in their order.
  ///
  /// A trajectory's prediction does not depend on the others, nor on the number of threads.
  /// - Throws: `CharacterizerError` where a trajectory cannot be characterised.
  func predictions(for trajectories: [Trajectory]) throws -> [Prediction]
  /// The same predictions, with their doubt where the method knows it.
  func estimates(for trajectories: [Trajectory]) throws -> [Estimate]
}

extension Characterizer {
  /// Predictions without doubt.
  public func estimates(for trajectories: [Trajectory]) throws -> [Estimate] {
    try predictions(for: trajectories).map { Estimate($0) }
  }
}

/// Why a trajectory cannot be characterised.
public enum CharacterizerError: Error, Equatable, CustomStringConvertible {
  /// The trajectory has another dimension than the subtask.
  case dimension(index: Int, expected: Int, found: Int)
  /// Shorter or longer than the architecture takes.
  case length(index: Int, expected: ClosedRange<Int>, found: Int)
  /// The network's answer is not finite.
  case notFinite(index: Int)

  /// The same error about the trajectory's number in a longer list.
  public func numbered(_ number: (Int) -> Int) -> CharacterizerError {
    switch self {
    case .dimension(let index, let expected, let found):
      .dimension(index: number(index), expected: expected, found: found)
    case .length(let index, let expected, let found):
      .length(index: number(index), expected: expected, found: found)
    case .notFinite(let index): .notFinite(index: number(index))
    }
  }

  public var description: String {
    switch self {
    case .dimension(let index, let expected, let found):
      "Trajectory \(index + 1) has \(found) dimensions; this subtask is about \(expected)."
    case .length(let index, let expected, let found):
      "Trajectory \(index + 1) has \(found) points; this method takes \(expected.lowerBound) to \(expected.upperBound)."
    case .notFinite(let index):
      "The answer for trajectory \(index + 1) is not a finite number; check the positions and the weights."
    }
  }
}
