import CKernels

/// The value at the last point in time.
///
/// - Input: `[steps, channels]`. Output: `[channels]`.
public struct LastStep: Layer, Equatable {
  /// The last point in time.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape { try pooledShape(inputs, layer: "LastStep") }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return ChosenStepsKernel(steps: [inputs[0].steps - 1])
  }
}

/// The mean over time.
///
/// - Input: `[steps, channels]`. Output: `[channels]`.
public struct GlobalAveragePooling: Layer, Equatable {
  /// The mean over all points in time.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    try pooledShape(inputs, layer: "GlobalAveragePooling")
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return AveragePoolingKernel(table: setting.table)
  }
}

/// A sequence without its time axis.
private func pooledShape(_ inputs: [Shape], layer: String) throws -> Shape {
  let shape = try singleInput(inputs, layer: layer)
  guard shape.isSequence else { throw GraphError.shape(layer: layer, expected: "[steps, channels]", found: "\(shape)") }
  return .vector(channels: shape.channels)
}

private final class AveragePoolingKernel: LayerKernel, @unchecked Sendable {
  private let table: KernelTable

  init(table: KernelTable) { self.table = table }

  func forward(_ call: ForwardCall) {
    let input = call.inputs[0], functions = table.functions.pointee, count = call.output.count
    call.output.data.update(repeating: 0, count: count)
    for step in 0..<input.steps { functions.add(count, call.output.data, input.data + step * count, call.output.data) }
    functions.scale(count, 1 / Float(input.steps), call.output.data, call.output.data, 0)
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    let count = call.output.count, share = 1 / Float(target.rows.steps)
    for step in 0..<target.rows.steps {
      table.functions.pointee.scale(
        count, share, call.outputGradient.data, target.rows.data + step * count, target.accumulates ? 1 : 0)
    }
  }
}
