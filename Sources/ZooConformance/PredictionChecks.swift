import Diffusion
import LayerGraph
import ModelZoo

/// Checks of what a method says of trajectories, whatever it is inside.
struct PredictionChecks {
  let card: Card
  let subtask: Subtask
  /// A new characterizer at each call.
  let characterizer: () throws -> any Characterizer

  func results(_ subject: String) -> [CheckResult] {
    [
      check("predictions are in range", subject, checkRange),
      check("the same question has the same answer", subject, checkDeterminism),
      check("the order of trajectories is kept", subject, checkOrder),
      check("a batch equals singles", subject, checkSingles),
      check("predictions stay where the card says so", subject, checkInvariances),
      check("wrong trajectories are errors", subject, checkErrors),
      check("extreme trajectories have answers or typed errors", subject, checkExtremes),
    ]
  }

  /// Simulated trajectories of several lengths, the shortest that the card allows among them.
  private func trajectories() throws -> [Trajectory] {
    let lengths = [10, 11, 37, 64, 200, 999].map { min(max($0, card.lengths.lowerBound), card.lengths.upperBound) }
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 7, count: 24)
    return try simulation.trajectories(0..<simulation.count).enumerated().map { index, item in
      let count = min(lengths[index % lengths.count], item.trajectory.count)
      let parts = (0..<subtask.dimension).flatMap { item.trajectory.component($0).prefix(count) }
      return try Trajectory(dimension: subtask.dimension, positions: parts)
    }.filter { card.lengths.contains($0.count) }
  }

  /// One prediction for each trajectory.
  private func predictions(_ characterizer: any Characterizer, _ trajectories: [Trajectory]) throws -> [Prediction] {
    let predictions = try characterizer.predictions(for: trajectories)
    try require(
      predictions.count == trajectories.count, "\(predictions.count) predictions of \(trajectories.count) trajectories")
    return predictions
  }

  private func judge(_ prediction: Prediction, of what: String) throws {
    switch (prediction, subtask.task) {
    case (.exponent(let exponent), .exponent):
      try require(
        (0.05...2).contains(exponent), "the exponent of \(what) is \(exponent), outside 0.05...2")
    case (.model(let probabilities), .model):
      let sum = probabilities.reduce(0, +), count = DiffusionModel.allCases.count
      try require(
        probabilities.count == count, "\(what) has \(probabilities.count) probabilities, not \(count)")
      try require(
        probabilities.allSatisfy { (0...1).contains($0) } && abs(sum - 1) < 1e-6,
        "the probabilities of \(what) are \(probabilities), with the sum \(sum)")
    default: throw CheckEnd.failed("\(what) is answered as another task")
    }
  }

  private func checkRange() throws {
    let trajectories = try trajectories(), characterizer = try characterizer()
    let predictions = try predictions(characterizer, trajectories)
    for (trajectory, prediction) in zip(trajectories, predictions) {
      try judge(prediction, of: "a trajectory of \(trajectory.count) points")
    }
    let estimates = try characterizer.estimates(for: trajectories)
    try require(estimates.map(\.prediction) == predictions, "estimates and predictions differ")
    for estimate in estimates {
      guard case .exponent(let exponent) = estimate.prediction else { continue }
      for interval in Estimate.Coverage.allCases.compactMap(estimate.interval) {
        try require(interval.contains(exponent), "the exponent \(exponent) is outside its own interval \(interval)")
      }
    }
  }

  private func checkDeterminism() throws {
    let trajectories = try trajectories(), characterizer = try characterizer()
    let first = try predictions(characterizer, trajectories)
    try require(
      first == predictions(characterizer, trajectories), "asked twice, it gives two answers")
    try require(
      first == predictions(self.characterizer(), trajectories), "made anew, it gives other answers")
  }

  private func checkOrder() throws {
    let trajectories = try trajectories(), characterizer = try characterizer()
    let forwards = try predictions(characterizer, trajectories)
    let backwards = try predictions(characterizer, trajectories.reversed())
    for (index, pair) in zip(forwards, backwards.reversed()).enumerated() where pair.0 != pair.1 {
      throw CheckEnd.failed(
        "in reversed order, trajectory \(index + 1) of \(trajectories.count) gives \(pair.1), not \(pair.0)")
    }
  }

  private func checkSingles() throws {
    let trajectories = try trajectories(), characterizer = try characterizer()
    let together = try predictions(characterizer, trajectories)
    for (index, trajectory) in trajectories.enumerated() {
      let alone = try predictions(characterizer, [trajectory])
      try require(
        alone == [together[index]],
        "alone, a trajectory of \(trajectory.count) points gives \(alone[0]), among others \(together[index])")
    }
    try require(
      try characterizer.predictions(for: []).isEmpty, "no trajectories give predictions")
  }

  /// Each component is scaled or shifted by a number of its own.
  private func checkInvariances() throws {
    guard !card.invariances.isEmpty else { throw CheckEnd.skipped("the card names none") }
    let trajectories = try trajectories(), characterizer = try characterizer()
    let reference = try predictions(characterizer, trajectories)
    for invariance in card.invariances {
      let changed = try trajectories.map { trajectory in
        // Powers of two, and shifts that are multiples of the positions' last digit: no rounding hides in the change.
        let positions = (0..<trajectory.dimension).flatMap { component in
          trajectory.component(component).map {
            invariance == .scale ? $0 * [1024, 0.125, 32][component] : $0 + [3, -2, 8][component]
          }
        }
        return try Trajectory(dimension: trajectory.dimension, positions: positions)
      }
      let predictions = try predictions(characterizer, changed)
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

  private func checkErrors() throws {
    let characterizer = try characterizer()
    let other = subtask.dimension == 1 ? 2 : 1
    let points = min(max(50, card.lengths.lowerBound), card.lengths.upperBound)
    try expectError(characterizer, dimension: other, points: points, "a trajectory of another dimension")
    let (short, long) = (card.lengths.lowerBound - 1, card.lengths.upperBound + 1)
    if short > 0 {
      try expectError(characterizer, dimension: subtask.dimension, points: short, "a trajectory of \(short) points")
    }
    // Whether a million points are refused would take longer to see than it is worth.
    if long <= 100_000 {
      try expectError(characterizer, dimension: subtask.dimension, points: long, "a trajectory of \(long) points")
    }
  }

  private func expectError(_ characterizer: any Characterizer, dimension: Int, points: Int, _ what: String) throws {
    let trajectory = try Trajectory(
      dimension: dimension, positions: (0..<dimension * points).map { Double($0 * $0 % 7) })
    do { _ = try characterizer.predictions(for: [trajectory]) } catch { return }
    throw CheckEnd.failed("\(what) is no error")
  }

  /// Shortest and longest ones, a particle that does not move, and positions from 1e-300 to 1e17.
  private func checkExtremes() throws {
    let characterizer = try characterizer()
    let usual = min(max(20, card.lengths.lowerBound), card.lengths.upperBound)
    // The longest of all where that takes a second, and in one dimension: the others differ in the first layer alone.
    let long = subtask.dimension == 1 && card.lengths.upperBound <= 20_000 ? 20_000 : 2000
    var random = SplitMix64(seed: 17)
    func walk(_ count: Int, scale: Double, from start: Double = 0) throws -> Trajectory {
      var positions: [Double] = []
      for _ in 0..<subtask.dimension {
        var place = start
        for _ in 0..<count {
          positions.append(place)
          place += scale * Double(random.nextUnit() - 0.5)
        }
      }
      return try Trajectory(dimension: subtask.dimension, positions: positions)
    }
    let cases = [
      ("the shortest trajectory", try walk(card.lengths.lowerBound, scale: 1)),
      ("a long trajectory", try walk(min(long, card.lengths.upperBound), scale: 1)),
      ("a particle that stands still", try walk(usual, scale: 0)),
      ("a particle that stands still far away", try walk(usual, scale: 0, from: 1e17)),
      ("a walk of huge steps", try walk(usual, scale: 1e17)), ("a walk of tiny steps", try walk(usual, scale: 1e-300)),
    ]
    for (name, trajectory) in cases {
      do { try judge(predictions(characterizer, [trajectory])[0], of: name) } catch is CharacterizerError {
        // A typed error is an answer as well.
      }
    }
  }
}
