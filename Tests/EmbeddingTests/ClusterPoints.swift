import Foundation

@testable import Embedding

/// Points in clusters by the formula of Tests/Fixtures/embedding/make.py, bit for bit.
struct ClusterPoints {
  let values: [Float]
  let count: Int
  let dimension: Int

  /// Point i belongs to cluster i % `clusters`: a centre in -10...10, and noise along `inner` directions (0: all axes).
  init(_ count: Int, _ dimension: Int, clusters: Int, inner: Int, seed: Int) {
    var random = SplitMix64(state: UInt64(seed))
    func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }
    func noise() -> Double { ((unit() + unit()) + unit()) + unit() - 2 }
    let centres = (0..<clusters).map { _ in (0..<dimension).map { _ in 20 * unit() - 10 } }
    let directions = (0..<clusters).map { _ in (0..<inner).map { _ in (0..<dimension).map { _ in noise() } } }
    values = (0..<count).flatMap { point -> [Float] in
      var row = centres[point % clusters]
      if inner == 0 {
        for axis in 0..<dimension { row[axis] += noise() }
      } else {
        let weights = (0..<inner).map { _ in 2 * unit() - 1 }
        for (weight, direction) in zip(weights, directions[point % clusters]) {
          for axis in 0..<dimension { row[axis] += weight * direction[axis] }
        }
      }
      return row.map { Float($0) }
    }
    self.count = count
    self.dimension = dimension
  }
}

/// The numbers of Tests/Fixtures/embedding/umap.json.
struct Reference: Decodable {
  struct Trustworthiness: Decodable {
    let count, dimension, clusters, inner, seed: Int
    let sum: Double
    let values: [Double]

    var points: ClusterPoints { ClusterPoints(count, dimension, clusters: clusters, inner: inner, seed: seed) }
  }

  struct Curve: Decodable {
    let minimumDistance, spread, a, b: Double
  }

  struct Measure: Decodable {
    let firstTwoAxes: [String: Double]
  }

  let trustworthiness: [String: Trustworthiness]
  let curves: [Curve]
  let measure: Measure

  static func load() throws -> Reference {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/embedding/umap.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Reference.self, from: Data(contentsOf: file))
  }
}
