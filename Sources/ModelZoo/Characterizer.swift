import Diffusion

/// What a method says of one trajectory.
public enum Prediction: Sendable, Equatable {
  /// The anomalous exponent, within 0.05...2.
  case exponent(Double)
  /// A probability for each diffusion model, in the order of `DiffusionModel.allCases`; they sum to 1.
  case model(probabilities: [Double])
}

/// Turns trajectories into predictions for one subtask.
public protocol Characterizer: Sendable {
  /// One prediction for each trajectory, in their order.
  ///
  /// A trajectory's prediction does not depend on the others, nor on the number of threads.
  /// - Throws: `CharacterizerError` where a trajectory cannot be characterised.
  func predictions(for trajectories: [Trajectory]) throws -> [Prediction]
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
