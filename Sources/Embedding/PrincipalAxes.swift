/// The two directions in which points vary most.
enum PrincipalAxes {
  /// Coordinates of points along them, `[point, 2]`; the second is 0 where all points lie on a line.
  ///
  /// By power iteration with deflation in a fixed number of steps: exact where variances differ, some rotation of the
  /// axes where they do not. The sign is such that the largest entry of an axis is positive.
  static func coordinates(_ points: PointSet) -> [Double] {
    var covariance = covariance(points)
    var result = [Double](repeating: 0, count: 2 * points.count)
    for axis in 0..<min(2, points.dimension) {
      guard let (direction, variance) = largest(covariance, points.dimension) else { break }
      for point in 0..<points.count {
        var sum = 0.0
        for k in 0..<points.dimension { sum += direction[k] * Double(points.values[point * points.dimension + k]) }
        result[2 * point + axis] = sum
      }
      for i in 0..<points.dimension {
        for j in 0..<points.dimension {
          covariance[i * points.dimension + j] -= variance * direction[i] * direction[j]
        }
      }
    }
    return result
  }

  /// `[dimension, dimension]`; the points are centred already.
  private static func covariance(_ points: PointSet) -> [Double] {
    let dimension = points.dimension
    var sums = [Double](repeating: 0, count: dimension * dimension)
    for point in 0..<points.count {
      for i in 0..<dimension {
        let value = Double(points.values[point * dimension + i])
        if value == 0 { continue }
        for j in 0..<dimension { sums[i * dimension + j] += value * Double(points.values[point * dimension + j]) }
      }
    }
    return sums.map { $0 / Double(max(1, points.count)) }
  }

  /// The direction of largest variance and that variance; nil where nothing varies beyond rounding.
  private static func largest(_ matrix: [Double], _ dimension: Int) -> ([Double], Double)? {
    // The column of the axis that varies most is not orthogonal to what is looked for, but by accident.
    let widest = (0..<dimension).max { matrix[$0 * dimension + $0] < matrix[$1 * dimension + $1] } ?? 0
    guard matrix[widest * dimension + widest] > 1e-12 else { return nil }
    var direction = Array(matrix[widest * dimension..<(widest + 1) * dimension]), length = 0.0
    for _ in 0..<300 {
      length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 1e-150 else { return nil }
      let unit = direction.map { $0 / length }
      for i in 0..<dimension {
        var sum = 0.0
        for j in 0..<dimension { sum += matrix[i * dimension + j] * unit[j] }
        direction[i] = sum
      }
    }
    length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 1e-12 else { return nil }
    let peak = direction.max { abs($0) < abs($1) } ?? 1
    let sign: Double = peak < 0 ? -1 : 1
    return (direction.map { sign * $0 / length }, length)
  }
}
