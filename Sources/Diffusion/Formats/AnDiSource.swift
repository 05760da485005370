/// The trajectories of one dimension in a challenge's text file, with the labels of its reference file.
///
/// Text has no index, so all trajectories of the dimension are held in memory.
public struct AnDiSource: TrajectorySource {
  public let task: ChallengeTask
  public let dimension: Int
  public let title: String
  private let all: [LabelledTrajectory]

  /// - Parameters:
  ///   - path: `task1.txt` or `task2.txt`.
  ///   - reference: `ref1.txt` or `ref2.txt`.
  /// - Throws: `FormatError` with file and line.
  public init(path: String, reference: String, task: ChallengeTask, dimension: Int) throws {
    self.task = task
    self.dimension = dimension
    title = path
    let trajectories = try AnDiText.TrajectoryReader(path)
    let labels = try AnDiText.LabelReader(reference, task: task)
    var all: [LabelledTrajectory] = []
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
      if trajectory.dimension == dimension {
        all.append(LabelledTrajectory(trajectory: trajectory, truth: label.truth))
      }
    }
    guard trajectories.lineNumber > 0 else { throw FormatError.empty(file: path) }
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

  public var count: Int { all.count }
  public func trajectories(_ range: Range<Int>) -> [LabelledTrajectory] { Array(all[range]) }
}
