import CDiffusion

/// Positions of one particle at equal time steps.
public struct Trajectory: Sendable, Equatable {
  /// 1, 2 or 3.
  public let dimension: Int
  /// All x, then all y, then all z; finite, in any unit of length.
  public let positions: [Double]

  /// - Parameters:
  ///   - dimension: 1, 2 or 3.
  ///   - positions: all x, then all y, then all z.
  /// - Throws: `TrajectoryError` where the dimension does not divide the positions, there is none, or one is not finite.
  public init(dimension: Int, positions: [Double]) throws {
    guard (1...3).contains(dimension) else { throw TrajectoryError.dimension(dimension) }
    guard !positions.isEmpty else { throw TrajectoryError.empty }
    guard positions.count % dimension == 0 else {
      throw TrajectoryError.count(positions.count, dimension: dimension)
    }
    if let index = positions.firstIndex(where: { !$0.isFinite }) { throw TrajectoryError.notFinite(index: index) }
    self.init(unchecked: dimension, positions)
  }

  /// For positions that this module made.
  init(unchecked dimension: Int, _ positions: [Double]) {
    self.dimension = dimension
    self.positions = positions
  }

  /// Number of points.
  public var count: Int { positions.count / dimension }

  /// One coordinate at all points; 0 is x.
  public func component(_ index: Int) -> ArraySlice<Double> { positions[index * count..<(index + 1) * count] }

  /// The same particle at some of the points only.
  /// - Parameter range: not empty, within `0..<count`.
  public func points(_ range: Range<Int>) -> Trajectory {
    precondition(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= count, "no such points: \(range)")
    return Trajectory(
      unchecked: dimension,
      (0..<dimension).flatMap { positions[$0 * count + range.lowerBound..<$0 * count + range.upperBound] })
  }

  /// Each component minus its mean, over its population standard deviation, step by step: `[count][dimension]`.
  ///
  /// A constant component becomes zeros. Positions of any finite size are safe.
  /// - Source: Li, Yao and Huang (2021), section 2.3.
  public func standardised() -> [Float] {
    var result = [Float](repeating: 0, count: positions.count)
    zs_standardise(Int32(count), Int32(dimension), positions, &result)
    return result
  }
}

/// Why numbers are no trajectory.
public enum TrajectoryError: Error, Equatable, CustomStringConvertible {
  /// Neither 1, 2 nor 3.
  case dimension(Int)
  /// No position at all.
  case empty
  /// A number of coordinates that the dimension does not divide.
  case count(Int, dimension: Int)
  /// A coordinate, counted from 0 over all components, that is infinite or not a number.
  case notFinite(index: Int)

  /// What is wrong, as the end of a sentence that names the trajectory.
  public var description: String {
    switch self {
    case .dimension(let found): "a trajectory has 1, 2 or 3 dimensions, not \(found)"
    case .empty: "a trajectory needs at least one point"
    case .count(let count, let dimension): "\(count) coordinates can't be shared out over \(dimension) dimensions"
    case .notFinite(let index): "coordinate \(index + 1) is not a finite number"
    }
  }
}
