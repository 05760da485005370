import Foundation

/// What training makes small: a mean over the batch.
public enum Loss: Sendable, Equatable, Codable {
  /// Squared difference, mean over all numbers.
  case meanSquaredError
  /// Absolute difference, mean over all numbers; gradient 0 at difference 0.
  case meanAbsoluteError
  /// Half the squared difference below delta, delta (|d| - delta/2) beyond; mean over all numbers.
  case huber(delta: Double)
  /// Of softmax(logits) to a class; with smoothing e the target is 1 - e on the class plus e/K on each of K classes.
  case crossEntropy(smoothing: Double)

  /// Whether targets are classes rather than numbers.
  public var isClassification: Bool {
    if case .crossEntropy = self { true } else { false }
  }

  /// The loss of some rows of predictions and, where wanted, its gradient.
  /// - Parameters:
  ///   - rows: trajectories in this part of the batch.
  ///   - channels: numbers in a prediction.
  ///   - batch: rows of the whole batch, over which the mean is taken.
  ///   - predictions: `[rows][channels]`.
  ///   - targets: `[rows][channels]` numbers, or `[rows]` classes as whole numbers.
  ///   - gradient: `[rows][channels]`.
  /// - Returns: these rows' share of the mean.
  public func value(
    rows: Int, channels: Int, batch: Int, predictions: UnsafePointer<Float>, targets: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    if case .crossEntropy(let smoothing) = self {
      return crossEntropy(
        rows: rows, channels: channels, batch: batch, logits: predictions, classes: targets, smoothing: smoothing,
        gradient: gradient)
    }
    let share = 1 / Double(batch * channels)
    var total = 0.0
    for index in 0..<rows * channels {
      let difference = Double(predictions[index]) - Double(targets[index])
      let (value, slope) = regression(difference)
      total += value
      gradient?[index] = Float(slope * share)
    }
    return total * share
  }

  /// Value and slope at a difference.
  private func regression(_ d: Double) -> (Double, Double) {
    switch self {
    case .meanSquaredError: return (d * d, 2 * d)
    case .meanAbsoluteError: return (abs(d), d == 0 ? 0 : (d > 0 ? 1 : -1))
    case .huber(let delta):
      return abs(d) < delta ? (d * d / 2, d) : (delta * (abs(d) - delta / 2), d > 0 ? delta : -delta)
    case .crossEntropy: preconditionFailure("cross entropy has classes for targets")
    }
  }

  private func crossEntropy(
    rows: Int, channels: Int, batch: Int, logits: UnsafePointer<Float>, classes: UnsafePointer<Float>,
    smoothing: Double, gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var total = 0.0
    for row in 0..<rows {
      let logit = (0..<channels).map { Double(logits[row * channels + $0]) }
      let label = Int(classes[row])
      let largest = logit.max() ?? 0
      let sum = logit.reduce(0) { $0 + exp($1 - largest) }
      for channel in 0..<channels {
        let logProbability = logit[channel] - largest - log(sum)
        let target = (channel == label ? 1 - smoothing : 0) + smoothing / Double(channels)
        if target != 0 { total -= target * logProbability }
        gradient?[row * channels + channel] = Float((exp(logProbability) - target) / Double(batch))
      }
    }
    return total / Double(batch)
  }
}
