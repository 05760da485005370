import Diffusion
import HDF5

/// Writes feature vectors of a set of trajectories, block by block.
///
/// - HDF5 (format "zoo-features", version 1): `features` [trajectories, features], `length` [trajectories] in points and,
///   where any is known, `exponent` (NaN for unknown ones) and `model` (an index into the attribute `class_names`, -1 for
///   unknown ones); `projection` [trajectories, 2] where there is one.
/// - `.npy`: the features alone; a projection is a second file.
public struct FeatureFile {
  /// Makes a point in the plane of each feature vector: values `[count, dimension]` to `[count, 2]`.
  public typealias Projection = (_ values: [Float], _ count: Int, _ dimension: Int) throws -> [Float]

  /// The network that the vectors come from.
  public let extractor: FeatureExtractor
  /// Nil for features alone; with it, all features are in memory at the end.
  public let projection: Projection?

  /// A writer of features alone by default; it opens no file yet.
  public init(_ extractor: FeatureExtractor, projection: Projection? = nil) {
    self.extractor = extractor
    self.projection = projection
  }

  /// What was written.
  public struct Summary: Sendable, Equatable {
    /// Trajectories.
    public internal(set) var count = 0
    /// Numbers in a vector.
    public internal(set) var dimension = 0
  }

  // MARK: HDF5

  /// Writes an HDF5 file, which appears when it is whole.
  /// - Parameters:
  ///   - source: the trajectories.
  ///   - data: where the trajectories came from, for a person to read.
  ///   - path: the file to write; an existing one is replaced in one step.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source, the network, the projection or the file system throws.
  public func writeHDF5(
    _ source: any TrajectorySource, data: String, to path: String, progress: (Int) -> Void = { _ in }
  ) throws -> Summary {
    var summary = Summary()
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File.create(temporary)
      let root = try file.root
      try root.setAttribute("format", "zoo-features")
      try root.setAttribute("format_version", Int32(1))
      try root.setAttribute("architecture", extractor.model)
      try root.setAttribute("task", extractor.subtask.task.rawValue)
      try root.setAttribute("dimension", Int32(extractor.subtask.dimension))
      try root.setAttribute("data", data)
      try root.setAttribute("class_names", DiffusionModel.allCases.map(\.name))
      var features: HDF5Dataset?
      var lengths: [Int32] = [], truths: [GroundTruth] = []
      summary = try forEachBlock(source, progress: progress) { block, values, dimension in
        let dataset =
          try features
          ?? root.createDataset("features", of: Float.self, shape: [0, dimension], isExtendible: true)
        features = dataset
        try dataset.extend(to: [lengths.count + block.count, dimension])
        try dataset.write(values, offset: [lengths.count, 0], count: [block.count, dimension])
        lengths += block.map { Int32($0.trajectory.count) }
        truths += block.map(\.truth)
      } projected: { places in
        try root.write("projection", places, shape: [places.count / 2, 2])
      }
      try root.write("length", lengths, shape: [lengths.count])
      if truths.contains(where: { $0.exponent != nil }) {
        try root.write("exponent", truths.map { $0.exponent ?? .nan }, shape: [truths.count])
      }
      if truths.contains(where: { $0.model != nil }) {
        try root.write("model", truths.map { Int32($0.model?.rawValue ?? -1) }, shape: [truths.count])
      }
      try file.flush()
    }
    return summary
  }

  // MARK: NumPy

  /// Where the projection of an `.npy` file goes: `features.npy` to `features-umap.npy`.
  public static func projectionPath(_ path: String) -> String {
    (path.hasSuffix(".npy") ? String(path.dropLast(4)) : path) + "-umap.npy"
  }

  /// Writes an `.npy` file, and another for the projection; they appear when they are whole.
  /// - Parameters:
  ///   - source: the trajectories.
  ///   - path: the file to write; an existing one is replaced in one step.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source, the network, the projection or the file system throws.
  public func writeNumPy(
    _ source: any TrajectorySource, to path: String, progress: (Int) -> Void = { _ in }
  ) throws -> Summary {
    var summary = Summary()
    try AtomicFile.write(to: path) { temporary in
      var writer: NumPyWriter?
      summary = try forEachBlock(source, progress: progress) { _, values, dimension in
        let open = try writer ?? NumPyWriter(temporary, reportedAs: path, columns: dimension)
        writer = open
        try open.append(values)
      } projected: { places in
        let projectionPath = Self.projectionPath(path)
        try AtomicFile.write(to: projectionPath) { temporary in
          let writer = try NumPyWriter(temporary, reportedAs: projectionPath, columns: 2)
          try writer.append(places)
          try writer.finish()
        }
      }
      try writer?.finish()
    }
    return summary
  }

  // MARK: Blocks

  /// - Parameters:
  ///   - body: gets trajectories and their features, `[trajectories, dimension]`.
  ///   - projected: gets the projection, `[trajectories, 2]`, where one is wanted.
  private func forEachBlock(
    _ source: any TrajectorySource, progress: (Int) -> Void,
    _ body: (_ block: [LabelledTrajectory], _ values: [Float], _ dimension: Int) throws -> Void,
    projected: ([Float]) throws -> Void
  ) throws -> Summary {
    var summary = Summary()
    var all: [Float] = []
    for start in stride(from: 0, to: source.count, by: Evaluation.blockSize) {
      let block = try source.trajectories(start..<min(source.count, start + Evaluation.blockSize))
      let vectors: [[Float]]
      do { vectors = try extractor.features(for: block.map(\.trajectory)) } catch let error as CharacterizerError {
        throw error.numbered { start + $0 }
      }
      guard let first = vectors.first else { continue }
      summary.dimension = first.count
      summary.count += vectors.count
      let values = Array(vectors.joined())
      try body(block, values, first.count)
      if projection != nil { all += values }
      progress(summary.count)
    }
    guard summary.count > 0 else { throw FeatureError.noTrajectories(data: source.title) }
    if let projection { try projected(projection(all, summary.count, summary.dimension)) }
    return summary
  }
}
