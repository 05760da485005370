import Foundation
import HDF5

/// The course of a run as CSV: one row for each validation.
public final class TrainingLog {
  private let path: String
  private var text: String

  /// - Parameters:
  ///   - path: the CSV file; what stands in it goes, but for the rows of a resumed run.
  ///   - metric: what the validation's column is called: "mae" or "f1".
  ///   - seen: trajectories that the resumed state has seen, nil for a new run: later rows are of work that was lost,
  ///     and go.
  /// - Throws: `AtomicFile.Failure` where the log can't be written.
  public init(_ path: String, metric: String, resumedAt seen: Int?) throws {
    self.path = path
    let header = "seen,steps,seconds,rate,training_loss,validation_\(metric),validation_loss,is_best"
    var lines = [header]
    if let seen, let old = try? String(contentsOfFile: path, encoding: .utf8) {
      lines += old.split(separator: "\n").dropFirst().map(String.init).filter { line in
        line.split(separator: ",").first.flatMap { Int($0) }.map { $0 <= seen } ?? false
      }
    }
    text = lines.joined(separator: "\n") + "\n"
    try AtomicFile.write(Array(text.utf8), to: path)
  }

  /// Adds a row.
  public func append(_ trainer: Trainer, _ validation: Trainer.Validation) throws {
    let progress = trainer.state.progress
    text += String(
      format: "%d,%d,%.1f,%.6g,%.6g,%.6g,%.6g,%d\n", progress.seen, progress.steps, progress.seconds, trainer.rate,
      validation.trainingLoss, validation.score.metric, validation.score.loss, validation.isBest ? 1 : 0)
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}
