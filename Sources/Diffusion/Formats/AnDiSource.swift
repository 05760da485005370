/// The trajectories of one dimension in a challenge's text file, with the labels of its reference file.
///
/// Text has no index, so all trajectories of the dimension are held in memory.
public struct AnDiSource: TrajectorySource {
  /// Which labels the reference file has.
  public let task: ChallengeTask
  /// Of the trajectories that are kept, 1, 2 or 3.
  public let dimension: Int
  /// The path of the trajectories.
  public let title: String
  private let all: [LabelledTrajectory]

  /// - Parameters:
  ///   - path: `task1.txt` or `task2.txt`.
  ///   - reference: `ref1.txt` or `ref2.txt`.
  ///   - task: what the labels are: exponents or diffusion models.
  ///   - dimension: of the trajectories to keep; the others are read and checked as well.
  /// - Throws: `FormatError` with file and line, or where the files have no trajectory of the dimension.
  public init(path: String, reference: String, task: ChallengeTask, dimension: Int) throws {
    self.task = task
    self.dimension = dimension
    title = path
    let trajectories = try AnDiText.TrajectoryReader(path)
    let labels = try AnDiText.LabelReader(reference, task: task)
    var all: [LabelledTrajectory] = []
    var counts = [0, 0, 0]
    while true {
      let trajectory = try trajectories.next()
      let label = try labels.next()
      guard let trajectory, let label else {
        if trajectory == nil, label == nil { break }
        throw try Self.countMismatch(trajectories, labels, path: path, reference: reference)
      }
      guard trajectory.dimension == label.dimension else {
        throw FormatError.line(
          file: reference, number: labels.lineNumber, expected: "dimension \(trajectory.dimension) as in \(path)",
          found: "dimension \(label.dimension)")
      }
      counts[trajectory.dimension - 1] += 1
      if trajectory.dimension == dimension {
        all.append(LabelledTrajectory(trajectory: trajectory, truth: label.truth))
      }
    }
    guard trajectories.lineNumber > 0 else { throw FormatError.empty(file: path) }
    guard !all.isEmpty else {
      let found = (1...3).filter { counts[$0 - 1] > 0 }.map { "\(counts[$0 - 1]) in \($0)D" }
      throw FormatError.absent(
        file: path, wanted: "trajectories in \(dimension)D", found: found.joined(separator: ", "))
    }
    self.all = all
  }

  private static func countMismatch(
    _ trajectories: AnDiText.TrajectoryReader, _ labels: AnDiText.LabelReader, path: String, reference: String
  ) throws -> FormatError {
    while try trajectories.next() != nil {}
    while try labels.next() != nil {}
    return FormatError.count(
      file: path, lines: trajectories.lineNumber, other: reference, otherLines: labels.lineNumber)
  }

  /// Trajectories of the dimension.
  public var count: Int { all.count }
  /// Some of them, in the order of the file.
  public func trajectories(_ range: Range<Int>) -> [LabelledTrajectory] { Array(all[range]) }
}
