import Embedding
import Testing

/// Whole projections: how good they are, that they repeat, and that nothing odd about the points breaks them.
@Suite struct UMAPTests {
  func project(_ points: ClusterPoints, _ configuration: UMAP.Configuration = UMAP.Configuration()) throws -> [Float] {
    try UMAP(configuration: configuration).project(points.values, count: points.count, dimension: points.dimension)
  }

  func isFinite(_ picture: [Float]) -> Bool { picture.allSatisfy { $0.isFinite } }

  func trust(_ picture: [Float], _ points: ClusterPoints) throws -> Double {
    try trustworthiness(of: picture, points: points.values, count: points.count, dimension: points.dimension)
  }

  /// Clusters of three kinds: as trustworthy as umap-learn's projections of the same points, within 0.005.
  @Test(arguments: ["isotropic", "sheets", "volumes"])
  func clustersAreAsTrustworthyAsInUmapLearn(name: String) throws {
    let reference = try #require(try Reference.load().trustworthiness[name])
    let points = reference.points
    #expect(points.values.reduce(0) { $0 + Double($1) } == reference.sum, "other points than the reference's")
    let mean = reference.values.reduce(0, +) / Double(reference.values.count)
    let value = try trust(project(points), points)
    #expect(abs(value - mean) < 0.005, "\(value), umap-learn \(mean)")
  }

  /// The nearest in the picture is nearly always of the same cluster.
  @Test func clustersStayApart() throws {
    let points = ClusterPoints(400, 10, clusters: 4, inner: 0, seed: 3)
    let picture = try project(points)
    let same = (0..<400).count { i in
      func square(_ j: Int) -> Float {
        let x = picture[2 * i] - picture[2 * j], y = picture[2 * i + 1] - picture[2 * j + 1]
        return x * x + y * y
      }
      let nearest = (0..<400).filter { $0 != i }.min { square($0) < square($1) }!
      return nearest % 4 == i % 4
    }
    #expect(same == 400)
  }

