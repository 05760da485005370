import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// What every architecture must hold to, run over a registry: a new architecture is tested without a new test.
public struct ArchitectureChecks {
  let architecture: any Architecture
  let weights: WeightStore
  /// Whether missing weights are a failure.
  let needsWeights: Bool

  /// - Parameters:
  ///   - architecture: what is checked.
  ///   - weights: where its weights are looked for.
  ///   - needsWeights: whether trained weights must be there; without, networks are checked with initial numbers.
  public init(_ architecture: any Architecture, weights: WeightStore, needsWeights: Bool = false) {
    self.architecture = architecture
    self.weights = weights
    self.needsWeights = needsWeights
  }

  var card: Card { architecture.card }

  /// All checks, on every subtask that the architecture answers.
  public func results() -> [CheckResult] {
    var results = [check("its card says who it is", card.id) { try checkCard() }]
    for subtask in Subtask.all {
      let subject = "\(card.id), \(subtask)"
      guard card.subtasks.contains(subtask) else {
        results.append(check("refuses what it does not answer", subject) { try checkRefusal(subtask) })
        continue
      }
      results += PredictionChecks(card: card, subtask: subtask) { try characterizer(subtask) }.results(subject)
      if let network = architecture as? any NetworkArchitecture {
        results += NetworkChecks.results(of: network, subtask, subject)
        results.append(check("its weights replay their stored run", subject) { try checkWeights(network, subtask) })
      }
    }
    return results
  }

  private func checkCard() throws {
    for (name, text) in [("title", card.title), ("summary", card.summary), ("reference", card.reference)] {
      try require(!text.isEmpty, "the \(name) is empty")
    }
    try require(!card.subtasks.isEmpty, "it answers nothing")
    try require(Set(card.subtasks).count == card.subtasks.count, "a subtask is named twice")
    try require(card.lengths.lowerBound >= 1, "it takes trajectories of \(card.lengths.lowerBound) points")
  }

  private func checkRefusal(_ subtask: Subtask) throws {
    do { _ = try architecture.characterizer(for: subtask, checkpoint: nil) } catch { return }
    throw CheckEnd.failed("it made a characterizer for a subtask that its card does not name")
  }

  /// With trained weights where there are any, else with initial ones.
  private func characterizer(_ subtask: Subtask) throws -> any Characterizer {
    do { return try architecture.characterizer(for: subtask, weights: weights) } catch CheckpointError.notFound {
      guard let network = architecture as? any NetworkArchitecture else { throw CheckEnd.skipped("it has no weights") }
      return try NetworkChecks.untrained(network, subtask)
    }
  }

  // MARK: Weights

  private func checkWeights(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    let files: [String]
    do { files = try weights.files(card.id, subtask) } catch {
      if needsWeights { throw error }
      throw CheckEnd.skipped("no trained weights")
    }
    for file in files {
      for checkpoint in try Weights(contentsOf: file).members {
        guard let probe = checkpoint.probe else { throw CheckEnd.failed("\(file) holds no stored run") }
        try NetworkChecks.replay(probe, of: checkpoint, network, subtask, file: file)
      }
    }
  }
}
