/// Every stride-th point in time: what makes a convolution with stride out of one without.
///
/// - Input: `[steps, channels]`.
/// - Output: `[ceil(steps / stride), channels]`.
public struct Subsampling: Layer, Equatable {
  /// Points from one that is kept to the next.
  public let stride: Int
  /// 0 where the first point is the first that is kept. Otherwise the reach of a convolution in front of it, dilation *
  /// (kernelSize - 1), with padding `.same` and stride 1: points are kept where that convolution with a stride of its
  /// own, which shares fewer zeros out over both ends, would have put its windows.
  public let reach: Int

  /// A layer that keeps every stride-th point, by default from the first on.
  /// - Parameters:
  ///   - stride: 1 or more.
  ///   - reach: of a convolution in front, in points; 0 or more.
  public init(stride: Int, reach: Int = 0) {
    self.stride = stride
    self.reach = reach
  }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let shape = try singleInput(inputs, layer: "Subsampling")
    try requirePositive(stride, "stride of Subsampling")
    guard reach >= 0 else {
      throw GraphError.value(name: "reach of Subsampling", expected: "0 or more", found: "\(reach)")
    }
    guard shape.isSequence else {
      throw GraphError.shape(layer: "Subsampling", expected: "[steps, channels]", found: "\(shape)")
    }
    return .sequence(steps: (shape.steps + stride - 1) / stride, channels: shape.channels)
  }

  /// The first point that is kept.
  func start(steps: Int) -> Int {
    let kept = (steps + stride - 1) / stride
    let zeros = max((kept - 1) * stride + reach + 1 - steps, 0)
    return reach / 2 - zeros / 2
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    let kept = try outputShape(for: inputs).steps, start = start(steps: inputs[0].steps)
    return ChosenStepsKernel(steps: (0..<kept).map { start + $0 * stride })
  }
}
