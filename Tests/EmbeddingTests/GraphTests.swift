import Foundation
import Testing

@testable import Embedding

/// The steps before the layout, each against its definition.
@Suite struct GraphTests {
  /// Around the edges of tiles of eight and of blocks of four.
  @Test(arguments: [(2, 1), (7, 3), (8, 5), (9, 8), (33, 17), (100, 64)])
  func neighboursAreThoseOfADoubleLoop(count: Int, dimension: Int) throws {
    let points = ClusterPoints(count, dimension, clusters: 2, inner: 0, seed: count)
    let set = try PointSet(points.values, count: count, dimension: dimension)
    let number = min(5, count - 1)
    let near = NearestNeighbours(set, number: number)
    for i in 0..<count {
      func distance(_ j: Int) -> Double {
        (0..<dimension).reduce(0.0) { sum, axis in
          let d = Double(set.values[i * dimension + axis]) - Double(set.values[j * dimension + axis])
          return sum + d * d
        }.squareRoot()
      }
      let expected = (0..<count).filter { $0 != i }.map(distance).sorted().prefix(number)
      let place = i * number..<(i + 1) * number
      #expect(!near.indices[place].contains(Int32(i)) && Set(near.indices[place]).count == number)
      for (index, (found, right)) in zip(zip(near.indices[place], near.distances[place]), expected).enumerated() {
        #expect(abs(Double(found.1) - right) < 1e-5, "point \(i), neighbour \(index)")
        #expect(abs(distance(Int(found.0)) - right) < 1e-5)
      }
    }
  }

  @Test func equallyNearPointsComeInTheirOrder() throws {
    let set = try PointSet([0, 1, -1, 1, -1, 0], count: 6, dimension: 1)
    let near = NearestNeighbours(set, number: 3)
    #expect(near.indices[0..<3] == [5, 1, 2])
    #expect(near.indices[3..<6] == [3, 0, 5])
  }

  /// The width of a neighbourhood is what makes memberships sum to log2 k; the nearest is a full member.
  @Test func membershipsSumToTheLogarithm() throws {
    let points = ClusterPoints(200, 6, clusters: 2, inner: 0, seed: 4)
    let near = NearestNeighbours(
      try PointSet(points.values, count: 200, dimension: 6), number: 15)
    let memberships = FuzzyGraph.memberships(near, count: 200)
    for point in 0..<200 {
      let own = memberships[point * 15..<(point + 1) * 15]
      #expect(abs(own.reduce(0, +) - log2(15)) < 1e-4)
      #expect(own.first == 1 && zip(own, own.dropFirst()).allSatisfy { $0 >= $1 })
    }
  }

  @Test func edgesAreTheUnionFromBothEnds() throws {
    let points = ClusterPoints(120, 3, clusters: 3, inner: 0, seed: 5)
    let near = NearestNeighbours(try PointSet(points.values, count: 120, dimension: 3), number: 6)
    let memberships = FuzzyGraph.memberships(near, count: 120)
    var views: [[Int32]: Double] = [:]
    for point in 0..<120 {
      for place in point * 6..<(point + 1) * 6 {
        views[[Int32(point), near.indices[place]]] = Double(memberships[place])
      }
    }
    let graph = FuzzyGraph(near, count: 120)
    var edges: [[Int32]: Float] = [:]
    for point in 0..<120 {
      let ends = graph.ends[graph.starts[point]..<graph.starts[point + 1]]
      #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
      for edge in graph.starts[point]..<graph.starts[point + 1] {
        edges[[Int32(point), graph.ends[edge]]] = graph.weights[edge]
      }
    }
    for (pair, weight) in edges {
      #expect(edges[pair.reversed()] == weight)
      let a = views[pair] ?? 0, b = views[pair.reversed()] ?? 0
      #expect(abs(Double(weight) - (a + b - a * b)) < 1e-6)
    }
    #expect(views.allSatisfy { $0.value < 1e-30 || edges[$0.key] != nil })
  }

  @Test func curvesAreThoseOfUmapLearn() throws {
    for curve in try Reference.load().curves {
      let fit = DistanceCurve(minimumDistance: curve.minimumDistance, spread: curve.spread)
      #expect(abs(fit.a / curve.a - 1) < 1e-4 && abs(fit.b / curve.b - 1) < 1e-4, "\(fit), expected \(curve)")
    }
  }

  @Test func tablesOfForcesAreNearTheForces() {
    func force(_ square: Double) -> Double { pow(square, 0.9) / (square * (1 + 1.6 * pow(square, 0.9))) }
    let table = ForceTable(force)
    var square = 1.7e-12 as Float
    while square < 1e12 {
      #expect(abs(Double(table(square)) / force(Double(square)) - 1) < 1e-4, "\(square)")
      square *= 1.37
    }
    for (extreme, end) in [(0 as Float, 0x1p-40), (1e-40, 0x1p-40), (1e30, 0x1p40), (.infinity, 0x1p40)] {
      #expect(table(extreme) == Float(force(end)), "\(extreme)")
    }
  }

  /// Points on an ellipse that is tilted in space: its axes come back, the long one first.
  @Test func principalAxesAreThoseOfAnEllipse() throws {
    let values = (0..<360).flatMap { degree -> [Float] in
      let x = 5 * cos(Double(degree) * .pi / 180), y = 2 * sin(Double(degree) * .pi / 180)
      return [Float(0.6 * x - 0.8 * y), Float(0.8 * x + 0.6 * y), 4].map { $0 + 100 }
    }
    let set = try PointSet(values, count: 360, dimension: 3)
    let coordinates = PrincipalAxes.coordinates(set)
    let long = abs(coordinates[0]), short = abs(coordinates[2 * 90 + 1])
    #expect(abs(long / short - 2.5) < 1e-4)
    #expect(abs(coordinates[1]) < 1e-4 * long && abs(coordinates[2 * 90]) < 1e-4 * long)
  }
}
