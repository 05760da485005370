import Diffusion
import Foundation
import ModelZoo
import Report

/// What a report shows beside the records of the evaluation.
struct ReportParts {
  private let evaluation: Evaluation

  init(_ evaluation: Evaluation) { self.evaluation = evaluation }

  // MARK: Training

  /// Logs that are named, then those that lie beside weights.
  /// - Throws: `TrainingCurve.Failure` for a named one that can't be read.
  func curves(_ named: [(name: String, file: String)], _ sources: [any TrajectorySource]) throws -> [TrainingCurve] {
    var curves = try named.map { try TrainingCurve(name: $0.name, path: $0.file) }
    eachFile(sources) { model, subtask, file in
      let log = (file.hasSuffix(".h5") ? String(file.dropLast(3)) : file) + ".csv"
      guard FileManager.default.fileExists(atPath: log) else { return }
      let name = "\(model), \(URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent)"
      do { curves.append(try TrainingCurve(name: name, path: log)) } catch { warn("\(error)") }
    }
    return curves
  }

  /// Validation scores of networks for single lengths.
  func lengthScores(_ sources: [any TrajectorySource]) -> [EvaluationReport.LengthScore] {
    var scores: [EvaluationReport.LengthScore] = []
    eachFile(sources) { model, subtask, file in
      // A file that can't be read is a row of the table that says so.
      guard let checkpoint = try? Checkpoint(contentsOf: file), let length = checkpoint.length,
        let score = checkpoint.training?.validationScore
      else { return }
      scores.append(.init(model: model, subtask: subtask, length: length, score: score))
    }
    return scores
  }

  private func eachFile(_ sources: [any TrajectorySource], _ body: (String, Subtask, String) -> Void) {
    // Several models that answer together are written with plus signs between.
    var seen: Set<String> = []
    let parts = evaluation.models.flatMap { $0.split(separator: "+").map(String.init) }
    for model in parts where seen.insert(model).inserted {
      for source in sources {
        let subtask = Subtask(task: source.task, dimension: source.dimension)
        for file in (try? evaluation.weights.files(model, subtask)) ?? [] { body(model, subtask, file) }
      }
    }
  }

  // MARK: Worst trajectories

  private static let worstCount = 6

  /// The trajectories that each method judged worst, from the source once more.
  func worst(_ records: EvaluationRecords, _ source: any TrajectorySource) throws -> [EvaluationReport.Worst] {
    try records.rows.enumerated().compactMap { index, row in
      let predictions = records.predictions(row: index)
      guard row.value != nil, !predictions.isEmpty else { return nil }
      let badness = zip(records.facts, predictions).map { facts, prediction -> Double in
        switch prediction {
        case .exponent(let said): abs(said - (facts.truth.exponent ?? said))
        case .model(let probabilities): facts.truth.model.map { 1 - probabilities[$0.rawValue] } ?? 0
        }
      }
      let order = badness.indices.sorted { badness[$0] != badness[$1] ? badness[$0] > badness[$1] : $0 < $1 }
      let items = try order.prefix(Self.worstCount).map { place in
        let facts = records.facts[place]
        let trajectory = try source.trajectories(facts.number..<facts.number + 1)[0].trajectory
        return (facts: facts, trajectory: trajectory, prediction: predictions[place])
      }
      return EvaluationReport.Worst(model: row.model, subtask: records.subtask, items: items)
    }
  }
}
