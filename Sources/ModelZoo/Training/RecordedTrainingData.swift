import Diffusion

/// Batches from a fixed set of labelled trajectories.
///
/// A batch is made around the length of one trajectory, drawn at random: others that are as long or longer, the nearest
/// in length, are cut to it. With `lengths.list` in the recipe, batches have these lengths. The signs of components,
/// which say nothing about diffusion, are drawn anew each time.
public final class RecordedTrainingData: TrainingData {
  private let recipe: Recipe
  private let all: [(trajectory: Trajectory, target: Float)]
  public let title: String

  /// - Parameters:
  ///   - recipe: lengths, batches and seed.
  ///   - trajectories: labelled; those shorter than the shortest length of the recipe are left out.
  ///   - title: what checkpoints say of the data.
  /// - Throws: `SettingsError` where nothing is left.
  public init(_ recipe: Recipe, trajectories: [LabelledTrajectory], title: String) throws {
    self.recipe = recipe
    self.title = title
    let shortest = recipe.lengths.list.min() ?? recipe.lengths.from
    all = trajectories.compactMap { item in
      guard item.trajectory.count >= shortest, let target = item.truth.target(recipe.task) else { return nil }
      return (item.trajectory, target)
    }.sorted { $0.trajectory.count < $1.trajectory.count }
    guard !all.isEmpty else {
      throw SettingsError.value(
        owner: title, reason: "no trajectory has a label for this task and \(shortest) points or more")
    }
  }

  /// Trajectories that a run is trained with and those it is judged by.
  public static func split(
    _ trajectories: [LabelledTrajectory], validationShare: Double = 0.2, seed: UInt64
  ) -> (training: [LabelledTrajectory], validation: [LabelledTrajectory]) {
    var random = CounterBasedRandom(seed: seed, stream: Stream.split)
    let shuffled = trajectories.shuffled(using: &random)
    let held = Int((Double(trajectories.count) * validationShare).rounded())
    return (Array(shuffled.dropFirst(held)), Array(shuffled.prefix(held)))
  }

  /// The parts of a K-fold run: fold k is judged by part k.
  public static func fold(
    _ trajectories: [LabelledTrajectory], number: Int, of count: Int, seed: UInt64
  ) -> (training: [LabelledTrajectory], validation: [LabelledTrajectory]) {
    var random = CounterBasedRandom(seed: seed, stream: Stream.split)
    let shuffled = trajectories.shuffled(using: &random)
    let held = shuffled.count * number / count..<shuffled.count * (number + 1) / count
    return (Array(shuffled[..<held.lowerBound] + shuffled[held.upperBound...]), Array(shuffled[held]))
  }

  private enum Stream {
    static let batch: UInt32 = 101
    static let split: UInt32 = 102
  }

  /// The first trajectory with at least this many points.
  private func firstIndex(atLeast steps: Int) -> Int {
    var low = 0, high = all.count
    while low < high {
      let middle = (low + high) / 2
      if all[middle].trajectory.count < steps { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public func batch(seen: Int, rows: (_ count: Int) -> Range<Int>) throws -> TrainingBatch {
    var random = CounterBasedRandom(seed: recipe.seed, index: UInt64(seen), stream: Stream.batch)
    let steps: Int
    if recipe.lengths.list.isEmpty {
      steps = min(recipe.lengths.to, all[Int(random.nextUnit() * Double(all.count))].trajectory.count)
    } else {
      // Lengths that no trajectory reaches are passed over.
      let reachable = recipe.lengths.list.filter { $0 <= all[all.count - 1].trajectory.count }
      steps = reachable[Int(random.nextUnit() * Double(reachable.count))]
    }
    let first = firstIndex(atLeast: steps)
    let count = min(recipe.batchSize(length: steps), max(1, all.count))
    // Enough to choose from without going to trajectories that are much longer.
    let candidates = recipe.lengths.list.isEmpty ? min(all.count - first, 4 * count) : all.count - first
    var trajectories: [Trajectory] = [], targets: [Float] = []
    for _ in 0..<count {
      let item = all[first + Int(random.nextUnit() * Double(candidates))]
      trajectories.append(try Self.cut(item.trajectory, to: steps, using: &random))
      targets.append(item.target)
    }
    let rows = rows(count)
    return TrainingBatch(steps: steps, rows: rows, trajectories: Array(trajectories[rows]), targets: targets)
  }

  public func calibration(length: Int, count: Int) throws -> [Trajectory] {
    let steps = min(length, all[all.count - 1].trajectory.count)
    let candidates = all[firstIndex(atLeast: steps)...]
    let stride = max(1, candidates.count / count)
    var random = CounterBasedRandom(seed: ~recipe.seed, index: UInt64(length), stream: Stream.batch)
    return try Swift.stride(from: candidates.startIndex, to: candidates.endIndex, by: stride).prefix(count).map {
      try Self.cut(all[$0].trajectory, to: steps, using: &random)
    }
  }

  private static func cut(
    _ trajectory: Trajectory, to steps: Int, using random: inout CounterBasedRandom
  ) throws -> Trajectory {
    var positions: [Double] = []
    positions.reserveCapacity(steps * trajectory.dimension)
    for component in 0..<trajectory.dimension {
      let sign: Double = random.nextUnit() < 0.5 ? -1 : 1
      positions += trajectory.component(component).prefix(steps).map { sign * $0 }
    }
    return try Trajectory(dimension: trajectory.dimension, positions: positions)
  }
}
