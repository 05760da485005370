import Cluster
import Diffusion
import LayerGraph

/// Trajectories that a run is judged by and never learns from; always the same ones.
public struct ValidationSet: Sendable {
  /// What is asked of the network.
  public let subtask: Subtask
  /// Those that this rank runs; `part` of all.
  private let trajectories: [Trajectory]
  private let part: Range<Int>
  private let targets: [Float]

  /// How a network does on the set.
  public struct Score: Sendable, Equatable, Codable {
    /// Mean absolute error, or micro-F1.
    public var metric: Double
    /// The training loss, mean over the set.
    public var loss: Double
  }

  /// - Throws: `SettingsError` where there is nothing to judge by.
  public init(
    _ labelled: [LabelledTrajectory], subtask: Subtask, title: String, communicator: Communicator = .alone
  ) throws {
    let known = labelled.compactMap { item in item.truth.target(subtask.task).map { (item.trajectory, $0) } }
    guard !known.isEmpty else {
      throw SettingsError.value(owner: title, reason: "nothing is left to validate with")
    }
    self.subtask = subtask
    part = communicator.part(of: known.count, for: communicator.rank)
    trajectories = known[part].map(\.0)
    targets = known.map(\.1)
  }

  /// Simulated trajectories of the challenge's mix; lengths uniform over the recipe's.
  public init(_ recipe: Recipe, workers: Workers, communicator: Communicator = .alone) {
    subtask = recipe.subtask
    part = communicator.part(of: recipe.validation.count, for: communicator.rank)
    trajectories = SimulatedCuts.labelled(recipe, part, for: .validation, workers: workers).map(\.trajectory)
    targets = SimulatedCuts.truths(recipe, 0..<recipe.validation.count, for: .validation).compactMap {
      $0.target(recipe.task)
    }
  }

  /// Whether a smaller metric is better.
  public var isSmallerBetter: Bool { subtask.task == .exponent }
  /// "mae" or "f1".
  public var metricName: String { subtask.task == .exponent ? "mae" : "f1" }

  /// Judges a network; each rank runs its part and gets the whole score.
  /// - Parameters:
  ///   - network: what is judged.
  ///   - loss: what is computed beside the metric.
  ///   - communicator: the one that the set was made with.
  public func score(
    _ network: NetworkCharacterizer, loss: Loss, communicator: Communicator = .alone
  ) throws -> Score {
    let outputs = try outputs(of: network, communicator)
    var lossSum = 0.0, metricSum = 0.0
    for (output, target) in zip(outputs, targets) {
      lossSum += loss.value(
        rows: 1, channels: output.count, batch: 1, predictions: output, targets: [target], gradient: nil)
      switch Prediction(output.map(Double.init), task: subtask.task) {
      case .exponent(let exponent): metricSum += abs(exponent - Double(target))
      case .model(let probabilities):
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }
        metricSum += best == Int(target) ? 1 : 0
      }
    }
    return Score(metric: metricSum / Double(targets.count), loss: lossSum / Double(targets.count))
  }
}

extension ValidationSet {
  private func outputs(of network: NetworkCharacterizer, _ communicator: Communicator) throws -> [[Float]] {
    let own = try network.run(trajectories.map(network.input)).map(\.output)
    if communicator.isAlone { return own }
    let width = subtask.outputs
    var all = [Float](repeating: 0, count: targets.count * width)
    all.replaceSubrange(part.lowerBound * width..<part.upperBound * width, with: own.joined())
    let parts = (0..<communicator.count).map { rank in
      let part = communicator.part(of: targets.count, for: rank)
      return part.lowerBound * width * 4..<part.upperBound * width * 4
    }
    try all.withUnsafeMutableBytes { try communicator.complete($0, parts: parts) }
    return targets.indices.map { Array(all[$0 * width..<($0 + 1) * width]) }
  }
}

/// Trajectories simulated for validation and for statistics by length.
enum SimulatedCuts {
  /// What simulations are for; each has random numbers of its own.
  enum Purpose: UInt64 {
    case training = 0x7472_6169_6E00
    case validation = 0x7661_6C69_6400
    /// Statistics of batch normalisation by length.
    case calibration = 0x6361_6C69_6200
    /// Intervals, temperatures and constants of weights that are ready.
    case serving = 0x7365_7276_6500
  }

  /// The seed of simulations for a purpose.
  static func seed(_ seed: UInt64, for purpose: Purpose) -> UInt64 { SplitMix64.mix(seed &+ purpose.rawValue) }

  /// Labelled trajectories of a recipe's lengths that its training never sees, those of these numbers.
  static func labelled(
    _ recipe: Recipe, _ numbers: Range<Int>, for purpose: Purpose, workers: Workers
  ) -> [LabelledTrajectory] {
    let seed = seed(recipe.validation.seed, for: purpose)
    let drawn = labels(recipe, numbers, for: purpose)
    let cuts = numbers.map { index in
      var random = CounterBasedRandom(seed: seed, index: UInt64(index), stream: 103)
      return recipe.lengths.list.isEmpty
        ? Int.random(in: recipe.lengths.from...recipe.lengths.to, using: &random)
        : recipe.lengths.list[Int.random(in: recipe.lengths.list.indices, using: &random)]
    }
    let trajectories = make(
      drawn, lengths: cuts, indices: Array(numbers), dimension: recipe.dimension, seed: seed, workers: workers)
    return zip(trajectories, truths(recipe, numbers, for: purpose)).map {
      LabelledTrajectory(trajectory: $0, truth: $1)
    }
  }

  /// What is true of the trajectories of these numbers, without making them.
  static func truths(_ recipe: Recipe, _ numbers: Range<Int>, for purpose: Purpose) -> [GroundTruth] {
    labels(recipe, numbers, for: purpose).map {
      GroundTruth(exponent: ExponentGrid.exponent($0.exponentIndex), model: $0.model)
    }
  }

  private static func labels(
    _ recipe: Recipe, _ numbers: Range<Int>, for purpose: Purpose
  ) -> [(model: DiffusionModel, exponentIndex: Int)] {
    let seed = seed(recipe.validation.seed, for: purpose), labels = LabelDistribution(task: recipe.task)
    return numbers.map { labels.labels(seed: seed, index: $0) }
  }

  /// One trajectory for each label and length.
  /// - Parameter indices: whose random numbers each has; by default trajectory n those of index n.
  static func make(
    _ labels: [(model: DiffusionModel, exponentIndex: Int)], lengths: [Int], indices: [Int]? = nil, dimension: Int,
    seed: UInt64, workers: Workers
  ) -> [Trajectory] {
    var results = [Trajectory?](repeating: nil, count: labels.count)
    results.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let target = buffer.baseAddress!
      workers.run(labels.count) { place, _ in
        let index = indices?[place] ?? place
        var draw = Observation.draw(dimension: dimension, seed: seed, index: index)
        draw.length = lengths[place]
        target[place] = Observation.trajectory(
          labels[place].model, exponent: ExponentGrid.exponent(labels[place].exponentIndex), dimension: dimension,
          draw: draw, seed: seed, index: index)
      }
    }
    return results.map { $0! }
  }
}
