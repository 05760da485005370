import Diffusion
import LayerGraph
import ModelZoo
import Report

/// Exponents with a fixed error, and the right model where the trajectory has an even number of points.
struct Guess: Architecture {
  let id: String
  let error: Double?
  var card: Card { Card(id: id, title: "Guess", summary: "Guesses.", reference: "None.") }
  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer {
    Guesses(subtask: subtask, error: error)
  }

  /// Three of them: a good one, a poor one, and one that fails.
  static func evaluation() throws -> Evaluation {
    let registry = try Registry([
      Guess(id: "good", error: 0.1), Guess(id: "poor", error: 0.4), Guess(id: "broken", error: nil),
    ])
    return try Evaluation(registry, models: registry.ids, weights: WeightStore(folders: ["/nowhere"]))
  }

  /// A report about them.
  static func report(_ subtasks: [Subtask] = Subtask.all, count: Int = 200) throws -> EvaluationReport {
    let evaluation = try evaluation()
    let cells = try subtasks.map {
      try evaluation.records(ChallengeSimulation(task: $0.task, dimension: $0.dimension, seed: 3, count: count))
    }
    return EvaluationReport(data: "a simulation", cells: cells)
  }

  struct Broken: Error, CustomStringConvertible { let description = "it is broken on purpose <b>" }

  struct Guesses: Characterizer {
    let subtask: Subtask
    let error: Double?
    func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
      guard let error else { throw Broken() }
      return trajectories.map { trajectory in
        let share = Double(trajectory.count % 97) / 97
        if subtask.task == .exponent { return .exponent(0.05 + 1.9 * share * (1 - error)) }
        var probabilities = [Double](repeating: (1 - 0.3 - 0.6 * share) / 4, count: 5)
        probabilities[Int(share * (5 - error))] = 0.3 + 0.6 * share
        return .model(probabilities: probabilities)
      }
    }
  }
}

/// Exponents and nothing else, as a text file has.
struct Unlabelled: TrajectorySource {
  let task = ChallengeTask.exponent, dimension = 1, count = 20, title = "text"
  func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory] {
    try range.map { index in
      LabelledTrajectory(
        trajectory: try Trajectory(dimension: 1, positions: (0...index + 5).map { Double($0 * $0 % 7) }),
        truth: GroundTruth(exponent: Double(index + 1) / 10, model: nil))
    }
  }
}
