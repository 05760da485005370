import CKernels

/// Layer normalisation over the channels at each point in time.
///
/// - Input and output: `[channels]` or `[steps, channels]`.
/// - Parameters: `weight` and `bias` `[channels]`.
/// - Source: Ba, Kiros and Hinton (2016).
public struct LayerNorm: Layer, Equatable {
  /// Numbers at a point in time, normalised together.
  public let channels: Int
  /// Added to the variance under the root.
  public let epsilon: Float

  /// Normalisation of `channels` numbers at each point in time.
  public init(_ channels: Int, epsilon: Float = 1e-5) {
    self.channels = channels
    self.epsilon = epsilon
  }

  public var parameters: [ParameterSpec] {
    [
      ParameterSpec("weight", [channels], initial: .constant(1)),
      ParameterSpec("bias", [channels], initial: .constant(0)),
    ]
  }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let shape = try singleInput(inputs, layer: "LayerNorm")
    guard shape.channels == channels else {
      throw GraphError.shape(layer: "LayerNorm", expected: "[\(channels)] or [steps, \(channels)]", found: "\(shape)")
    }
    return shape
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return LayerNormKernel(layer: self, steps: inputs[0].steps, table: setting.table)
  }
}

/// Saves mean and inverse deviation of each row.
private final class LayerNormKernel: LayerKernel, @unchecked Sendable {
  private let layer: LayerNorm
  private let steps: Int
  private let table: KernelTable
  private let affine: AlignedBuffer

  init(layer: LayerNorm, steps: Int, table: KernelTable) {
    self.layer = layer
    self.steps = steps
    self.table = table
    affine = AlignedBuffer(count: 2 * layer.channels)
  }

  private var weight: UnsafeMutablePointer<Float> { affine.pointer }
  private var bias: UnsafeMutablePointer<Float> { affine.pointer + layer.channels }

  func savedFloats(batch: Int) -> Int { 2 * steps * batch }
  var gradientFloats: Int { 2 * layer.channels }

  func load(_ parameters: LayerParameters) {
    weight.update(from: parameters["weight"], count: layer.channels)
    bias.update(from: parameters["bias"], count: layer.channels)
  }

  func forward(_ call: ForwardCall) {
    let rows = call.output.rows, channels = layer.channels
    table.functions.pointee.layer_norm(
      Int32(rows), Int32(channels), call.inputs[0].data, channels, weight, bias, layer.epsilon, call.output.data,
      channels, call.saved, call.saved.map { $0 + rows })
  }

  func backward(_ call: BackwardCall) {
    let rows = call.output.rows, channels = layer.channels
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * channels) { scratch in
      let target = call.inputGradients[0]
      table.functions.pointee.layer_norm_gradient(
        Int32(rows), Int32(channels), call.inputs[0].data, channels, call.outputGradient.data, channels, weight,
        call.saved, call.saved + rows, target?.rows.data ?? scratch.baseAddress!, channels,
        target?.accumulates == true ? 1 : 0, call.parameterGradients, call.parameterGradients + channels)
    }
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let weight = gradients["weight"], bias = gradients["bias"]
    for channel in 0..<layer.channels {
      weight[channel] += sums[channel]
      bias[channel] += sums[layer.channels + channel]
    }
  }
}
