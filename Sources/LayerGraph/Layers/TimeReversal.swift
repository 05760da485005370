/// The last point in time first.
///
/// - Input and output: `[steps, channels]`.
public struct TimeReversal: Layer, Equatable {
  /// A layer without parameters, for one input that is a sequence.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let shape = try singleInput(inputs, layer: "TimeReversal")
    guard shape.isSequence else {
      throw GraphError.shape(layer: "TimeReversal", expected: "[steps, channels]", found: "\(shape)")
    }
    return shape
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return TimeReversalKernel()
  }
}

private final class TimeReversalKernel: LayerKernel {
  func forward(_ call: ForwardCall) {
    let width = call.output.batch * call.output.channels, last = call.output.steps - 1
    for step in 0...last {
      (call.output.data + step * width).update(from: call.inputs[0].data + (last - step) * width, count: width)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    let width = call.output.batch * call.output.channels, last = call.output.steps - 1
    for step in 0...last {
      let source = call.outputGradient.data + (last - step) * width, place = target.rows.data + step * width
      for index in 0..<width { place[index] = (target.accumulates ? place[index] : 0) + source[index] }
    }
  }
}
