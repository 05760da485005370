import Synchronization

/// The trajectories of one dimension in a challenge's text file, with the labels of its reference file, if any.
///
/// The files are read once to check them and to note where each trajectory begins; positions are read as they are asked
/// for.
public final class AnDiSource: TrajectorySource {
  /// Which labels the reference file has.
  public let task: ChallengeTask
  /// Of the trajectories that are kept, 1, 2 or 3.
  public let dimension: Int
  /// The path of the trajectories.
  public let title: String
  private let entries: [Entry]
  private let reader: Mutex<Reader>

  /// Where a trajectory stands, and what is true of it.
  private struct Entry {
    let offset: Int
    let line: Int
    let truth: GroundTruth
  }

  /// A reader that one thread at a time uses.
  private struct Reader: @unchecked Sendable {
    let trajectories: AnDiText.TrajectoryReader
  }

  /// - Parameters:
  ///   - path: `task1.txt` or `task2.txt`.
  ///   - reference: `ref1.txt` or `ref2.txt`; nil for trajectories without labels.
  ///   - task: what the labels are: exponents or diffusion models.
  ///   - dimension: of the trajectories to keep; the others are read and checked as well.
  /// - Throws: `FormatError` with file and line, or where the files have no trajectory of the dimension.
  public init(path: String, reference: String?, task: ChallengeTask, dimension: Int) throws {
    self.task = task
    self.dimension = dimension
    title = path
    let trajectories = try AnDiText.TrajectoryReader(path)
    let labels = try reference.map { try AnDiText.LabelReader($0, task: task) }
    var entries: [Entry] = []
    var counts = [0, 0, 0]
    while true {
      let offset = trajectories.offset
      let trajectory = try trajectories.next()
      var truth = GroundTruth(exponent: nil, model: nil)
      if let labels, let reference {
        let label = try labels.next()
        guard (trajectory == nil) == (label == nil) else {
          throw try Self.countMismatch(trajectories, labels, path: path, reference: reference)
        }
        if let trajectory, let label {
          guard trajectory.dimension == label.dimension else {
            throw FormatError.line(
              file: reference, number: labels.lineNumber, expected: "dimension \(trajectory.dimension) as in \(path)",
              found: "dimension \(label.dimension)")
          }
          truth = label.truth
        }
      }
      guard let trajectory else { break }
      counts[trajectory.dimension - 1] += 1
      if trajectory.dimension == dimension {
        entries.append(Entry(offset: offset, line: trajectories.lineNumber, truth: truth))
      }
    }
    guard trajectories.lineNumber > 0 else { throw FormatError.empty(file: path) }
    guard !entries.isEmpty else {
      let found = (1...3).filter { counts[$0 - 1] > 0 }.map { "\(counts[$0 - 1]) in \($0)D" }
      throw FormatError.absent(
        file: path, wanted: "trajectories in \(dimension)D", found: found.joined(separator: ", "))
    }
    self.entries = entries
    reader = Mutex(Reader(trajectories: trajectories))
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
  public var count: Int { entries.count }

  /// Some of them, in the order of the file.
  /// - Throws: `FormatError` where the file was changed since it was checked, or is a pipe.
  public func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory] {
    try reader.withLock { reader in
      try entries[range].map { entry in
        if reader.trajectories.offset != entry.offset {
          try reader.trajectories.seek(to: entry.offset, line: entry.line)
        }
        guard let trajectory = try reader.trajectories.next(), trajectory.dimension == dimension else {
          throw FormatError.line(
            file: title, number: entry.line, expected: "a trajectory in \(dimension)D as before",
            found: "another line; the file was changed")
        }
        return LabelledTrajectory(trajectory: trajectory, truth: entry.truth)
      }
    }
  }
}
