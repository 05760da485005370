import Dispatch
import Foundation

/// Points that distances are taken between; transposed in tiles, so that eight distances come of one pass.
struct PointSet: Sendable {
  let count: Int
  let dimension: Int
  /// Threads that take distances.
  let threads: Int
  /// `[point, axis]`, centred and scaled to within -1...1, so that squares neither overflow nor vanish.
  let values: [Float]
  /// `[tile, axis, 8]`; what is beyond the last point repeats it.
  private let tiles: [SIMD8<Float>]

  /// Points whose distances are taken together; each value of a tile serves all of them.
  static let rowsAtATime = 4

  /// - Parameters:
  ///   - values: `[count, dimension]`, row-major.
  ///   - threads: by default `ZOO_THREADS`, else one for each processor.
  /// - Throws: `EmbeddingError` where sizes do not agree or a value is not finite.
  init(_ values: [Float], count: Int, dimension: Int, threads: Int? = nil) throws(EmbeddingError) {
    let (total, overflow) = max(count, 0).multipliedReportingOverflow(by: max(dimension, 0))
    guard count >= 0, dimension >= 1, !overflow, values.count == total else {
      throw .size(expected: "\(count) points of \(dimension)", found: values.count)
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(point: bad / dimension, column: bad % dimension)
    }
    self.count = count
    self.dimension = dimension
    let environment = ProcessInfo.processInfo.environment["ZOO_THREADS"].flatMap(Int.init)
    self.threads = max(1, threads ?? environment ?? ProcessInfo.processInfo.activeProcessorCount)
    self.values = Self.scaled(values, dimension: dimension)
    let scaled = self.values
    tiles = (0..<(count + 7) / 8).flatMap { tile in
      (0..<dimension).map { axis in
        var lanes = SIMD8<Float>()
        for lane in 0..<8 { lanes[lane] = scaled[min(count - 1, tile * 8 + lane) * dimension + axis] }
        return lanes
      }
    }
  }

  /// Distances change by one factor; all zero where all points are equal.
  private static func scaled(_ values: [Float], dimension: Int) -> [Float] {
    let count = max(1, values.count / dimension)
    var centre = [Double](repeating: 0, count: dimension)
    for start in stride(from: 0, to: values.count, by: dimension) {
      for axis in 0..<dimension { centre[axis] += Double(values[start + axis]) / Double(count) }
    }
    var largest = 0.0
    for start in stride(from: 0, to: values.count, by: dimension) {
      for axis in 0..<dimension { largest = max(largest, abs(Double(values[start + axis]) - centre[axis])) }
    }
    let factor = largest > 0 ? 1 / largest : 0
    var result = values
    for start in stride(from: 0, to: values.count, by: dimension) {
      for axis in 0..<dimension { result[start + axis] = Float((Double(values[start + axis]) - centre[axis]) * factor) }
    }
    return result
  }

  /// Calls `body` for each point with its squared distances to all points (itself among them), on several threads.
  ///
  /// A point's distances do not depend on the number of threads.
  func forEachRow(_ body: @Sendable (_ point: Int, _ squaredDistances: UnsafeBufferPointer<Float>) -> Void) {
    let rows = Self.rowsAtATime
    let width = (count + 7) / 8 * 8
    let blocks = (count + rows - 1) / rows
    let threads = min(threads, max(1, blocks))
    @Sendable func work(_ thread: Int) {
      withUnsafeTemporaryAllocation(of: SIMD8<Float>.self, capacity: rows * width / 8) { memory in
        for block in stride(from: thread, to: blocks, by: threads) {
          let points = (0..<rows).map { min(count - 1, block * rows + $0) }
          fill(memory, points)
          for row in 0..<min(rows, count - block * rows) {
            memory.baseAddress!.advanced(by: row * width / 8).withMemoryRebound(to: Float.self, capacity: width) {
              body(points[row], UnsafeBufferPointer(start: $0, count: count))
            }
          }
        }
      }
    }
    if threads == 1 { work(0) } else { DispatchQueue.concurrentPerform(iterations: threads, execute: work) }
  }

  /// Squared distances of four points: `[4, tiles]`.
  private func fill(_ memory: UnsafeMutableBufferPointer<SIMD8<Float>>, _ points: [Int]) {
    let dimension = dimension, tileCount = (count + 7) / 8
    values.withUnsafeBufferPointer { values in
      tiles.withUnsafeBufferPointer { tiles in
        let base = values.baseAddress!
        let a = base + points[0] * dimension, b = base + points[1] * dimension
        let c = base + points[2] * dimension, d = base + points[3] * dimension
        for tile in 0..<tileCount {
          var sumA = SIMD8<Float>(), sumB = SIMD8<Float>(), sumC = SIMD8<Float>(), sumD = SIMD8<Float>()
          let first = tiles.baseAddress! + tile * dimension
          for axis in 0..<dimension {
            let lanes = first[axis]
            let toA = lanes - a[axis], toB = lanes - b[axis], toC = lanes - c[axis], toD = lanes - d[axis]
            sumA += toA * toA
            sumB += toB * toB
            sumC += toC * toC
            sumD += toD * toD
          }
          memory[tile] = sumA
          memory[tileCount + tile] = sumB
          memory[2 * tileCount + tile] = sumC
          memory[3 * tileCount + tile] = sumD
        }
      }
    }
  }
}
