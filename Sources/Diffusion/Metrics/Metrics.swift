/// How far predicted exponents are from true ones.
public enum MeanAbsoluteError {
  /// The mean of |predicted - true|: the challenge's measure of task 1; not a number of nothing.
  ///
  /// Both lists have the same length and order.
  public static func value(predicted: [Double], truth: [Double]) -> Double {
    precondition(predicted.count == truth.count, "\(predicted.count) predictions for \(truth.count) trajectories")
    return mean(zip(predicted, truth).map { abs($0 - $1) })
  }
}

/// How often diffusion models are named rightly.
public enum MicroF1 {
  /// F1 with true positives, false positives and false negatives summed over classes: the challenge's measure of task 2.
  /// With one answer for each trajectory it is the share of right answers.
  ///
  /// Both lists have the same length and order.
  public static func value(predicted: [DiffusionModel], truth: [DiffusionModel]) -> Double {
    precondition(predicted.count == truth.count, "\(predicted.count) predictions for \(truth.count) trajectories")
    return mean(zip(predicted, truth).map { $0 == $1 ? 1 : 0 })
  }
}

/// The mean; not a number of nothing.
public func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
