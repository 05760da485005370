import Diffusion
import LayerGraph

/// Trajectories that a run is judged by and never learns from; always the same ones.
public struct ValidationSet: Sendable {
  /// What is asked of the network.
  public let subtask: Subtask
  private let trajectories: [Trajectory]
  private let targets: [Float]

  /// How a network does on the set.
  public struct Score: Sendable, Equatable, Codable {
    /// Mean absolute error, or micro-F1.
    public var metric: Double
    /// The training loss, mean over the set.
    public var loss: Double
  }

  /// - Throws: `SettingsError` where there is nothing to judge by.
  public init(_ labelled: [LabelledTrajectory], subtask: Subtask, title: String) throws {
    let known = labelled.compactMap { item in item.truth.target(subtask.task).map { (item.trajectory, $0) } }
    guard !known.isEmpty else {
      throw SettingsError.value(owner: title, reason: "nothing is left to validate with")
    }
    self.subtask = subtask
    trajectories = known.map(\.0)
    targets = known.map(\.1)
  }

  /// Simulated trajectories of the challenge's mix; lengths uniform over the recipe's.
  public init(_ recipe: Recipe, workers: Workers) {
    let items = SimulatedCuts.labelled(recipe, count: recipe.validation.count, for: .validation, workers: workers)
    subtask = recipe.subtask
    trajectories = items.map(\.trajectory)
    targets = items.compactMap { $0.truth.target(recipe.task) }
  }

  /// Whether a smaller metric is better.
  public var isSmallerBetter: Bool { subtask.task == .exponent }
  /// "mae" or "f1".
  public var metricName: String { subtask.task == .exponent ? "mae" : "f1" }

  /// Judges a network.
  public func score(_ network: NetworkCharacterizer, loss: Loss) throws -> Score {
    let outputs = try network.run(trajectories.map(network.input)).map(\.output)
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

  /// Labelled trajectories of a recipe's lengths that its training never sees.
  static func labelled(_ recipe: Recipe, count: Int, for purpose: Purpose, workers: Workers) -> [LabelledTrajectory] {
    let seed = seed(recipe.validation.seed, for: purpose)
    let labels = LabelDistribution(task: recipe.task)
    let drawn = (0..<count).map { labels.labels(seed: seed, index: $0) }
    let cuts = (0..<count).map { index in
      var random = CounterBasedRandom(seed: seed, index: UInt64(index), stream: 103)
      return recipe.lengths.list.isEmpty
        ? Int.random(in: recipe.lengths.from...recipe.lengths.to, using: &random)
        : recipe.lengths.list[Int.random(in: recipe.lengths.list.indices, using: &random)]
    }
    let trajectories = make(drawn, lengths: cuts, dimension: recipe.dimension, seed: seed, workers: workers)
    return zip(trajectories, drawn).map { trajectory, label in
      LabelledTrajectory(
        trajectory: trajectory,
        truth: GroundTruth(exponent: ExponentGrid.exponent(label.exponentIndex), model: label.model))
    }
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
