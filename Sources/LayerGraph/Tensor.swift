/// Numbers with a row-major shape, as they stand in a checkpoint or enter and leave a plan.
public struct Tensor: Sendable, Equatable {
  /// Extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The numbers, the last axis fastest.
  public var values: [Float]

  /// - Precondition: `values.count` is the product of `shape`.
  public init(shape: [Int], values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "a tensor of shape \(shape) needs as many values")
    self.shape = shape
    self.values = values
  }

  /// A tensor with one value everywhere.
  public init(shape: [Int], repeating value: Float) {
    self.init(shape: shape, values: [Float](repeating: value, count: shape.reduce(1, *)))
  }
}
