import Foundation

/// The nearest other points of each point, by Euclidean distance; exact.
struct NearestNeighbours {
  /// Neighbours of each point.
  let number: Int
  /// `[point, neighbour]`, nearest first; of equally near ones, the one that comes first.
  let indices: [Int32]
  /// `[point, neighbour]`, in the units of the set, 0 or more.
  let distances: [Float]

  /// - Parameter number: 1 or more, below the number of points.
  init(_ points: PointSet, number: Int) {
    precondition((1..<max(2, points.count)).contains(number), "\(points.count) points, \(number) neighbours")
    self.number = number
    let total = points.count * number
    var indices = [Int32](repeating: 0, count: total)
    var distances = [Float](repeating: 0, count: total)
    indices.withUnsafeMutableBufferPointer { indices in
      distances.withUnsafeMutableBufferPointer { distances in
        // Each point writes to its own part alone.
        nonisolated(unsafe) let indices = indices, distances = distances
        points.forEachRow { point, row in
          let nearest = UnsafeMutableBufferPointer(rebasing: indices[point * number..<(point + 1) * number])
          let squares = UnsafeMutableBufferPointer(rebasing: distances[point * number..<(point + 1) * number])
          Self.select(row, except: point, into: nearest, squares)
          for place in 0..<number { squares[place] = squares[place].squareRoot() }
        }
      }
    }
    self.indices = indices
    self.distances = distances
  }

  /// The smallest of a row, in order.
  static func select(
    _ row: UnsafeBufferPointer<Float>, except point: Int, into indices: UnsafeMutableBufferPointer<Int32>,
    _ squares: UnsafeMutableBufferPointer<Float>
  ) {
    let number = indices.count
    var held = 0
    for candidate in 0..<row.count {
      let square = row[candidate]
      if held == number, square >= squares[number - 1] { continue }
      if candidate == point { continue }
      var place = held < number ? held : number - 1
      while place > 0, squares[place - 1] > square {
        squares[place] = squares[place - 1]
        indices[place] = indices[place - 1]
        place -= 1
      }
      squares[place] = square
      indices[place] = Int32(candidate)
      if held < number { held += 1 }
    }
  }
}
