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
    /// Trajectories that were judged.
    public var count = 0
    /// Spent on predictions, loading of weights apart.
    public var seconds: Double?
    /// Why the model failed.
    public var error: String?
    /// Which diffusion models were taken for which; nil for exponents.
    public var confusion: ConfusionMatrix?
    /// For exponents of calibrated methods: the share of true ones that lay in the stated intervals.
    public var coverage: [Estimate.Coverage: Double]?
    /// For exponents of calibrated methods: the mean width of the stated 95 % intervals.
    public var width: Double?
    /// Stated probabilities beside what was right; nil for exponents.
    public var reliability: Reliability?

    public init(model: String, subtask: Subtask) {
      self.model = model
      self.subtask = subtask
    }
  }

  public let registry: Registry
  public let models: [String]
  public let weights: WeightStore
  public let options: ServingOptions
  public let bootstrap: Bootstrap

  /// Trajectories that are in memory at a time.
  static let blockSize = 2048

  /// - Parameter models: ids, or several with plus signs between, in the order of the rows.
  /// - Throws: `RegistryError` where one is not registered.
  public init(
    _ registry: Registry, models: [String], weights: WeightStore = WeightStore(),
    options: ServingOptions = ServingOptions(), bootstrap: Bootstrap = Bootstrap()
  ) throws {
    for model in models { _ = try registry.model(model) }
    self.options = options
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
    var doubt = IntervalCount()

    /// Judges a block; a failure ends this model's part.
    mutating func judge(_ block: [LabelledTrajectory]) {
      guard let characterizer else { return }
      do {
        let begun = Date()
        let estimates = try characterizer.estimates(for: block.map(\.trajectory))
        seconds += Date().timeIntervalSince(begun)
        for (estimate, item) in zip(estimates, block) { take(estimate, item.truth) }
      } catch {
        row.error = "\(error)"
        self.characterizer = nil
      }
    }

    private mutating func take(_ estimate: Estimate, _ truth: GroundTruth) {
      switch estimate.prediction {
      case .exponent(let exponent):
        guard let right = truth.exponent else { return }
        scores.append(abs(exponent - right))
        doubt.add(estimate, truth: right)
      case .model(let probabilities):
        guard let right = truth.model else { return }
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        row.reliability?.add(probabilities: probabilities, truth: right.rawValue)
        row.confusion?.add(predicted: DiffusionModel.allCases[best], truth: right)
        scores.append(best == right.rawValue ? 1 : 0)
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
    return contests.map(finish)
  }

  private func contest(_ model: String, _ subtask: Subtask) throws -> Contest {
    let expression = try registry.model(model)
    var contest = Contest(row: Row(model: model, subtask: subtask))
    guard expression.answers(subtask) else { return contest }
    if subtask.task == .model {
      contest.row.confusion = ConfusionMatrix()
      contest.row.reliability = Reliability()
    }
    do {
      contest.characterizer = try expression.characterizer(for: subtask, weights: weights, options: options)
    } catch { contest.row.error = "\(error)" }
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
    row.coverage = contest.doubt.coverage
    row.width = contest.doubt.width
    return row
  }
}

/// Counts true exponents inside stated intervals.
private struct IntervalCount {
  private var count = 0
  private var inside: [Estimate.Coverage: Int] = [:]
  private var widths = 0.0

  mutating func add(_ estimate: Estimate, truth: Double) {
    guard let wide = estimate.interval(.ninetyFive) else { return }
    count += 1
    widths += wide.upperBound - wide.lowerBound
    for coverage in Estimate.Coverage.allCases {
      // Labels in files have 32 bits.
      guard let interval = estimate.interval(coverage) else { continue }
      let isInside = interval.lowerBound - 1e-6 <= truth && truth <= interval.upperBound + 1e-6
      inside[coverage, default: 0] += isInside ? 1 : 0
    }
  }

  var coverage: [Estimate.Coverage: Double]? {
    count == 0 ? nil : inside.mapValues { Double($0) / Double(count) }
  }
  var width: Double? { count == 0 ? nil : widths / Double(count) }
}
