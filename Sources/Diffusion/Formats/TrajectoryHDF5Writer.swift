import HDF5

/// Writes sets of trajectories in the layout that `TrajectoryHDF5` reads, piece by piece.
public enum TrajectoryHDF5Writer {
  /// Writes one group for each source; the file appears under its name when it is whole.
  ///
  /// Positions are rounded to 32 bits, at most `blockSize` trajectories at a time in memory; sources are read in blocks
  /// of this size, in order.
  /// - Parameters:
  ///   - sources: of different tasks or dimensions.
  ///   - path: the file, which appears when it is whole.
  ///   - seed: to be noted down, where there is one.
  ///   - progress: called with the number of trajectories written so far.
  /// - Throws: what a source throws; `FormatError` where a label is missing or a position is too large for 32 bits.
  public static func write(
    _ sources: [any TrajectorySource], to path: String, seed: UInt64?, progress: (Int) -> Void = { _ in }
  ) throws {
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File.create(temporary)
      let root = try file.root
      try root.setAttribute("format", "zoo-andi-trajectories")
      try root.setAttribute("format_version", Int32(1))
      try root.setAttribute("process", "AnDi Challenge 2020")
      try root.setAttribute("position_order", "component-major")
      try root.setAttribute("class_names", DiffusionModel.allCases.map(\.name))
      try root.setAttribute("exponent_grid", (0..<ExponentGrid.count).map(ExponentGrid.exponent))
      if let seed { try root.setAttribute("seed", Int64(truncatingIfNeeded: seed)) }
      var done = 0
      for source in sources {
        let parent = "task\(source.task.number)"
        if !root.contains(parent) { try root.createGroup(parent) }
        let group = try root.createGroup(TrajectoryHDF5.groupName(task: source.task, dimension: source.dimension))
        try write(source, to: group, of: path) { progress(done + $0) }
        done += source.count
      }
      try file.flush()
    }
  }

  /// Trajectories that are asked for at a time.
  public static let blockSize = 256

  private static func write(
    _ source: any TrajectorySource, to group: HDF5Group, of file: String, progress: (Int) -> Void
  ) throws {
    try group.setAttribute("task", Int32(source.task.number))
    try group.setAttribute("dimension", Int32(source.dimension))
    try group.setAttribute("count", Int32(source.count))
    let options = DatasetOptions(chunk: [1 << 16], gzip: 4, shuffle: true)
    let positions = try group.createDataset(
      "positions", of: Float.self, shape: [0], options: options, isExtendible: true)
    var offsets = [0]
    var truths: [GroundTruth] = []
    for start in stride(from: 0, to: source.count, by: blockSize) {
      let piece = try source.trajectories(start..<min(source.count, start + blockSize))
      for (index, item) in piece.enumerated() {
        try check(item, task: source.task, file: file, object: "\(group.path), trajectory \(start + index + 1)")
      }
      let values = piece.flatMap { $0.trajectory.positions.map { Float($0) } }
      let before = offsets[offsets.count - 1]
      try positions.extend(to: [before + values.count])
      try positions.write(values, offset: [before], count: [values.count])
      for item in piece {
        offsets.append(offsets[offsets.count - 1] + item.trajectory.positions.count)
        truths.append(item.truth)
      }
      progress(min(source.count, start + blockSize))
    }
    try group.write("offsets", offsets.map(Int64.init), shape: [offsets.count])
    try write(truths, task: source.task, dimension: source.dimension, to: group)
  }

  private static func check(
    _ item: LabelledTrajectory, task: ChallengeTask, file: String, object: String
  ) throws {
    if task == .exponent ? item.truth.exponent == nil : item.truth.model == nil {
      throw FormatError.contents(file: file, object: object, expected: "one", found: "no \(task.rawValue)")
    }
    let largest = item.trajectory.positions.reduce(0) { max($0, abs($1)) }
    guard Float(largest).isFinite else {
      throw FormatError.contents(
        file: file, object: object, expected: "positions up to \(Float.greatestFiniteMagnitude), in another unit",
        found: "one of size \(largest)")
    }
  }

  private static func write(_ truths: [GroundTruth], task: ChallengeTask, dimension: Int, to group: HDF5Group) throws {
    let count = truths.count
    let exponents = truths.compactMap(\.exponent), models = truths.compactMap { $0.model.map { Int32($0.rawValue) } }
    switch task {
    case .exponent: try group.write("label", exponents, shape: [exponents.count])
    case .model: try group.write("label", models, shape: [models.count])
    }
    try group.createGroup("truth")
    if exponents.count == count { try group.write("truth/exponent", exponents, shape: [count]) }
    if models.count == count { try group.write("truth/model", models, shape: [count]) }
    let sigmas = truths.compactMap(\.sigma), coefficients = truths.compactMap(\.coefficient)
    if sigmas.count == count { try group.write("truth/sigma", sigmas.flatMap { $0 }, shape: [count, dimension]) }
    if coefficients.count == count {
      try group.write("truth/coefficient", coefficients.flatMap { $0 }, shape: [count, dimension])
    }
  }
}
