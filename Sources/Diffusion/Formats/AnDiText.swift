import Foundation

/// The text files of the AnDi Challenge 2020: fields between semicolons, one trajectory or label a line.
///
/// `task1.txt`, `task2.txt`: the dimension, then all x, all y, all z. `ref1.txt`: the dimension and the exponent;
/// `ref2.txt`: the dimension and the label of the model, 0...4. Dimensions may come in any order.
public enum AnDiText {
  /// Reads trajectories one by one.
  public final class TrajectoryReader {
    private let lines: LineReader
    private var values: [Double] = []

    /// Opens a file.
    /// - Throws: `FormatError.system` where there is none or it can't be read.
    public init(_ path: String) throws { lines = try LineReader(path) }

    /// Reads what is unread.
    init(_ bytes: ByteSource) { lines = LineReader(bytes) }

    /// Where the next line begins in the file.
    var offset: Int { lines.offset }

    /// Goes on at the beginning of a line.
    func seek(to place: Int, line: Int) throws { try lines.seek(to: place, number: line) }

    /// The line of the trajectory that was read last.
    public var lineNumber: Int { lines.number }

    /// The next trajectory; nil at the end.
    /// - Throws: `FormatError.line` where the line is no trajectory.
    public func next() throws -> Trajectory? {
      var result: Trajectory?
      let found = try lines.next { line in
        try lines.numbers(line, into: &values)
        let dimension = try AnDiText.dimension(values[0], lines)
        guard values.count > 1 else {
          throw lines.error(expected: "positions after the dimension", found: "none")
        }
        guard (values.count - 1) % dimension == 0 else {
          throw lines.error(
            expected: "as many y as x" + (dimension == 3 ? " and z" : ""),
            found: "\(values.count - 1) numbers for dimension \(dimension)")
        }
        result = Trajectory(unchecked: dimension, Array(values.dropFirst()))
      }
      return found ? result : nil
    }
  }

  /// Reads exponents (task 1) or labels of models (task 2) one by one.
  public final class LabelReader {
    private let lines: LineReader
    private let task: ChallengeTask
    private var values: [Double] = []

    /// Opens a file.
    /// - Throws: `FormatError.system` where there is none or it can't be read.
    public init(_ path: String, task: ChallengeTask) throws {
      lines = try LineReader(path)
      self.task = task
    }

    /// The line of the label that was read last.
    public var lineNumber: Int { lines.number }

    /// The next dimension and label; nil at the end.
    /// - Throws: `FormatError.line` where the line is no dimension and label.
    public func next() throws -> (dimension: Int, truth: GroundTruth)? {
      var result: (dimension: Int, truth: GroundTruth)?
      let found = try lines.next { line in
        try lines.numbers(line, into: &values)
        let dimension = try AnDiText.dimension(values[0], lines)
        guard values.count == 2 else {
          throw lines.error(
            expected: "a dimension and one label",
            found: values.count == 1 ? "1 field" : "\(values.count) fields")
        }
        result = (dimension, try truth(values[1]))
      }
      return found ? result : nil
    }

    private func truth(_ value: Double) throws -> GroundTruth {
      switch task {
      case .exponent:
        guard (0...2).contains(value), value > 0 else {
          throw lines.error(expected: "an exponent above 0 and up to 2", found: "\(value)")
        }
        return GroundTruth(exponent: value, model: nil)
      case .model:
        guard let label = Int(exactly: value), let model = DiffusionModel(rawValue: label) else {
          throw lines.error(expected: "the label of a model, 0 to 4", found: "\(value)")
        }
        return GroundTruth(exponent: nil, model: model)
      }
    }
  }

  fileprivate static func dimension(_ value: Double, _ lines: LineReader) throws -> Int {
    guard let dimension = Int(exactly: value), (1...3).contains(dimension) else {
      throw lines.error(expected: "the dimension 1, 2 or 3 in field 1", found: "\(value)")
    }
    return dimension
  }

  /// The line of a trajectory; numbers in the shortest form that reads back the same.
  public static func line(_ trajectory: Trajectory) -> String {
    var line = "\(Double(trajectory.dimension))"
    for position in trajectory.positions { line += ";\(position)" }
    return line + "\n"
  }

  /// The line of a label.
  public static func line(dimension: Int, label: Double) -> String { "\(Double(dimension));\(label)\n" }

  /// The line of a submission: the dimension, then the exponent, or the probabilities of the five models.
  public static func submissionLine(dimension: Int, values: [Double]) -> String {
    "\(Double(dimension))" + values.map { ";\($0)" }.joined() + "\n"
  }
}
