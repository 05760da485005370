import Foundation

/// Fits the logarithm of the size of errors as a linear function of features.
enum ErrorFit {
  /// Coefficients that make errors most likely under a Laplace distribution of that scale: the sum of
  /// `log s + error / s` is convex in them, and Newton's steps, halved where they go too far, find its minimum.
  /// - Parameters:
  ///   - features: one row for each error, all of one length.
  ///   - errors: 0 or more.
  static func coefficients(_ features: [[Double]], errors: [Double]) -> [Double] {
    let width = features.first?.count ?? 0
    guard width > 0 else { return [] }
    var result = [Double](repeating: 0, count: width)
    let mean = errors.reduce(0, +) / Double(errors.count)
    result[0] = log(max(mean, 1e-6))
    // A little pull towards zero settles features that never vary.
    let pull = 1e-6 * Double(errors.count)

    func logarithm(_ row: [Double], _ b: [Double]) -> Double { zip(row, b).reduce(0) { $0 + $1.0 * $1.1 } }
    func loss(_ b: [Double]) -> Double {
      zip(features, errors).reduce(b.reduce(0) { $0 + pull * $1 * $1 / 2 }) { sum, pair in
        let value = logarithm(pair.0, b)
        return sum + value + pair.1 * exp(-value)
      }
    }
    var present = loss(result)
    for _ in 0..<50 {
      var gradient = result.map { pull * $0 }
      var curvature = (0..<width).map { row in (0..<width).map { row == $0 ? pull : 0 } }
      for (row, error) in zip(features, errors) {
        let ratio = error * exp(-logarithm(row, result))
        for i in 0..<width {
          gradient[i] += row[i] * (1 - ratio)
          for j in 0..<width { curvature[i][j] += row[i] * row[j] * ratio }
        }
      }
      guard let step = solution(of: curvature, gradient) else { return result }
      var length = 1.0, next = present, moved = result
      repeat {
        moved = zip(result, step).map { $0 - length * $1 }
        next = loss(moved)
        length /= 2
      } while !(next <= present) && length > 1e-6
      guard next < present - 1e-12 * abs(present) else { return result }
      (result, present) = (moved, next)
    }
    return result
  }

  /// x with A x = b, by elimination with pivots; nil where A is singular.
  static func solution(of matrix: [[Double]], _ right: [Double]) -> [Double]? {
    var a = matrix, b = right
    let n = b.count
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) }!
      guard abs(a[pivot][column]) > 1e-300, a[pivot][column].isFinite else { return nil }
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in column + 1..<n {
        let factor = a[row][column] / a[column][column]
        for k in column..<n { a[row][k] -= factor * a[column][k] }
        b[row] -= factor * b[column]
      }
    }
    for row in (0..<n).reversed() {
      for k in row + 1..<n { b[row] -= a[row][k] * b[k] }
      b[row] /= a[row][row]
    }
    return b
  }
}
