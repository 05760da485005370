import Foundation

/// The course of a training run, read back from the log that `TrainingLog` writes.
public struct TrainingCurve: Sendable, Equatable {
  /// One validation.
  public struct Row: Sendable, Equatable {
    /// Trajectories seen in training.
    public let seen: Int
    /// Mean over the batches since the validation before.
    public let trainingLoss: Double
    /// Mean over the validation set.
    public let validationLoss: Double
    /// Of the validation set.
    public let metric: Double
    /// Whether the weights were kept, as none before had scored better.
    public let isBest: Bool
  }

  /// Which run it is of.
  public let name: String
  /// "mae" or "f1".
  public let metric: String
  /// Validations, in the order of the file.
  public let rows: [Row]

  /// Why a file is no log of a training run.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// There is no such file, or it is no UTF-8 text.
    case unreadable(file: String)
    /// The first line lacks names of columns.
    case columns(file: String, missing: [String], found: [String])
    /// A line, counted from 1, lacks a number in one of the columns.
    case line(file: String, number: Int, text: String)

    public var description: String {
      switch self {
      case .unreadable(let file): "\(file) can't be read: there is no such file, or it is no text."
      case .columns(let file, let missing, let found):
        "\(file) is no log of `zoo train`: it has no column \(missing.map { "'\($0)'" }.joined(separator: ", ")); "
          + "its first line is '\(found.joined(separator: ",").prefix(80))'."
      case .line(let file, let number, let text):
        "\(file), line \(number): expected a number in every column, found '\(text.prefix(80))'."
      }
    }
  }

  /// Reads a log; columns are found by their names.
  /// - Throws: `Failure` with the file and line.
  public init(name: String, path: String) throws {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw Failure.unreadable(file: path) }
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let header = (lines.first ?? "").split(separator: ",").map(String.init)
    let metricColumn = header.first { $0.hasPrefix("validation_") && $0 != "validation_loss" } ?? "validation_mae"
    let wanted = ["seen", "training_loss", "validation_loss", metricColumn, "is_best"]
    let missing = wanted.filter { !header.contains($0) }
    guard missing.isEmpty else { throw Failure.columns(file: path, missing: missing, found: header) }
    let columns = wanted.map { header.firstIndex(of: $0)! }
    self.name = name
    metric = String(metricColumn.dropFirst("validation_".count))
    rows = try lines.enumerated().dropFirst().filter { !$0.element.isEmpty }.map { number, line in
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      let values = columns.map { $0 < fields.count ? Double(fields[$0]) : nil }
      guard let seen = values[0].flatMap({ Int(exactly: $0) }), let training = values[1], let loss = values[2],
        let score = values[3], let best = values[4]
      else { throw Failure.line(file: path, number: number + 1, text: String(line)) }
      return Row(seen: seen, trainingLoss: training, validationLoss: loss, metric: score, isBest: best != 0)
    }
  }
}
