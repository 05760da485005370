import CKernels

/// WaveNet's gated activation unit: tanh of one convolution times the sigmoid of another with the same geometry.
///
/// - Input: `[steps, inputFilters]`.
/// - Output: `[steps, filters]`, shorter with `.valid` padding.
/// - Parameters: `filter.weight` and `gate.weight` `[filters, inputFilters, kernelSize]`, `filter.bias` and
///   `gate.bias` `[filters]`.
/// - Source: Li, Yao and Huang (2021), section 2.2 and equation 6; van den Oord et al. (2016), section 2.3.
public struct GatedConvolution: Layer, Equatable {
  /// Channels of the input.
  public let inputFilters: Int
  /// Channels of the output, and of the filter and the gate.
  public let filters: Int
  /// Points that each convolution sees.
  public let kernelSize: Int
  /// Points from one that it sees to the next.
  public let dilation: Int
  /// What stands beyond the ends of the trajectory, and how long the result is.
  public let padding: Padding
  /// Whether each tap adds a bias of its own where it lies inside the trajectory: what is left of a folded 1x1
  /// convolution. Plans alone make such layers.
  let hasTapBias: Bool

  /// A gated convolution from `inputFilters` to `filters` channels.
  public init(_ inputFilters: Int, to filters: Int, kernelSize: Int, dilation: Int, padding: Padding = .same) {
    self.init(
      inputFilters, to: filters, kernelSize: kernelSize, dilation: dilation, padding: padding, hasTapBias: false)
  }

  init(_ inputFilters: Int, to filters: Int, kernelSize: Int, dilation: Int, padding: Padding, hasTapBias: Bool) {
    self.hasTapBias = hasTapBias
    self.inputFilters = inputFilters
    self.filters = filters
    self.kernelSize = kernelSize
    self.dilation = dilation
    self.padding = padding
  }

  public var parameters: [ParameterSpec] {
    let bound = 1 / Float(inputFilters * kernelSize).squareRoot()
    return ["filter", "gate"].flatMap { part in
      [
        ParameterSpec("\(part).weight", [filters, inputFilters, kernelSize], initial: .uniform(bound: bound)),
        ParameterSpec("\(part).bias", [filters], initial: .uniform(bound: bound)),
      ] + (hasTapBias ? [ParameterSpec("\(part).tap_bias", [filters, kernelSize], initial: .constant(0))] : [])
    }
  }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let steps = try convolutionInput(
      inputs, layer: "GatedConvolution", filters: inputFilters, kernelSize: kernelSize, dilation: dilation,
      padding: padding)
    guard kernelSize <= Int(ZK_MAX_OPERANDS) else {
      throw GraphError.value(
        name: "kernelSize of GatedConvolution", expected: "\(ZK_MAX_OPERANDS) or less", found: "\(kernelSize)")
    }
    try requirePositive(filters, "filters of GatedConvolution")
    let result = padding.outputSteps(steps, kernelSize: kernelSize, dilation: dilation)
    return .sequence(steps: result, channels: filters)
  }

  public func multiplyAdds(for inputs: [Shape]) -> Int {
    let taps = padding.taps(steps: inputs[0].steps, kernelSize: kernelSize, dilation: dilation)
    return taps.count * inputFilters * 2 * filters
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    let product = TapProduct(
      taps: padding.taps(steps: inputs[0].steps, kernelSize: kernelSize, dilation: dilation), inputs: inputFilters,
      columns: 2 * filters, layout: ZK_GATED, hasBias: true, setting: setting)
    return GatedKernel(product: product, filters: filters, hasTapBias: hasTapBias)
  }
}

/// Saves the derivatives by both pre-activations; the pre-activations themselves are never stored.
private final class GatedKernel: LayerKernel, @unchecked Sendable {
  private let product: TapProduct
  private let filters: Int
  private let hasTapBias: Bool

  init(product: TapProduct, filters: Int, hasTapBias: Bool) {
    self.hasTapBias = hasTapBias
    self.product = product
    self.filters = filters
  }

  private var columns: Int { 2 * filters }
  func savedFloats(batch: Int) -> Int { product.taps.outputSteps * batch * columns }
  func workspaceFloats(batch: Int) -> Int { product.taps.outputSteps * batch * columns }
  var gradientFloats: Int { product.gradientFloats }
  var wayBack: WayBack { WayBack(readsInputs: true, readsOutput: false, takesAddend: true) }

  func share(with other: any LayerKernel) -> Bool {
    guard let other = other as? GatedKernel else { return false }
    product.share(with: other.product)
    return true
  }

  func load(_ parameters: LayerParameters) {
    product.load(
      [parameters["filter.weight"], parameters["gate.weight"]],
      biases: [parameters["filter.bias"], parameters["gate.bias"]],
      tapBiases: hasTapBias ? [parameters["filter.tap_bias"], parameters["gate.tap_bias"]] : nil)
  }

  func forward(_ call: ForwardCall) {
    product.forward(call.inputs[0], team: call.team) { product, firstRow in
      product.out = call.output.data + firstRow * filters
      product.out_stride = filters
      if let saved = call.saved {
        product.factors = saved + firstRow * columns
        product.factors_stride = columns
      }
    }
  }

  func backward(_ call: BackwardCall) {
    let rows = call.output.rows
    product.table.functions.pointee.gated_gradient(
      Int32(rows), Int32(filters), call.outputGradient.data, filters, call.saved, columns, call.workspace, columns)
    let gradient = GroupRows(
      data: call.workspace, steps: call.output.steps, batch: call.output.batch, channels: columns)
    product.addGradients(input: call.inputs[0], resultGradient: gradient, sums: call.parameterGradients)
    if let target = call.inputGradients[0] { product.inputGradient(of: gradient, into: target) }
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    product.finish(
      sums, weights: [gradients["filter.weight"], gradients["gate.weight"]],
      biases: [gradients["filter.bias"], gradients["gate.bias"]],
      tapBiases: hasTapBias ? [gradients["filter.tap_bias"], gradients["gate.tap_bias"]] : nil)
  }
}
