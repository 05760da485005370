import CKernels

/// Probabilities from logits, along the last axis.
///
/// - Input and output: `[channels]` or `[steps, channels]`; logits of any finite size are safe.
public struct Softmax: Layer, Equatable {
  /// Probabilities of the channels at each point in time.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape { try singleInput(inputs, layer: "Softmax") }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return SoftmaxKernel(table: setting.table)
  }
}

private final class SoftmaxKernel: LayerKernel, @unchecked Sendable {
  private let table: KernelTable

  init(table: KernelTable) { self.table = table }

  func forward(_ call: ForwardCall) {
    let rows = call.output
    table.functions.pointee.softmax(
      Int32(rows.rows), Int32(rows.channels), call.inputs[0].data, rows.channels, rows.data, rows.channels)
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    let rows = call.output
    table.functions.pointee.softmax_gradient(
      Int32(rows.rows), Int32(rows.channels), rows.data, rows.channels, call.outputGradient.data, rows.channels,
      target.rows.data, rows.channels, target.accumulates ? 1 : 0)
  }
}
