import Diffusion

/// Several methods as one: exponents are averaged, probabilities are averaged.
public struct EnsembleCharacterizer: Characterizer {
  private let methods: [any Characterizer]

  /// - Parameter methods: at least one, for the same subtask.
  public init(_ methods: [any Characterizer]) {
    precondition(!methods.isEmpty, "an ensemble needs a method")
    self.methods = methods
  }

  public func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try estimates(for: trajectories).map(\.prediction)
  }

  /// Means of the methods' estimates, with the spread between them.
  /// - Throws: what a method throws.
  public func estimates(for trajectories: [Trajectory]) throws -> [Estimate] {
    Estimate.means(try methods.map { try $0.estimates(for: trajectories) })
  }
}

extension Estimate {
  /// For each trajectory the mean of several methods' estimates.
  ///
  /// The error of a mean is at most the mean of the errors, so the mean of deviations and of intervals is wide enough;
  /// they are given where every method gives them.
  static func means(_ lists: [[Estimate]]) -> [Estimate] {
    guard let first = lists.first, lists.count > 1 else { return lists.first ?? [] }
    return first.indices.map { index in
      let parts = lists.map { $0[index] }
      let predictions = parts.map(\.prediction)
      var result = Estimate(Prediction.mean(predictions) ?? predictions[0])
      result.deviation = mean(parts.map(\.deviation))
      for coverage in Coverage.allCases { result.halfWidths[coverage] = mean(parts.map { $0.halfWidths[coverage] }) }
      // Spread between methods, and within them, adds up as variances do.
      let within = mean(parts.map { $0.spread.map { $0 * $0 } }) ?? 0
      result.spread = Spread.of(predictions).map { ($0 * $0 + within).squareRoot() }
      return result
    }
  }

  /// Nil where one is nil.
  private static func mean(_ values: [Double?]) -> Double? {
    let known = values.compactMap { $0 }
    return known.count == values.count ? known.reduce(0, +) / Double(known.count) : nil
  }
}
