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

  /// - Parameter needsWeights: whether trained weights must be there; without, networks are checked with initial numbers.
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
      results += predictionResults(subtask, subject)
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

  // MARK: Predictions

  /// With trained weights where there are any, else with initial ones.
  private func characterizer(_ subtask: Subtask) throws -> any Characterizer {
    do { return try architecture.characterizer(for: subtask, weights: weights) } catch CheckpointError.notFound {
      guard let network = architecture as? any NetworkArchitecture else { throw CheckEnd.skipped("it has no weights") }
      return try NetworkChecks.untrained(network, subtask)
    }
  }

  private func predictionResults(_ subtask: Subtask, _ subject: String) -> [CheckResult] {
    [
      check("predictions are in range", subject) { try checkRange(subtask) },
      check("a trajectory's prediction depends on it alone", subject) { try checkIndependence(subtask) },
      check("predictions stay where the card says so", subject) { try checkInvariances(subtask) },
      check("wrong trajectories are errors", subject) { try checkErrors(subtask) },
      check("extreme trajectories have answers or typed errors", subject) { try checkExtremes(subtask) },
    ]
  }

  /// Simulated trajectories of several lengths, the shortest that the card allows among them.
  private func trajectories(_ subtask: Subtask) throws -> [Trajectory] {
    let lengths = [10, 11, 37, 64, 200, 999].map { min(max($0, card.lengths.lowerBound), card.lengths.upperBound) }
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 7, count: 24)
    return try simulation.trajectories(0..<simulation.count).enumerated().map { index, item in
      let count = min(lengths[index % lengths.count], item.trajectory.count)
      let parts = (0..<subtask.dimension).flatMap { item.trajectory.component($0).prefix(count) }
      return try Trajectory(dimension: subtask.dimension, positions: parts)
    }.filter { card.lengths.contains($0.count) }
  }

  private func checkRange(_ subtask: Subtask) throws {
    let trajectories = try trajectories(subtask)
    let characterizer = try characterizer(subtask)
    let predictions = try characterizer.predictions(for: trajectories)
    let estimates = try characterizer.estimates(for: trajectories)
    try require(estimates.map(\.prediction) == predictions, "estimates and predictions differ")
    for estimate in estimates {
      guard case .exponent(let exponent) = estimate.prediction else { continue }
      for interval in Estimate.Coverage.allCases.compactMap(estimate.interval) {
        try require(interval.contains(exponent), "the exponent \(exponent) is outside its own interval \(interval)")
      }
    }
    try require(
      predictions.count == trajectories.count, "\(predictions.count) predictions of \(trajectories.count) trajectories")
    for prediction in predictions {
      switch (prediction, subtask.task) {
      case (.exponent(let exponent), .exponent):
        try require((0.05...2).contains(exponent), "the exponent \(exponent) is outside 0.05...2")
      case (.model(let probabilities), .model):
        let sum = probabilities.reduce(0, +)
        try require(probabilities.count == DiffusionModel.allCases.count, "\(probabilities.count) probabilities")
        try require(
          probabilities.allSatisfy { (0...1).contains($0) } && abs(sum - 1) < 1e-6, "probabilities \(probabilities)")
      default: throw CheckEnd.failed("it answers another task")
      }
    }
  }

  private func checkIndependence(_ subtask: Subtask) throws {
    let trajectories = try trajectories(subtask), characterizer = try characterizer(subtask)
    let together = try characterizer.predictions(for: trajectories)
    let reversed = try characterizer.predictions(for: trajectories.reversed())
    try require(together == reversed.reversed(), "the order of the trajectories changes predictions")
    for (index, trajectory) in trajectories.enumerated() {
      let alone = try characterizer.predictions(for: [trajectory])
      try require(
        alone == [together[index]],
        "alone, a trajectory of \(trajectory.count) points gives \(alone), among others \(together[index])")
    }
    try require(try characterizer.predictions(for: []).isEmpty, "no trajectories give predictions")
  }

  private func checkInvariances(_ subtask: Subtask) throws {
    guard !card.invariances.isEmpty else { throw CheckEnd.skipped("the card names none") }
    let trajectories = try trajectories(subtask), characterizer = try characterizer(subtask)
    let reference = try characterizer.predictions(for: trajectories)
    for invariance in card.invariances {
      let changed = try trajectories.map { trajectory in
        // A power of two and a shift that is a multiple of the positions' last digit: no rounding hides in the change.
        let positions = trajectory.positions.map { invariance == .scale ? $0 * 1024 : $0 + 3 }
        return try Trajectory(dimension: trajectory.dimension, positions: positions)
      }
      let predictions = try characterizer.predictions(for: changed)
      for (index, pair) in zip(reference, predictions).enumerated() where !Self.agree(pair.0, pair.1) {
        // Noise far below the size of the positions is lost by a shift; that is the trajectory's fault.
        let largest = trajectories[index].positions.reduce(0) { max($0, abs($1)) }
        if invariance == .shift, largest > 1e6 || largest < 1e-4 { continue }
        throw CheckEnd.failed("\(invariance) changes \(pair.0) to \(pair.1)")
      }
    }
  }

  private static func agree(_ a: Prediction, _ b: Prediction) -> Bool {
    switch (a, b) {
    case (.exponent(let a), .exponent(let b)): abs(a - b) < 2e-3
    case (.model(let a), .model(let b)): zip(a, b).allSatisfy { abs($0 - $1) < 5e-3 }
    default: false
    }
  }

  private func checkErrors(_ subtask: Subtask) throws {
    let characterizer = try characterizer(subtask)
    let other = subtask.dimension == 1 ? 2 : 1
    let wrong = try Trajectory(dimension: other, positions: (0..<other * 50).map { Double($0 * $0 % 7) })
    try expectError("a trajectory of another dimension") { try characterizer.predictions(for: [wrong]) }
    if card.lengths.lowerBound > 1 {
      let short = card.lengths.lowerBound - 1
      let trajectory = try Trajectory(
        dimension: subtask.dimension, positions: (0..<subtask.dimension * short).map { Double($0 % 3) })
      try expectError("a trajectory of \(short) points") { try characterizer.predictions(for: [trajectory]) }
    }
  }

  /// Shortest and long ones, a particle that does not move, and positions from 1e-300 to 1e17.
  private func checkExtremes(_ subtask: Subtask) throws {
    let characterizer = try characterizer(subtask)
    let usual = min(max(20, card.lengths.lowerBound), card.lengths.upperBound)
    let long = min(2000, card.lengths.upperBound)
    var random = SplitMix64(seed: 17)
    func walk(_ count: Int, scale: Double) throws -> Trajectory {
      var positions: [Double] = []
      for _ in 0..<subtask.dimension {
        var place = 0.0
        for _ in 0..<count {
          positions.append(place)
          place += scale * Double(random.nextUnit() - 0.5)
        }
      }
      return try Trajectory(dimension: subtask.dimension, positions: positions)
    }
    let cases = [
      ("the shortest", try walk(card.lengths.lowerBound, scale: 1)), ("a long one", try walk(long, scale: 1)),
      ("one that stands still", try walk(usual, scale: 0)), ("a huge one", try walk(usual, scale: 1e17)),
      ("a tiny one", try walk(usual, scale: 1e-300)),
    ]
    for (name, trajectory) in cases {
      do {
        for prediction in try characterizer.predictions(for: [trajectory]) {
          switch prediction {
          case .exponent(let exponent): try require(exponent.isFinite, "\(name) gives \(exponent)")
          case .model(let probabilities):
            try require(probabilities.allSatisfy(\.isFinite), "\(name) gives \(probabilities)")
          }
        }
      } catch let error as CharacterizerError {
        // A typed error is an answer as well.
        _ = error
      }
    }
  }

  private func expectError(_ what: String, _ body: () throws -> [Prediction]) throws {
    do { _ = try body() } catch { return }
    throw CheckEnd.failed("\(what) is no error")
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
