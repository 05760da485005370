import Diffusion
import LayerGraph

/// What of a trajectory enters a network: the ways that published networks have been met with.
public struct TrajectoryInput: Sendable, Codable, Equatable {
  /// Which numbers are made of the positions.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Each axis minus its mean, over its population standard deviation.
    case standardised
    /// Positions as they are.
    case positions
    /// Positions of the first axis alone.
    case firstAxis
    /// Each point minus the one before it.
    case displacements
    /// Displacements, each axis minus its mean, over its population standard deviation.
    case standardisedDisplacements
  }

  /// The numbers that rows are made of.
  public var kind: Kind
  /// Steps that enter together as one, their axes side by side; what is left over at the end is dropped.
  public var stepsPerBlock: Int
  /// Rows that the network takes, zeros in front of fewer and the last ones of more; 0 where it takes any number.
  public var rows: Int

  /// - Parameters:
  ///   - kind: which numbers are made of the positions.
  ///   - stepsPerBlock: steps that enter together as one; 1 by default.
  ///   - rows: rows that the network takes; 0, the default, where it takes any number.
  public init(_ kind: Kind, stepsPerBlock: Int = 1, rows: Int = 0) {
    self.kind = kind
    self.stepsPerBlock = stepsPerBlock
    self.rows = rows
  }

  /// A standard deviation that is not above this counts as 1.
  /// - Source: Argun, Volpe and Bo (2021), published code.
  private static let smallest = 1e-10

  private var usesDisplacements: Bool { kind == .displacements || kind == .standardisedDisplacements }

  /// Numbers in a row for a trajectory of this dimension.
  public func channels(dimension: Int) -> Int { (kind == .firstAxis ? 1 : dimension) * stepsPerBlock }

  /// Rows for a trajectory of this many points.
  public func steps(points: Int) -> Int {
    rows > 0 ? rows : ((usesDisplacements ? points - 1 : points) / max(1, stepsPerBlock))
  }

  /// The rows: `[steps, channels]`.
  public func tensor(_ trajectory: Trajectory) -> Tensor {
    let dimension = kind == .firstAxis ? 1 : trajectory.dimension
    var values = perStep(trajectory, dimension)
    let width = dimension * stepsPerBlock, blocks = values.count / max(1, width)
    values.removeLast(values.count - blocks * width)
    let steps = steps(points: trajectory.count)
    guard rows > 0, blocks != steps else { return Tensor(shape: [blocks, width], values: values) }
    let kept = min(steps, blocks)
    return Tensor(
      shape: [steps, width],
      values: [Float](repeating: 0, count: (steps - kept) * width) + values.suffix(kept * width))
  }

  /// Step after step, the axes of each side by side.
  private func perStep(_ trajectory: Trajectory, _ dimension: Int) -> [Float] {
    if kind == .standardised { return trajectory.standardised() }
    let axes = (0..<dimension).map { axis -> [Double] in
      let positions = Array(trajectory.component(axis))
      guard usesDisplacements else { return positions }
      let steps = zip(positions.dropFirst(), positions).map(-)
      return kind == .standardisedDisplacements ? Self.standardised(steps) : steps
    }
    let count = axes.first?.count ?? 0
    return (0..<count).flatMap { step in axes.map { Float($0[step]) } }
  }

  private static func standardised(_ values: [Double]) -> [Double] {
    guard !values.isEmpty else { return [] }
    // Scaled first, so that squares of huge displacements stay finite.
    let largest = values.reduce(0) { max($0, abs($1)) }, unit = largest > 1e100 ? largest : 1
    let scaled = values.map { $0 / unit }
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    let variance = scaled.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scaled.count)
    let deviation = variance.squareRoot()
    let divisor = deviation * unit > smallest ? deviation : 1 / unit
    return scaled.map { ($0 - mean) / divisor }
  }
}
