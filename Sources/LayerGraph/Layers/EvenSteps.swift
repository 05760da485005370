/// Points in time, evenly spread, with the last one among them: what a recurrent layer has made of ever longer parts.
///
/// - Input: `[steps, channels]`.
/// - Output: `[count, channels]`, after 1/count, 2/count, ... of the steps, rounded up.
public struct EvenSteps: Layer, Equatable {
  /// Points in time that are kept; some of them twice where there are fewer.
  public let count: Int

  /// A layer that keeps `count` points, 1 or more.
  public init(_ count: Int) { self.count = count }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let shape = try singleInput(inputs, layer: "EvenSteps")
    try requirePositive(count, "count of EvenSteps")
    guard shape.isSequence else {
      throw GraphError.shape(layer: "EvenSteps", expected: "[steps, channels]", found: "\(shape)")
    }
    return .sequence(steps: count, channels: shape.channels)
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    let steps = inputs[0].steps
    return ChosenStepsKernel(steps: (1...count).map { ($0 * steps + count - 1) / count - 1 })
  }
}
