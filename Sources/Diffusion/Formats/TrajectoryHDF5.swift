import HDF5

/// One task and dimension of an HDF5 file of trajectories (format "zoo-andi-trajectories").
///
/// Group `task{1,2}/dim{1,2,3}` holds `positions` (all trajectories one after the other, each component-major), `offsets`
/// (trajectory i is `positions[offsets[i] ..< offsets[i+1]]`), `label` (exponent or model) and, where known,
/// `truth/{exponent,model,sigma,coefficient}`. Trajectories are read as they are asked for.
public struct TrajectoryHDF5: TrajectorySource {
  public let task: ChallengeTask
  public let dimension: Int
  public let title: String
  private let group: HDF5Group
  private let positions: HDF5Dataset
  private let offsets: [Int]
  private let truths: [GroundTruth]

  /// The group's name.
  public static func groupName(task: ChallengeTask, dimension: Int) -> String { "task\(task.number)/dim\(dimension)" }

  /// - Parameter needsLabels: whether a file without labels is an error.
  /// - Throws: `FormatError` or `HDF5Error` where the file is of another kind or contradicts itself.
  public init(path: String, task: ChallengeTask, dimension: Int, needsLabels: Bool = true) throws {
    self.task = task
    self.dimension = dimension
    title = path
    let root = try HDF5File.open(path).root
    let name = Self.groupName(task: task, dimension: dimension)
    guard root.contains(name) else {
      let found = ChallengeTask.allCases.flatMap { task in (1...3).map { Self.groupName(task: task, dimension: $0) } }
        .filter { root.contains($0) }
      throw FormatError.absent(
        file: path, wanted: "group '\(name)'", found: found.isEmpty ? "no trajectories" : found.joined(separator: ", "))
    }
    group = try root.group(name)
    positions = try group.dataset("positions")
    let offsets = try group.dataset("offsets").read(as: Int.self)
    try Self.check(offsets, positions: positions, dimension: dimension, file: path, group: name)
    self.offsets = offsets
    truths =
      needsLabels || group.contains("label")
      ? try Self.truths(group, task: task, count: offsets.count - 1, dimension: dimension, file: path)
      : [GroundTruth](repeating: GroundTruth(exponent: nil, model: nil), count: offsets.count - 1)
  }

  private static func check(
    _ offsets: [Int], positions: HDF5Dataset, dimension: Int, file: String, group: String
  ) throws {
    func fail(_ expected: String, _ found: String) -> FormatError {
      FormatError.contents(file: file, object: group + "/offsets", expected: expected, found: found)
    }
    guard positions.shape.count == 1 else {
      throw FormatError.contents(
        file: file, object: group + "/positions", expected: "one axis", found: "\(positions.shape.count)")
    }
    guard offsets.count >= 2, offsets[0] == 0 else {
      throw fail("0 and the end of each trajectory", "\(offsets.prefix(2))")
    }
    for (index, pair) in zip(offsets, offsets.dropFirst()).enumerated()
    where pair.1 <= pair.0 || (pair.1 - pair.0) % dimension != 0 {
      throw fail("increasing multiples of \(dimension)", "\(pair.0) and \(pair.1) around trajectory \(index + 1)")
    }
    guard offsets[offsets.count - 1] == positions.shape[0] else {
      throw fail("\(positions.shape[0]) at the end, the number of positions", "\(offsets[offsets.count - 1])")
    }
  }

  private static func truths(
    _ group: HDF5Group, task: ChallengeTask, count: Int, dimension: Int, file: String
  ) throws -> [GroundTruth] {
    func values(_ name: String, width: Int = 1) throws -> [Double]? {
      guard group.contains(name) else { return nil }
      let values = try group.dataset(name).read(as: Double.self)
      guard values.count == count * width else {
        throw FormatError.contents(
          file: file, object: group.path + "/" + name, expected: "\(count * width) numbers", found: "\(values.count)")
      }
      return values
    }
    guard let labels = try values("label") else {
      throw FormatError.contents(file: file, object: group.path, expected: "a dataset 'label'", found: "none")
    }
    let exponents = try values("truth/exponent") ?? (task == .exponent ? labels : nil)
    let models = try values("truth/model") ?? (task == .model ? labels : nil)
    let sigmas = try values("truth/sigma", width: dimension)
    let coefficients = try values("truth/coefficient", width: dimension)
    return try (0..<count).map { index in
      var truth = GroundTruth(exponent: exponents?[index], model: nil)
      if let label = models?[index] {
        guard let number = Int(exactly: label), let model = DiffusionModel(rawValue: number) else {
          throw FormatError.contents(
            file: file, object: group.path, expected: "labels 0 to 4", found: "\(label) for trajectory \(index + 1)")
        }
        truth.model = model
      }
      truth.sigma = sigmas.map { Array($0[index * dimension..<(index + 1) * dimension]) }
      truth.coefficient = coefficients.map { Array($0[index * dimension..<(index + 1) * dimension]) }
      return truth
    }
  }

  public var count: Int { offsets.count - 1 }

  public func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory] {
    guard !range.isEmpty else { return [] }
    let start = offsets[range.lowerBound]
    let values = try positions.read(as: Double.self, offset: [start], count: [offsets[range.upperBound] - start])
    return try range.map { index in
      let part = Array(values[offsets[index] - start..<offsets[index + 1] - start])
      do {
        return LabelledTrajectory(
          trajectory: try Trajectory(dimension: dimension, positions: part), truth: truths[index])
      } catch let error as TrajectoryError {
        throw FormatError.contents(
          file: title, object: group.path + "/positions", expected: "finite positions",
          found: "a trajectory \(index + 1) where \(error)")
      }
    }
  }
}
