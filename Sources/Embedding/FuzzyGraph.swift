import Foundation

/// Which points belong together, and how surely: the fuzzy union of the points' own views of their neighbourhoods.
///
/// - Source: McInnes, Healy and Melville (2018), arXiv 1802.03426, section 3.1 and algorithms 2 and 3.
struct FuzzyGraph {
  /// Edges of point i are `starts[i] ..< starts[i + 1]`; each is there from both of its ends.
  let starts: [Int]
  /// Other ends, in ascending order for each point.
  let ends: [Int32]
  /// Above 0, at most 1.
  let weights: [Float]

  init(_ near: NearestNeighbours, count: Int) {
    let number = near.number
    let memberships = Self.memberships(near, count: count)
    // What others think of a point, sorted by them, beside what the point thinks of others.
    var incoming = [[(Int32, Float)]](repeating: [], count: count)
    for point in 0..<count {
      for place in point * number..<(point + 1) * number {
        incoming[Int(near.indices[place])].append((Int32(point), memberships[place]))
      }
    }
    var starts = [0], ends: [Int32] = [], weights: [Float] = []
    starts.reserveCapacity(count + 1)
    for point in 0..<count {
      let own = (point * number..<(point + 1) * number).map { (near.indices[$0], memberships[$0]) }
        .sorted { $0.0 < $1.0 }
      Self.unite(own, incoming[point]) { end, weight in
        guard weight > 0 else { return }
        ends.append(end)
        weights.append(weight)
      }
      starts.append(ends.count)
    }
    self.starts = starts
    self.ends = ends
    self.weights = weights
  }

  /// Probabilistic sum of two sorted lists: a + b - ab.
  private static func unite(
    _ a: [(Int32, Float)], _ b: [(Int32, Float)], _ body: (Int32, Float) -> Void
  ) {
    var i = 0, j = 0
    while i < a.count || j < b.count {
      if j == b.count || (i < a.count && a[i].0 < b[j].0) {
        body(a[i].0, a[i].1)
        i += 1
      } else if i == a.count || b[j].0 < a[i].0 {
        body(b[j].0, b[j].1)
        j += 1
      } else {
        // The same whichever is a, so that both ends of an edge have one weight.
        body(a[i].0, a[i].1 + b[j].1 - a[i].1 * b[j].1)
        i += 1
        j += 1
      }
    }
  }

  /// `[point, neighbour]`: exp(-(d - rho) / sigma), 1 up to the distance rho of the nearest neighbour that is elsewhere.
  ///
  /// sigma is such that a point's memberships sum to log2 of the number of neighbours.
  static func memberships(_ near: NearestNeighbours, count: Int) -> [Float] {
    let number = near.number, target = log2(Double(number))
    let all = near.distances.reduce(0.0) { $0 + Double($1) } / Double(max(1, near.distances.count))
    var result = [Float](repeating: 1, count: near.distances.count)
    for point in 0..<count {
      let range = point * number..<(point + 1) * number
      let distances = near.distances[range].map(Double.init)
      guard let rho = distances.first(where: { $0 > 0 }) else { continue }
      let mean = distances.reduce(0, +) / Double(number)
      // Neighbours that are all about as far away would ask for no width at all.
      let sigma = max(width(distances, rho, target), 1e-3 * (mean > 0 ? mean : all))
      for place in range {
        result[place] = Float(exp(-max(0, Double(near.distances[place]) - rho) / sigma))
      }
    }
    return result
  }

  /// By bisection; sums grow with the width. 0 where even no width gives too large a sum.
  private static func width(_ distances: [Double], _ rho: Double, _ target: Double) -> Double {
    func sum(_ sigma: Double) -> Double { distances.reduce(0) { $0 + exp(-max(0, $1 - rho) / sigma) } }
    var low = 0.0, high = max(distances[distances.count - 1], rho)
    for _ in 0..<64 {
      if sum(high) >= target { break }
      low = high
      high *= 2
    }
    for _ in 0..<48 {
      let middle = (low + high) / 2
      if sum(middle) > target { high = middle } else { low = middle }
    }
    return (low + high) / 2
  }
}
