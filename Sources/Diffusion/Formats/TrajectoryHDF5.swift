import HDF5

/// One task and dimension of an HDF5 file of trajectories (format "zoo-andi-trajectories").
///
/// Group `task{1,2}/dim{1,2,3}` holds `positions` (all trajectories one after the other, each component-major), `offsets`
/// (trajectory i is `positions[offsets[i] ..< offsets[i+1]]`), `label` (exponent or model) and, where known,
/// `truth/{exponent,model,sigma,coefficient}`. Trajectories are read as they are asked for.
public struct TrajectoryHDF5: TrajectorySource {
  /// Which labels matter.
  public let task: ChallengeTask
  /// Of all trajectories, 1, 2 or 3.
  public let dimension: Int
  /// The file's path.
  public let title: String
  private let group: HDF5Group
  private let positions: HDF5Dataset
  private let offsets: [Int]
  private let truths: [GroundTruth]

  /// The group's name.
  public static func groupName(task: ChallengeTask, dimension: Int) -> String { "task\(task.number)/dim\(dimension)" }

  /// Opens a file and reads all but its positions.
  /// - Parameters:
  ///   - path: the file.
  ///   - task: what the labels are about.
  ///   - dimension: of the trajectories wanted, 1, 2 or 3.
  ///   - needsLabels: whether a file without labels is an error.
  /// - Throws: `FormatError` or `HDF5Error` where the file is of another kind or contradicts itself.
  public init(path: String, task: ChallengeTask, dimension: Int, needsLabels: Bool = true) throws {
    self.task = task
    self.dimension = dimension
    title = path
    let root = try HDF5File.open(path).root
    try Self.checkKind(root, file: path)
    let name = Self.groupName(task: task, dimension: dimension)
    guard root.contains(name) else {
      let found = ChallengeTask.allCases.flatMap { task in (1...3).map { Self.groupName(task: task, dimension: $0) } }
        .filter { root.contains($0) }
      throw FormatError.absent(
        file: path, wanted: "group '\(name)'", found: found.isEmpty ? "no trajectories" : found.joined(separator: ", "))
    }
    group = try root.group(name)
    for (attribute, value) in [("task", task.number), ("dimension", dimension)] where group.hasAttribute(attribute) {
      let found = try group.integer(attribute)
      guard found == value else {
        throw FormatError.contents(
          file: path, object: group.path, expected: "\(attribute) \(value) as its name says",
          found: "\(attribute) \(found)")
      }
    }
    positions = try group.dataset("positions")
    let offsets = try group.dataset("offsets").read(as: Int.self)
    try Self.check(offsets, positions: positions, dimension: dimension, file: path, group: group.path)
    self.offsets = offsets
    truths =
      needsLabels || group.contains("label")
      ? try Self.truths(group, task: task, count: offsets.count - 1, dimension: dimension, file: path)
      : [GroundTruth](repeating: GroundTruth(exponent: nil, model: nil), count: offsets.count - 1)
  }

  /// What the attributes of the file must say: positions in another order would be read as other trajectories.
  private static func checkKind(_ root: HDF5Group, file: String) throws {
    func check(_ name: String, _ expected: String, _ found: String?) throws {
      guard found == expected else {
        throw FormatError.contents(
          file: file, object: "/", expected: "\(name) '\(expected)'",
          found: found.map { "\(name) '\($0)'" } ?? "no \(name)")
      }
    }
    func text(_ name: String) throws -> String? { root.hasAttribute(name) ? try root.string(name) : nil }
    try check("format", "zoo-andi-trajectories", text("format"))
    try check(
      "format_version", "1", root.hasAttribute("format_version") ? "\(root.integer("format_version"))" : nil)
    try check("position_order", "component-major", text("position_order"))
  }

  private static func check(
    _ offsets: [Int], positions: HDF5Dataset, dimension: Int, file: String, group: String
  ) throws {
    func fail(_ expected: String, _ found: String) -> FormatError {
      FormatError.contents(file: file, object: group + "/offsets", expected: expected, found: found)
    }
    guard positions.shape.count == 1 else {
      throw FormatError.contents(
        file: file, object: group + "/positions", expected: "one axis", found: "\(positions.shape.count) axes")
    }
    guard offsets.count >= 2, offsets[0] == 0 else {
      throw fail(
        "0 and the end of each trajectory", offsets.count < 2 ? "no trajectory" : "\(offsets[0]) at the beginning")
    }
    for (index, pair) in zip(offsets, offsets.dropFirst()).enumerated()
    where pair.1 <= pair.0 || (pair.1 - pair.0) % dimension != 0 {
      throw fail("increasing multiples of \(dimension)", "\(pair.0) and \(pair.1) around trajectory \(index + 1)")
    }
    guard offsets[offsets.count - 1] == positions.shape[0] else {
      throw fail("\(positions.shape[0]), the number of positions", "\(offsets[offsets.count - 1]) at the end")
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
          file: file, object: group.path + "/" + name, expected: "\(count * width)",
          found: values.count == 1 ? "1 number" : "\(values.count) numbers")
      }
      return values
    }
    guard let labels = try values("label") else {
      throw FormatError.contents(
        file: file, object: group.path, expected: "one with exponents or models", found: "no dataset 'label'")
    }
    let exponents = try task == .exponent ? labels : values("truth/exponent")
    let models = try task == .model ? labels : values("truth/model")
    let sigmas = try values("truth/sigma", width: dimension)
    let coefficients = try values("truth/coefficient", width: dimension)
    return try (0..<count).map { index in
      var truth = GroundTruth(exponent: exponents?[index], model: nil)
      if let exponent = truth.exponent, !(exponent > 0 && exponent <= 2) {
        throw FormatError.contents(
          file: file, object: group.path, expected: "exponents above 0 and up to 2",
          found: "\(exponent) for trajectory \(index + 1)")
      }
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

  /// Trajectories in the group.
  public var count: Int { offsets.count - 1 }

  /// Some of them, in order; only their positions are read.
  /// - Throws: `FormatError` where a position is not finite, or `HDF5Error` where the file is damaged.
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
