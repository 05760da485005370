import CKernels

/// A fully connected layer, applied at each point in time where there is a time axis.
///
/// y = x weight^T + bias.
/// - Input: `[inputs]` or `[steps, inputs]`.
/// - Output: `[outputs]` or `[steps, outputs]`.
/// - Parameters: `weight` `[outputs, inputs]`, `bias` `[outputs]`; initial values as PyTorch's.
public struct Dense: Layer, Equatable {
  /// Numbers that enter at each point in time.
  public let inputs: Int
  /// Numbers that leave.
  public let outputs: Int
  /// Whether a constant is added to each output.
  public let hasBias: Bool

  /// A linear map from `inputs` to `outputs` numbers.
  public init(_ inputs: Int, to outputs: Int, hasBias: Bool = true) {
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
  }

  public var parameters: [ParameterSpec] {
    let bound = 1 / Float(inputs).squareRoot()
    var specs = [ParameterSpec("weight", [outputs, inputs], initial: .uniform(bound: bound))]
    if hasBias { specs.append(ParameterSpec("bias", [outputs], initial: .uniform(bound: bound))) }
    return specs
  }

  public func outputShape(for shapes: [Shape]) throws -> Shape {
    guard shapes.count == 1 else {
      throw GraphError.inputCount(layer: "Dense", expected: "one input", found: shapes.count)
    }
    try requirePositive(outputs, "outputs of Dense")
    guard shapes[0].channels == inputs else {
      throw GraphError.shape(layer: "Dense", expected: "[\(inputs)] or [steps, \(inputs)]", found: "\(shapes[0])")
    }
    return shapes[0].with(channels: outputs)
  }

  public func multiplyAdds(for shapes: [Shape]) -> Int { shapes[0].steps * inputs * outputs }

  public func makeKernel(for shapes: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: shapes)
    let steps = shapes[0].steps
    let product = TapProduct(
      taps: Taps(offsets: [0], inputSteps: steps, outputSteps: steps), inputs: inputs, columns: outputs,
      layout: ZK_PLAIN, hasBias: hasBias, setting: setting)
    return AffineKernel(product: product, hasBias: hasBias)
  }
}
