import Cluster
import Diffusion
import Foundation
import Synchronization

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

    public init(model: String, subtask: Subtask) {
      self.model = model
      self.subtask = subtask
    }
  }

  public let registry: Registry
  public let models: [String]
  public let weights: WeightStore
  public let bootstrap: Bootstrap

  /// Trajectories that are in memory at a time, on each rank.
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
    /// Absolute errors, or 1 where the diffusion model was right.
    var scores: [Double] = []
    var seconds = 0.0

    /// Takes what came of a block; a failure ends this model's part.
    mutating func take(_ block: BlockScores) {
      guard characterizer != nil else { return }
      seconds += block.seconds
      if let error = block.error {
        row.error = error
        characterizer = nil
        return
      }
      scores += block.scores
      for (predicted, truth) in zip(block.predicted, block.truth) {
        row.confusion?.add(
          predicted: DiffusionModel.allCases[Int(predicted)], truth: DiffusionModel.allCases[Int(truth)])
      }
    }
  }

  /// Judges all models on one source, each block of which is read once.
  /// - Parameters:
  ///   - communicator: ranks that share the blocks, each with the same source; the first one gets the rows.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source throws.
  public func rows(
    _ source: any TrajectorySource, communicator: Communicator = .alone, progress: (Int) -> Void = { _ in }
  ) throws -> [Row] {
    let subtask = Subtask(task: source.task, dimension: source.dimension)
    var contests = try communicator.together { try models.map { try contest($0, subtask) } }
    try requireSame(contests, communicator)
    let characterizers = contests.map(\.characterizer)
    let isOut = Mutex([Bool](repeating: false, count: contests.count))
    let size = max(64, min(Self.blockSize, source.count / (8 * communicator.count)))
    let scheduler = BlockScheduler(communicator, count: (source.count + size - 1) / size) { number in
      let start = number * size
      let block = try source.trajectories(start..<min(source.count, start + size))
      var writer = ByteWriter()
      for (index, characterizer) in characterizers.enumerated() {
        let judged = isOut.withLock { $0[index] } ? nil : characterizer
        BlockScores(block, from: start, by: judged).write(to: &writer)
      }
      return writer.bytes
    }
    var done = 0
    do {
      try scheduler.run { next in
        while let bytes = try next() {
          var reader = ByteReader(bytes)
          for index in contests.indices {
            contests[index].take(BlockScores(from: &reader))
            if contests[index].characterizer == nil { isOut.withLock { $0[index] = true } }
          }
          done = min(source.count, done + size)
          progress(done)
        }
      }
    } catch let failure as BlockFailure { throw failure.error }
    return communicator.isFirst ? contests.map(finish) : []
  }

  /// Ranks with other weights would make a table of two methods.
  private func requireSame(_ contests: [Contest], _ communicator: Communicator) throws {
    guard !communicator.isAlone else { return }
    for contest in contests {
      var text = contest.row.error ?? "none"
      if contest.characterizer != nil, let files = try? weights.files(contest.row.model, contest.row.subtask) {
        var checksum = Checksum()
        for file in files { checksum.add(file: file) }
        text = "files of checksum \(checksum)"
      }
      try communicator.requireSame("weights of '\(contest.row.model)', \(contest.row.subtask)", text)
    }
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
