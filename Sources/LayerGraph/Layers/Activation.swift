import CKernels

/// An element-wise activation function.
///
/// - Input and output: any shape.
public struct Activation: Layer, Equatable {
  /// The function. The first three have kernels in every instruction set; `value(_:)` has the formulas of the others.
  public enum Function: String, Sendable, Codable, CaseIterable {
    /// The hyperbolic tangent.
    case tanh
    /// The logistic function.
    case sigmoid
    /// max(x, 0), with gradient 0 at 0. What is not a number stays so.
    case relu
    /// min(max(0.2 x + 0.5, 0), 1), as in Keras 2.
    case hardSigmoid
    /// min(max(x/6 + 0.5, 0), 1), as in Keras 3.
    case hardSigmoidSixth
    /// x / (1 + |x|).
    case softsign
    /// ln(1 + e^x).
    case softplus
    /// x above zero, e^x - 1 below.
    case elu
    /// `elu`, scaled so that mean 0 and variance 1 stay.
    case selu
    /// x sigmoid(x).
    case swish
    /// x times the normal distribution's cumulative probability of x.
    case gelu
    /// e^x.
    case exponential

    /// The kernel tables' own number for it; nil where they have none.
    var kernel: zk_activation? {
      switch self {
      case .tanh: ZK_TANH
      case .sigmoid: ZK_SIGMOID
      case .relu: ZK_RELU
      default: nil
      }
    }
  }

  /// Which function.
  public let function: Function

  /// The layer that applies `function`.
  public init(_ function: Function) { self.function = function }

  public func outputShape(for inputs: [Shape]) throws -> Shape { try singleInput(inputs, layer: "Activation") }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return ActivationKernel(function: function, table: setting.table)
  }
}

/// Checks a hyper-parameter that counts something.
func requirePositive(_ number: Int, _ name: String) throws {
  guard number >= 1 else { throw GraphError.value(name: name, expected: "1 or more", found: "\(number)") }
}

/// The shape of the only input.
func singleInput(_ inputs: [Shape], layer: String) throws -> Shape {
  guard inputs.count == 1 else { throw GraphError.inputCount(layer: layer, expected: "one input", found: inputs.count) }
  return inputs[0]
}

private final class ActivationKernel: LayerKernel, @unchecked Sendable {
  private let function: Activation.Function
  private let table: KernelTable

  init(function: Activation.Function, table: KernelTable) {
    self.function = function
    self.table = table
  }

  func forward(_ call: ForwardCall) {
    let input = call.inputs[0].data, output = call.output.data, count = call.output.count
    guard let kernel = function.kernel else {
      for index in 0..<count { output[index] = function.value(input[index]) }
      return
    }
    table.functions.pointee.activate(kernel, count, input, output)
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    guard let kernel = function.kernel else {
      let input = call.inputs[0].data, gradient = call.outputGradient.data, place = target.rows.data
      for index in 0..<call.output.count {
        let change = function.derivative(input[index]) * gradient[index]
        place[index] = target.accumulates ? place[index] + change : change
      }
      return
    }
    table.functions.pointee.activate_gradient(
      kernel, call.output.count, call.output.data, call.outputGradient.data, target.rows.data,
      target.accumulates ? 1 : 0)
  }
}
