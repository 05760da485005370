import Diffusion
import Foundation

/// Compares architectures on labelled trajectories, subtask by subtask.
public struct Evaluation {
  /// What came of one model on one subtask.
  public struct Row: Sendable, Equatable {
    public let model: String
    public let subtask: Subtask
    /// Mean absolute error or micro-F1; nil where the model failed or does not answer this.
    public var value: Double?
    /// Bounds of the 95 % interval.
    public var interval: ClosedRange<Double>?
    /// What this row's value is from the best's of its subtask, on the same trajectories; nil where nothing can be
    /// compared.
    public var difference: PairedDifference?
    /// Trajectories that were judged.
    public var count = 0
    /// Spent on predictions, loading of weights apart.
    public var seconds: Double?
    /// Why the model failed.
    public var error: String?
    /// Which diffusion models were taken for which; nil for exponents.
    public var confusion: ConfusionMatrix?
    /// Of each trajectory that was judged, in order: its absolute error, or 1 where the diffusion model was right and 0
    /// where not. Empty for scores from elsewhere.
    public var scores: [Double] = []

    public init(model: String, subtask: Subtask) {
      self.model = model
      self.subtask = subtask
    }
  }

  public let registry: Registry
  public let models: [String]
  public let weights: WeightStore
  public let bootstrap: Bootstrap

  /// Trajectories that are in memory at a time.
  static let blockSize = 2048

  /// - Parameter models: ids, in the order of the rows.
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
        row.scores.append(abs(exponent - right))
      case .model(let probabilities):
        guard let right = truth.model else { return }
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        row.confusion?.add(predicted: DiffusionModel.allCases[best], truth: right)
        row.scores.append(best == right.rawValue ? 1 : 0)
      }
    }
  }

  /// Judges all models on one source, which is read once.
  /// - Parameter progress: called with the number of trajectories done.
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
    return compared(contests.map(finish))
  }

  /// Rows of one subtask on the same trajectories, each with its difference to the best.
  ///
  /// Rows without a value, and such as judged other trajectories than the first with a value, get none; nor does a row
  /// that is alone.
  public func compared(_ rows: [Row]) -> [Row] {
    var rows = rows
    let valued = rows.indices.filter { rows[$0].value != nil && !rows[$0].scores.isEmpty }
    let indices = valued.filter { rows[$0].scores.count == rows[valued[0]].scores.count }
    for index in rows.indices { rows[index].difference = nil }
    guard indices.count > 1 else { return rows }
    let isLargerBetter = rows[indices[0]].subtask.task == .model
    let differences = PairedDifference.toBest(
      indices.map { rows[$0].scores }, isLargerBetter: isLargerBetter, bootstrap: bootstrap)
    for (index, difference) in zip(indices, differences) { rows[index].difference = difference }
    return rows
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
    guard !row.scores.isEmpty else {
      row.error = "No trajectory has a label for this task."
      return row
    }
    row.count = row.scores.count
    row.value = mean(row.scores)
    row.interval = bootstrap.interval(row.scores)
    row.seconds = contest.seconds
    return row
  }
}
