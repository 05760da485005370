import CKernels
import Foundation

/// How gradients change parameters.
public enum Optimizer: Sendable, Equatable, Codable {
  /// w -= rate * velocity; velocity = momentum * velocity + gradient (the first gradient at first).
  case sgd(momentum: Double, weightDecay: Double)
  /// Adam with bias correction; epsilon outside the root (Kingma and Ba 2015, as in PyTorch).
  case adam(beta1: Double, beta2: Double, epsilon: Double)
  /// Adam after w *= 1 - rate * weightDecay (Loshchilov and Hutter 2019).
  case adamW(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double)

  /// Adam with its usual constants.
  public static let adam = Optimizer.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
}

/// An optimiser's memory: moments and the number of steps taken.
public final class OptimizerState {
  /// First moments or velocities, in the layout of the trained parameters.
  public let first: AlignedBuffer
  /// Second moments, in the layout of the trained parameters; zeros where the optimiser has none.
  public let second: AlignedBuffer
  /// Updates so far.
  public var steps = 0

  /// Zeros for parameters of this layout.
  public init(for store: ParameterStore) {
    first = AlignedBuffer(count: store.trained.count)
    second = AlignedBuffer(count: store.trained.count)
  }
}

extension Optimizer {
  /// One update of all trained parameters.
  /// - Parameters:
  ///   - parameters: numbers to change.
  ///   - gradients: in the layout of `parameters`.
  ///   - gradientScale: factor on the gradients, as clipping asks for.
  ///   - rate: the learning rate of this step.
  ///   - state: moments, which change as well.
  ///   - table: the instruction set.
  ///   - workers: the threads; their number doesn't change the result.
  public func update(
    _ parameters: ParameterStore, gradients: ParameterStore, gradientScale: Float = 1, rate: Double,
    state: OptimizerState, table: KernelTable, workers: Workers
  ) {
    state.steps += 1
    let functions = table.functions.pointee
    let weights = parameters.trained, slopes = gradients.trained
    nonisolated(unsafe) let first = state.first.pointer
    nonisolated(unsafe) let second = state.second.pointer
    let steps = Double(state.steps)
    let piece = 1 << 14
    workers.run((weights.count + piece - 1) / piece) { index, _ in
      let start = index * piece, count = min(piece, weights.count - start)
      let w = weights.pointer + start, g = slopes.pointer + start
      switch self {
      case .sgd(let momentum, let decay):
        // PyTorch's SGD adds decay * w to the gradient; without momentum that is the decay of w itself.
        functions.sgd(
          count, w, g, first + start, gradientScale, Float(momentum), Float(rate), Float(rate * decay))
      case .adam(let beta1, let beta2, let epsilon):
        functions.adam(
          count, w, g, first + start, second + start, gradientScale, Float(beta1), Float(beta2),
          Float(rate / (1 - pow(beta1, steps))), Float(1 / (1 - pow(beta2, steps)).squareRoot()), Float(epsilon), 0)
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        functions.adam(
          count, w, g, first + start, second + start, gradientScale, Float(beta1), Float(beta2),
          Float(rate / (1 - pow(beta1, steps))), Float(1 / (1 - pow(beta2, steps)).squareRoot()), Float(epsilon),
          Float(rate * decay))
      }
    }
  }
}

/// Clipping by the norm of all gradients together.
public enum GradientClipping {
  /// The factor that brings gradients down to `maximum`: min(1, maximum / (norm + 1e-6)), PyTorch's rule.
  /// - Returns: the factor and the norm before it.
  public static func scale(_ gradients: ParameterStore, maximum: Double, table: KernelTable) -> (Float, norm: Double) {
    let norm = table.functions.pointee.sum_of_squares(gradients.trained.count, gradients.trained.pointer).squareRoot()
    return (Float(min(1, maximum / (norm + 1e-6))), norm)
  }
}

/// The moving average of parameters, which is often better than the last ones.
public enum WeightAverage {
  /// average += (1 - decay) (parameters - average), trained numbers and statistics alike.
  public static func update(
    _ average: ParameterStore, from parameters: ParameterStore, decay: Double, table: KernelTable
  ) {
    let functions = table.functions.pointee, share = Float(1 - decay)
    functions.average(average.trained.count, share, parameters.trained.pointer, average.trained.pointer)
    functions.average(average.statistics.count, share, parameters.statistics.pointer, average.statistics.pointer)
  }
}
