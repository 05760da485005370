import Foundation

/// Points of many dimensions in the plane, so that neighbours stay neighbours: uniform manifold approximation and
/// projection.
///
/// Distances are Euclidean. The same points, configuration and seed give the same picture, whatever the number of
/// threads. Time grows with the square of the number of points for the neighbours, and linearly for the rest.
/// - Source: McInnes, Healy and Melville (2018), arXiv 1802.03426.
public struct UMAP: Sendable {
  /// What shapes a picture.
  public struct Configuration: Sendable, Equatable {
    /// Others that a point's neighbourhood is made of; 2 or more. More show the large, fewer the small.
    public var neighbours = 15
    /// How near points that belong together may lie, in units of the picture; 0 or more, at most `spread`.
    public var minimumDistance = 0.1
    /// The scale of the picture; above 0.
    public var spread = 1.0
    /// Passes over the graph, 1 or more; nil for 500 up to 10,000 points and 200 beyond.
    public var epochs: Int?
    /// Points that push a point away each time that another pulls it; 0 or more.
    public var negativeSamples = 5
    /// What random numbers derive from.
    public var seed: UInt64 = 1

    /// The defaults.
    public init() {}
  }

  /// What shapes the pictures; checked when one is made.
  public let configuration: Configuration
  private let threads: Int?

  /// - Parameters:
  ///   - configuration: the method's own settings.
  ///   - threads: 1 or more; by default `ZOO_THREADS`, else one for each processor.
  public init(configuration: Configuration = Configuration(), threads: Int? = nil) {
    self.configuration = configuration
    self.threads = threads
  }

  /// The picture of some points.
  /// - Parameters:
  ///   - points: `[count, dimension]`, row-major, finite.
  ///   - count: more than the neighbours asked for, below 2^31.
  ///   - dimension: 1 or more.
  /// - Returns: `[count, 2]`, row-major, centred at 0, finite.
  /// - Throws: `EmbeddingError` where a setting is out of range, sizes do not agree, a value is not finite, or there are
  ///   too few points.
  public func project(_ points: [Float], count: Int, dimension: Int) throws(EmbeddingError) -> [Float] {
    try check()
    let set = try PointSet(points, count: count, dimension: dimension, threads: threads)
    guard count > configuration.neighbours else {
      throw .tooFew(points: count, needed: configuration.neighbours + 1, neighbours: configuration.neighbours)
    }
    let graph = FuzzyGraph(NearestNeighbours(set, number: configuration.neighbours), count: count)
    var random = SplitMix64(state: configuration.seed)
    var positions = Self.start(set, &random)
    let layout = Layout(
      curve: DistanceCurve(minimumDistance: configuration.minimumDistance, spread: configuration.spread),
      epochs: configuration.epochs ?? (count <= 10_000 ? 500 : 200), negativeSamples: configuration.negativeSamples)
    layout.run(graph, positions: &positions, random: &random)
    return Self.centred(positions)
  }

  private func check() throws(EmbeddingError) {
    func require(_ isRight: Bool, _ name: String, _ expected: String, _ found: Any) throws(EmbeddingError) {
      guard isRight else { throw .setting(name: name, expected: expected, found: "\(found)") }
    }
    let c = configuration
    try require(c.neighbours >= 2, "neighbours", "2 or more", c.neighbours)
    try require(c.spread > 0 && c.spread <= 1e3, "spread", "above 0 and at most 1000", c.spread)
    try require(
      c.minimumDistance >= 0 && c.minimumDistance <= c.spread, "minimumDistance", "0 or more and at most the spread",
      c.minimumDistance)
    try require((1...100_000).contains(c.epochs ?? 1), "epochs", "within 1...100000", c.epochs ?? 1)
    try require((0...1000).contains(c.negativeSamples), "negativeSamples", "within 0...1000", c.negativeSamples)
  }

  /// Where points start: along their principal axes, within -10...10, with some noise that parts equal points.
  ///
  /// The publication starts from eigenvectors of the graph. On features of WADNet and on the clusters of the tests, the
  /// one is as trustworthy as the other, within what the seed changes; principal axes need no care where the graph falls
  /// into pieces, and turn pictures of similar sets the same way.
  private static func start(_ points: PointSet, _ random: inout SplitMix64) -> [Float] {
    let coordinates = PrincipalAxes.coordinates(points)
    let largest = coordinates.reduce(0) { max($0, abs($1)) }
    let factor = largest > 0 ? 10 / largest : 0
    // Where nothing varies, noise is all there is.
    let noise = largest > 0 ? 1e-3 : 10
    return coordinates.map { Float(factor * $0 + noise * random.nextSigned()) }
  }

  private static func centred(_ positions: [Float]) -> [Float] {
    let count = Double(positions.count / 2)
    var centre = (0.0, 0.0)
    for i in stride(from: 0, to: positions.count, by: 2) {
      centre.0 += Double(positions[i]) / count
      centre.1 += Double(positions[i + 1]) / count
    }
    return positions.enumerated().map { Float(Double($1) - ($0 % 2 == 0 ? centre.0 : centre.1)) }
  }
}
