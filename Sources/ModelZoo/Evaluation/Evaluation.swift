import Diffusion
import Foundation

/// Compares architectures on labelled trajectories, subtask by subtask.
public struct Evaluation {
  /// What came of one model on one subtask.
  public struct Row: Sendable, Equatable {
    /// The architecture's id, or what a published score is called.
    public let model: String
    /// What was asked.
    public let subtask: Subtask
    /// Mean absolute error or micro-F1; nil where the model failed or does not answer this.
    public var value: Double?
    /// Bounds of the 95 % interval.
    public var interval: ClosedRange<Double>?
    /// Trajectories that were judged.
    public var count = 0
    /// Spent on predictions, loading of weights apart.
    public var seconds: Double?
    /// Why the model failed.
    public var error: String?
    /// Which diffusion models were taken for which; nil for exponents.
    public var confusion: ConfusionMatrix?

    /// A row without a score yet.
    public init(model: String, subtask: Subtask) {
      self.model = model
      self.subtask = subtask
    }
  }

  /// Where the models come from.
  public let registry: Registry
  /// Ids, in the order of the rows.
  public let models: [String]
  /// Where their weights come from.
  public let weights: WeightStore
  /// How intervals are made.
  public let bootstrap: Bootstrap

  /// Trajectories that are in memory at a time.
  static let blockSize = 2048

  /// - Parameters:
  ///   - registry: where the models come from.
  ///   - models: ids, in the order of the rows.
  ///   - weights: where their weights come from.
  ///   - bootstrap: how intervals are made.
  /// - Throws: `RegistryError.unknown` where one is not registered.
  public init(
    _ registry: Registry, models: [String], weights: WeightStore = WeightStore(), bootstrap: Bootstrap = Bootstrap()
  ) throws {
    for model in models { _ = try registry.architecture(model) }
    self.registry = registry
    self.models = models
    self.weights = weights
    self.bootstrap = bootstrap
  }

  /// A model at work on one subtask.
  private struct Contest {
    var row: Row
    var characterizer: (any Characterizer)?
    /// Absolute errors, or 1 where the diffusion model was right.
    var scores: [Double] = []
    var seconds = 0.0

    /// Judges a block; a failure ends this model's part.
    mutating func judge(_ block: [LabelledTrajectory]) {
      guard let characterizer else { return }
      do {
        let begun = Date()
        let predictions = try characterizer.predictions(for: block.map(\.trajectory))
        seconds += Date().timeIntervalSince(begun)
        for (prediction, item) in zip(predictions, block) { try take(prediction, item.truth) }
      } catch {
        row.error = "\(error)"
        self.characterizer = nil
      }
    }

    private mutating func take(_ prediction: Prediction, _ truth: GroundTruth) throws {
      switch prediction {
      case .exponent(let exponent):
        guard let right = truth.exponent else { return }
        scores.append(abs(exponent - right))
      case .model(let probabilities):
        guard let right = truth.model else { return }
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        row.confusion?.add(predicted: DiffusionModel.allCases[best], truth: right)
        scores.append(best == right.rawValue ? 1 : 0)
      }
    }
  }

  /// Judges all models on one source, which is read once.
  /// - Parameters:
  ///   - source: labelled trajectories of one task and dimension.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source throws.
  public func rows(_ source: any TrajectorySource, progress: (Int) -> Void = { _ in }) throws -> [Row] {
    let subtask = Subtask(task: source.task, dimension: source.dimension)
    var contests = try models.map { try contest($0, subtask) }
    for start in stride(from: 0, to: source.count, by: Self.blockSize) {
      let end = min(source.count, start + Self.blockSize)
      let block = try source.trajectories(start..<end)
      for index in contests.indices { contests[index].judge(block) }
      progress(end)
    }
    return contests.map(finish)
  }

  private func contest(_ model: String, _ subtask: Subtask) throws -> Contest {
    let architecture = try registry.architecture(model)
    var contest = Contest(row: Row(model: model, subtask: subtask))
    guard architecture.card.subtasks.contains(subtask) else { return contest }
    if subtask.task == .model { contest.row.confusion = ConfusionMatrix() }
    do { contest.characterizer = try architecture.characterizer(for: subtask, weights: weights) } catch {
      contest.row.error = "\(error)"
    }
    return contest
  }

  private func finish(_ contest: Contest) -> Row {
    var row = contest.row
    guard contest.characterizer != nil else { return row }
    guard !contest.scores.isEmpty else {
      row.error = "No trajectory has a label for this task."
      return row
    }
    row.count = contest.scores.count
    row.value = mean(contest.scores)
    row.interval = bootstrap.interval(contest.scores)
    row.seconds = contest.seconds
    return row
  }
}