  @Test func sameSeedSameBitsWhateverTheThreads() throws {
    let points = ClusterPoints(203, 7, clusters: 3, inner: 2, seed: 5)
    func bits(threads: Int, seed: UInt64) throws -> [UInt32] {
      var configuration = UMAP.Configuration()
      configuration.epochs = 50
      configuration.seed = seed
      return try UMAP(configuration: configuration, threads: threads)
        .project(points.values, count: points.count, dimension: points.dimension).map(\.bitPattern)
    }
    let one = try bits(threads: 1, seed: 1)
    for threads in [2, 3, 8, 1000] { #expect(try bits(threads: threads, seed: 1) == one, "\(threads) threads") }
    #expect(try bits(threads: 1, seed: 2) != one)
  }

  /// The unit of the features is of no account, however large or small.
  @Test(arguments: [1e-30 as Float, 1e30]) func unitsDoNotMatter(factor: Float) throws {
    let points = ClusterPoints(300, 5, clusters: 3, inner: 2, seed: 6)
    let values = points.values.map { $0 * factor }
    let picture = try UMAP().project(values, count: 300, dimension: 5)
    let value = try trustworthiness(of: picture, points: values, count: 300, dimension: 5)
    #expect(isFinite(picture))
    #expect(try abs(value - trust(project(points), points)) < 0.01)
  }

  /// Two clusters so far apart that no edge joins them.
  @Test func graphsInPiecesAreProjected() throws {
    var values = ClusterPoints(200, 4, clusters: 1, inner: 2, seed: 7).values
    for index in 0..<400 { values[index] += 1e4 }
    let picture = try UMAP().project(values, count: 200, dimension: 4)
    #expect(isFinite(picture))
    #expect(try trustworthiness(of: picture, points: values, count: 200, dimension: 4) > 0.97)
    let first = picture[0..<200].max()! - picture[0..<200].min()!
    #expect(first < 60, "a piece flew apart: \(first)")
  }

  /// Each point 20 times: more copies than neighbours.
  @Test func copiesLieTogether() throws {
    let points = ClusterPoints(30, 4, clusters: 30, inner: 0, seed: 8)
    let values = (0..<600).flatMap { copy in (0..<4).map { points.values[copy % 30 * 4 + $0] } }
    let picture = try UMAP().project(values, count: 600, dimension: 4)
    #expect(isFinite(picture))
    #expect(try trustworthiness(of: picture, points: values, count: 600, dimension: 4) > 0.97)
  }

  @Test func constantFeaturesAreFinite() throws {
    let picture = try UMAP().project([Float](repeating: 3, count: 50 * 6), count: 50, dimension: 6)
    #expect(picture.count == 100 && isFinite(picture))
    #expect(Set(picture).count > 50, "all points in one place")
    // Constant columns beside others change nothing.
    let points = ClusterPoints(200, 5, clusters: 4, inner: 2, seed: 9)
    let padded = (0..<200).flatMap { point -> [Float] in points.values[point * 5..<point * 5 + 5] + [7, 0] }
    let value = try trustworthiness(
      of: UMAP().project(padded, count: 200, dimension: 7), points: padded, count: 200, dimension: 7)
    #expect(value > 0.97)
  }

  /// A line stays in order, though its second principal axis is nothing.
  @Test func pointsOnALineAreProjected() throws {
    for dimension in [1, 3] {
      let values = (0..<300).flatMap { point in (0..<dimension).map { Float(point) * Float($0 + 1) } }
      let picture = try UMAP().project(values, count: 300, dimension: dimension)
      #expect(isFinite(picture))
      #expect(try trustworthiness(of: picture, points: values, count: 300, dimension: dimension) > 0.97)
    }
  }

  @Test func theSmallestSetsWork() throws {
    var configuration = UMAP.Configuration()
    configuration.neighbours = 2
    let picture = try UMAP(configuration: configuration).project([0, 1, 5], count: 3, dimension: 1)
    #expect(picture.count == 6 && isFinite(picture))
  }

  @Test func badInputIsASentence() throws {
    func message(
      _ values: [Float], _ count: Int, _ dimension: Int, _ change: (inout UMAP.Configuration) -> Void = { _ in }
    ) -> String {
      var configuration = UMAP.Configuration()
      change(&configuration)
      do {
        _ = try UMAP(configuration: configuration).project(values, count: count, dimension: dimension)
        return "no error"
      } catch { return "\(error)" }
    }
    let zeros = [Float](repeating: 0, count: 60)
    var bad = zeros
    bad[31] = .nan
    #expect(message(bad, 20, 3).hasPrefix("Value 2 of point 11 is not a finite number"))
    bad[31] = .infinity
    #expect(message(bad, 20, 3).contains("point 11"))
    #expect(message(zeros, 15, 4).hasPrefix("There are 15 points; 15 neighbours each need 16 or more."))
    #expect(message([], 0, 3).hasPrefix("There are 0 points"))
    #expect(message(zeros, 20, 4) == "There are 60 values; expected are 20 points of 4.")
    #expect(message(zeros, -20, -3).contains("expected"))
    #expect(message([], 5, 0).contains("expected"))
    #expect(message(zeros, .max, 3).contains("expected"))
    #expect(message(zeros, 20, 3) { $0.neighbours = 1 } == "neighbours must be 2 or more, not 1.")
    #expect(message(zeros, 20, 3) { $0.minimumDistance = 2 }.hasPrefix("minimumDistance must be"))
    #expect(message(zeros, 20, 3) { $0.minimumDistance = .nan }.hasPrefix("minimumDistance must be"))
    #expect(message(zeros, 20, 3) { $0.spread = 0 }.hasPrefix("spread must be"))
    #expect(message(zeros, 20, 3) { $0.epochs = 0 }.hasPrefix("epochs must be"))
    #expect(message(zeros, 20, 3) { $0.negativeSamples = -1 }.hasPrefix("negativeSamples must be"))
  }
}
