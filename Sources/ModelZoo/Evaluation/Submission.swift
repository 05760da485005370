import Diffusion

/// Another method's answers to the trajectories of an evaluation, from files in the challenge's submission format.
public struct Submission: Sendable {
  /// As it stands in tables.
  public let name: String
  /// At most one a task.
  private var files: [ChallengeTask: AnDiSubmission] = [:]

  /// Why answers can't be compared.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// The answers of a dimension are not as many as the trajectories.
    case count(file: String, dimension: Int, lines: Int, trajectories: Int)
    /// Two files of one name have the same task.
    case duplicate(name: String, file: String, other: String)

    public var description: String {
      switch self {
      case .count(let file, let dimension, let lines, let trajectories):
        "\(file) has \(lines) \(lines == 1 ? "line" : "lines") of dimension \(dimension), but the data have "
          + "\(trajectories) trajectories of it: a submission answers each of them once, in their order."
      case .duplicate(let name, let file, let other):
        "\(file) and \(other) are both submissions '\(name)' for one task; give one of them another name."
      }
    }
  }

  /// A submission without answers yet; `add` gives it some.
  public init(name: String) { self.name = name }

  /// Adds answers of one more task.
  /// - Throws: `Failure.duplicate` where the task has answers.
  public mutating func add(_ file: AnDiSubmission) throws {
    if let other = files.updateValue(file, forKey: file.task) {
      throw Failure.duplicate(name: name, file: file.path, other: other.path)
    }
  }

  /// The answers of a subtask; nil where the submission has none.
  /// - Parameters:
  ///   - subtask: the task and dimension.
  ///   - count: trajectories in the data.
  /// - Throws: `Failure.count` where they are others.
  public func predictions(_ subtask: Subtask, count: Int) throws -> [Prediction]? {
    guard let file = files[subtask.task] else { return nil }
    let answers = file.answers[subtask.dimension - 1]
    if answers.isEmpty { return nil }
    guard answers.count == count else {
      throw Failure.count(
        file: file.path, dimension: subtask.dimension, lines: answers.count, trajectories: count)
    }
    return answers.map { subtask.task == .exponent ? .exponent($0[0]) : .model(probabilities: $0) }
  }
}
