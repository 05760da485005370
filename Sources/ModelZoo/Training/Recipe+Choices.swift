import Foundation
import LayerGraph

/// What a recipe's words and numbers stand for.
extension Recipe {
  /// What training makes small.
  var lossFunction: Loss {
    get throws {
      switch (task, loss.kind) {
      case (.exponent, "mse"): .meanSquaredError
      case (.exponent, "mae"): .meanAbsoluteError
      case (.exponent, "huber"), (.exponent, ""): .huber(delta: loss.delta)
      case (.model, "cross-entropy"), (.model, ""): .crossEntropy(smoothing: loss.smoothing)
      default:
        throw SettingsError.value(
          owner: "the recipe",
          reason: "loss.kind must be "
            + (task == .exponent ? "mse, mae or huber" : "cross-entropy") + " for this task, not '\(loss.kind)'")
      }
    }
  }

  var optimizerChoice: Optimizer {
    get throws {
      switch optimizer.kind {
      case "sgd": .sgd(momentum: optimizer.momentum, weightDecay: optimizer.weightDecay)
      case "adam": .adam(beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon)
      case "adamw":
        .adamW(
          beta1: optimizer.beta1, beta2: optimizer.beta2, epsilon: optimizer.epsilon,
          weightDecay: optimizer.weightDecay)
      default:
        throw SettingsError.value(
          owner: "the recipe", reason: "optimizer.kind must be sgd, adam or adamw, not '\(optimizer.kind)'")
      }
    }
  }

  /// The length of a batch's trajectories.
  /// - Parameters:
  ///   - draw: uniform in 0..<1.
  ///   - progress: share of the budget that was seen.
  func length(_ draw: Double, progress: Double) -> Int {
    if !lengths.list.isEmpty {
      return lengths.list[min(lengths.list.count - 1, Int(draw * Double(lengths.list.count)))]
    }
    // The inverse of the cumulative distribution of density L^-power over [from, longest + 1).
    let low = Double(lengths.from)
    let grown = lengths.growth > 0 ? min(1, 0.1 + 0.9 * progress / lengths.growth) : 1
    let high = Double(lengths.from + Int(grown * Double(lengths.to - lengths.from))) + 1
    let e = 1 - lengths.power
    let value =
      abs(e) < 1e-9
      ? low * pow(high / low, draw)
      : pow(pow(low, e) + draw * (pow(high, e) - pow(low, e)), 1 / e)
    return min(lengths.to, max(lengths.from, Int(value)))
  }

  /// Trajectories in a batch of this length.
  func batchSize(length: Int) -> Int { min(batch.most, max(batch.least, batch.points / length)) }
}
