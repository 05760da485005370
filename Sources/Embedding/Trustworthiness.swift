/// How far the neighbours of points in a projection can be trusted to be neighbours in truth: 1 where all are, about 0.5
/// where the projection is arbitrary.
///
/// Each false neighbour costs as many ranks as it is too far away in the original space.
/// - Parameters:
///   - projection: `[count, projectedDimension]`, row-major.
///   - projectedDimension: numbers of a projected point.
///   - points: the original ones, `[count, dimension]`, row-major.
///   - count: of the points.
///   - dimension: numbers of an original point.
///   - neighbours: k, 1 or more and less than half the number of points.
/// - Throws: `EmbeddingError` where sizes do not agree, a value is not finite or k is outside its range.
/// - Source: Venna and Kaski (2001), equation 1.
public func trustworthiness(
  of projection: [Float], projectedDimension: Int = 2, points: [Float], count: Int, dimension: Int, neighbours: Int = 15
) throws(EmbeddingError) -> Double {
  let original = try PointSet(points, count: count, dimension: dimension)
  let projected = try PointSet(projection, count: count, dimension: projectedDimension)
  guard neighbours >= 1 else { throw .setting(name: "neighbours", expected: "1 or more", found: "\(neighbours)") }
  guard 2 * neighbours < count else {
    throw .tooFew(points: count, needed: 2 * neighbours + 1, neighbours: neighbours)
  }
  let near = NearestNeighbours(projected, number: neighbours).indices
  var costs = [Int](repeating: 0, count: count)
  costs.withUnsafeMutableBufferPointer { costs in
    // Each point writes to its own place alone.
    nonisolated(unsafe) let costs = costs
    original.forEachRow { point, row in
      var cost = 0
      for place in 0..<neighbours {
        let other = Int(near[point * neighbours + place]), distance = row[other]
        // The rank among all others, 1 for the nearest; of equally near ones, those that come first are nearer.
        var rank = 1
        for candidate in 0..<row.count where row[candidate] <= distance {
          if candidate != point, row[candidate] < distance || candidate < other { rank += 1 }
        }
        cost += max(0, rank - neighbours)
      }
      costs[point] = cost
    }
  }
  let n = Double(count), k = Double(neighbours)
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * Double(costs.reduce(0, +))
}
