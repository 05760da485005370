import CKernels

/// A convolution over time with stride 1.
///
/// y[t, o] = bias[o] + sum over i, j of weight[o, i, j] x[t - left + j dilation, i], zero outside.
/// - Input: `[steps, inputFilters]`.
/// - Output: `[steps, filters]`, shorter with `.valid` padding.
/// - Parameters: `weight` `[filters, inputFilters, kernelSize]`, `bias` `[filters]`; initial values as PyTorch's.
public struct Conv1D: Layer, Equatable {
  /// Channels of the input.
  public let inputFilters: Int
  /// Channels of the output.
  public let filters: Int
  /// Points that a filter sees.
  public let kernelSize: Int
  /// Points from one that a filter sees to the next.
  public let dilation: Int
  /// What stands beyond the ends of the trajectory, and how long the result is.
  public let padding: Padding
  /// Whether a constant is added to each channel.
  public let hasBias: Bool

  /// A convolution from `inputFilters` to `filters` channels; sizes that make no sense are errors of `outputShape`.
  public init(
    _ inputFilters: Int, to filters: Int, kernelSize: Int, dilation: Int = 1, padding: Padding = .same,
    hasBias: Bool = true
  ) {
    self.inputFilters = inputFilters
    self.filters = filters
    self.kernelSize = kernelSize
    self.dilation = dilation
    self.padding = padding
    self.hasBias = hasBias
  }

  public var parameters: [ParameterSpec] {
    let bound = 1 / Float(inputFilters * kernelSize).squareRoot()
    var specs = [ParameterSpec("weight", [filters, inputFilters, kernelSize], initial: .uniform(bound: bound))]
    if hasBias { specs.append(ParameterSpec("bias", [filters], initial: .uniform(bound: bound))) }
    return specs
  }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let steps = try convolutionInput(
      inputs, layer: "Conv1D", filters: inputFilters, kernelSize: kernelSize, dilation: dilation, padding: padding)
    try requirePositive(filters, "filters of Conv1D")
    let result = padding.outputSteps(steps, kernelSize: kernelSize, dilation: dilation)
    return .sequence(steps: result, channels: filters)
  }

  public func multiplyAdds(for inputs: [Shape]) -> Int {
    let taps = padding.taps(steps: inputs[0].steps, kernelSize: kernelSize, dilation: dilation)
    return taps.count * inputFilters * filters
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    let product = TapProduct(
      taps: padding.taps(steps: inputs[0].steps, kernelSize: kernelSize, dilation: dilation), inputs: inputFilters,
      columns: filters, layout: ZK_PLAIN, hasBias: hasBias, setting: setting)
    return AffineKernel(product: product, hasBias: hasBias)
  }
}

/// Checks what all convolutions ask of their input and returns its steps.
func convolutionInput(
  _ inputs: [Shape], layer: String, filters: Int, kernelSize: Int, dilation: Int, padding: Padding
) throws -> Int {
  guard inputs.count == 1 else { throw GraphError.inputCount(layer: layer, expected: "one input", found: inputs.count) }
  guard kernelSize >= 1, dilation >= 1 else {
    throw GraphError.value(
      name: "kernelSize and dilation of \(layer)", expected: "1 or more", found: "\(kernelSize) and \(dilation)")
  }
  let shortest = padding == .valid ? dilation * (kernelSize - 1) + 1 : 1
  guard inputs[0].isSequence, inputs[0].channels == filters, inputs[0].steps >= shortest else {
    throw GraphError.shape(layer: layer, expected: "[\(shortest) or more steps, \(filters)]", found: "\(inputs[0])")
  }
  return inputs[0].steps
}

/// Computes convolutions and dense layers: weights with taps and a bias, no activation.
final class AffineKernel: LayerKernel, @unchecked Sendable {
  private let product: TapProduct
  private let hasBias: Bool

  init(product: TapProduct, hasBias: Bool) {
    self.product = product
    self.hasBias = hasBias
  }

  var gradientFloats: Int { product.gradientFloats }
  var wayBack: WayBack { WayBack(readsInputs: true, readsOutput: false, takesAddend: true) }

  func share(with other: any LayerKernel) -> Bool {
    guard let other = other as? AffineKernel else { return false }
    product.share(with: other.product)
    return true
  }

  func load(_ parameters: LayerParameters) {
    product.load([parameters["weight"]], biases: hasBias ? [parameters["bias"]] : nil)
  }

  func forward(_ call: ForwardCall) {
    product.forward(call.inputs[0], team: call.team) { product, firstRow in
      product.out = call.output.data + firstRow * call.output.channels
      product.out_stride = call.output.channels
    }
  }

  func backward(_ call: BackwardCall) {
    product.addGradients(
      input: call.inputs[0], resultGradient: call.outputGradient, sums: call.parameterGradients)
    if let target = call.inputGradients[0] { product.inputGradient(of: call.outputGradient, into: target) }
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    product.finish(sums, weights: [gradients["weight"]], biases: hasBias ? [gradients["bias"]] : nil)
  }
}
