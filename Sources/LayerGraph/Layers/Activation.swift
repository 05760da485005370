import CKernels

/// An element-wise activation function.
///
/// - Input and output: any shape.
public struct Activation: Layer, Equatable {
  /// The function.
  public enum Function: String, Sendable, Codable, CaseIterable {
    /// The hyperbolic tangent.
    case tanh
    /// The logistic function.
    case sigmoid
    /// max(x, 0), with gradient 0 at 0.
    case relu

    var kernel: zk_activation {
      switch self {
      case .tanh: ZK_TANH
      case .sigmoid: ZK_SIGMOID
      case .relu: ZK_RELU
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
    table.functions.pointee.activate(function.kernel, call.output.count, call.inputs[0].data, call.output.data)
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    table.functions.pointee.activate_gradient(
      function.kernel, call.output.count, call.output.data, call.outputGradient.data, target.rows.data,
      target.accumulates ? 1 : 0)
  }
}
