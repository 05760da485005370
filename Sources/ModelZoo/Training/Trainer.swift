import Cluster
import Diffusion
import Foundation
import LayerGraph

/// Trains one network by a recipe, step by step.
///
/// Results do not depend on the number of threads, nor on whether the run was interrupted: validations come after fixed
/// numbers of trajectories, and batches depend on what was seen alone.
public final class Trainer {
  /// What the run is decided by.
  public let recipe: Recipe
  /// All that changes.
  public let state: TrainingState
  private let network: any NetworkArchitecture
  private let graph: Graph
  private let trainingGraph: TrainingGraph
  /// For statistics, which are taken without dropout.
  private let quietGraph: TrainingGraph
  private let data: any TrainingData
  private let validation: ValidationSet
  private let workers: Workers
  private let communicator: Communicator
  private let exchange: any ShardExchange
  private let table: KernelTable
  private let loss: Loss
  private let optimizer: Optimizer
  private let gradients: ParameterStore
  private let memory = TrainingMemory()
  private var started = Date()
  private var calibrations: [Int: (count: Int, input: [Float])] = [:]

  /// - Parameters:
  ///   - recipe: what the run is decided by.
  ///   - network: already configured by the recipe.
  ///   - data: where batches come from.
  ///   - validation: what the weights are judged by.
  ///   - state: where an interrupted run stands; nil for a new one.
  ///   - start: weights to begin with, where names and shapes fit; nil for initial ones.
  ///   - workers: the threads; their number doesn't change the run.
  ///   - communicator: ranks that share each batch and the validation; results are those of one.
  public init<Network: NetworkArchitecture>(
    _ recipe: Recipe, network: Network, data: any TrainingData, validation: ValidationSet,
    state: TrainingState? = nil, start: Checkpoint? = nil, workers: Workers = Workers(),
    communicator: Communicator = .alone
  ) throws {
    try network.card.require(recipe.subtask)
    self.recipe = recipe
    self.network = network
    graph = try network.graph(for: recipe.subtask)
    trainingGraph = try TrainingGraph(graph, answers: recipe.prefixes)
    quietGraph = try TrainingGraph(graph.withoutDropout)
    self.data = data
    self.validation = validation
    self.workers = workers
    self.communicator = communicator
    guard communicator.count <= recipe.shards else {
      throw ClusterError.tooMany(
        ranks: communicator.count, most: recipe.shards, what: "shards of a batch",
        wayOut: "Start fewer, or a new run with more, e.g. --set shards=\(communicator.count).")
    }
    exchange = communicator.isAlone ? LocalShards() : RankedShards(communicator)
    table = try KernelTable.chosen()
    loss = try recipe.lossFunction
    optimizer = try recipe.optimizerChoice
    if let state {
      self.state = state
    } else {
      var parameters = Parameters(initialising: graph.parameters, seed: recipe.seed)
      if let start { Self.take(start.parameters, into: &parameters) }
      self.state = TrainingState(try ParameterStore(graph, parameters))
      if recipe.schedule.kind == "plateau" { self.state.progress.plateau = PlateauSchedule(rate: recipe.schedule.rate) }
    }
    gradients = self.state.parameters.copy()
  }

  /// Takes over what has the same name and shape.
  private static func take(_ source: Parameters, into target: inout Parameters) {
    for name in target.names {
      if let tensor = source[name], tensor.shape == target[name]?.shape { target[name] = tensor }
    }
  }

  /// Whether the budget is used up or the schedule has ended the run.
  public var isFinished: Bool { state.progress.seen >= recipe.budget || state.progress.isStopped }

  /// Share of the budget that was seen.
  public var share: Double { min(1, Double(state.progress.seen) / Double(recipe.budget)) }

  /// The learning rate of the next step.
  public var rate: Double {
    state.progress.plateau?.rate ?? recipe.schedule.rate(at: share)
  }

  /// What one step tells.
  public struct Step: Sendable {
    /// The mean over the batch.
    public let loss: Double
    /// Points of its trajectories.
    public let length: Int
    /// Trajectories in it.
    public let trajectories: Int
  }

  /// Trains on one batch.
  /// - Throws: `TrainingError.diverged` where gradients stay non-finite.
  public func step() throws -> Step {
    let begun = Date()
    let seen = state.progress.seen
    let batch = try data.batch(seen: seen, rows: ownRows)
    let input = inputs(batch.trajectories, of: batch.count, from: batch.rows.lowerBound, steps: batch.steps)
    let plan = try TrainingPlan(
      trainingGraph, steps: network.inputSteps(points: batch.steps), batch: batch.count, table: table, memory: memory,
      mostShards: recipe.shards, exchange: exchange)
    let value = plan.run(
      state.parameters, input: input, targets: batch.targets, loss: loss, gradients: gradients,
      key: SplitMix64.mix(recipe.seed &+ UInt64(seen) &* 0x9E37_79B9_7F4A_7C15), workers: workers)
    let (clip, norm) = GradientClipping.scale(
      gradients, maximum: recipe.clipping > 0 ? recipe.clipping : .infinity, table: table)
    if value.isFinite, norm.isFinite {
      optimizer.update(
        state.parameters, gradients: gradients, gradientScale: recipe.clipping > 0 ? clip : 1, rate: rate,
        state: state.optimizer, table: table, workers: workers)
      // A young average would hold on to the beginning.
      let decay = min(recipe.average, Double(1 + state.progress.steps) / Double(10 + state.progress.steps))
      WeightAverage.update(state.average, from: state.parameters, decay: decay, table: table)
      state.progress.lossSum += value
      state.progress.lossCount += 1
    } else {
      state.progress.skipped += 1
      guard state.progress.skipped < max(100, state.progress.steps / 10) else {
        throw TrainingError.diverged(steps: state.progress.steps, skipped: state.progress.skipped)
      }
    }
    state.progress.steps += 1
    state.progress.seen += batch.count
    state.progress.seconds += Date().timeIntervalSince(begun)
    return Step(loss: value, length: batch.steps, trajectories: batch.count)
  }

  /// The trajectories of a batch that this rank computes.
  private func ownRows(of batch: Int) -> Range<Int> {
    TrainingPlan.rows(of: batch, mostShards: recipe.shards, exchange: exchange)
  }

  /// What enters the graph, trajectory after trajectory; of a batch of `count`, those from `first` on are filled in.
  private func inputs(_ trajectories: [Trajectory], of count: Int, from first: Int, steps: Int) -> [Float] {
    let width = network.inputSteps(points: steps) * graph.inputChannels
    return [Float](unsafeUninitializedCapacity: count * width) { buffer, initialised in
      nonisolated(unsafe) let target = buffer.baseAddress! + first * width
      let network = network
      let piece = 16
      workers.run((trajectories.count + piece - 1) / piece) { number, _ in
        for index in number * piece..<min(trajectories.count, (number + 1) * piece) {
          let values = network.input(trajectories[index]).values
          (target + index * width).update(from: values, count: min(width, values.count))
        }
      }
      initialised = count * width
    }
  }

  // MARK: Validation

  /// Whether the step that has just ended passed a point of validation.
  public func isValidationDue(after step: Step) -> Bool {
    let every = recipe.validation.every, seen = state.progress.seen
    return isFinished || seen / every > (seen - step.trajectories) / every
  }

  /// What one validation tells.
  public struct Validation: Sendable {
    /// Of the moving average of the weights.
    public let score: ValidationSet.Score
    /// Mean training loss since the validation before.
    public let trainingLoss: Double
    /// Whether no validation before was better.
    public let isBest: Bool
  }

  /// Judges the averaged and the present weights, and keeps the better ones if they are the best so far.
  public func validate() throws -> Validation {
    let begun = Date()
    var candidates: [(store: ParameterStore, score: ValidationSet.Score)] = []
    for store in recipe.average > 0 ? [state.average, state.parameters] : [state.parameters] {
      try calibrate(store)
      let characterizer = try network.networkCharacterizer(
        recipe.subtask, parameters: store.parameters, length: recipe.lengths.list.min() ?? recipe.lengths.from,
        workers: workers)
      candidates.append((store, try validation.score(characterizer, loss: loss, communicator: communicator)))
    }
    func isBetter(_ a: Double, than b: Double) -> Bool { validation.isSmallerBetter ? a < b : a > b }
    let winner = candidates.dropFirst().reduce(candidates[0]) {
      isBetter($1.score.metric, than: $0.score.metric) ? $1 : $0
    }
    let isBest = state.progress.best.map { isBetter(winner.score.metric, than: $0.metric) } ?? true
    if isBest {
      state.best.assign(from: winner.store)
      state.progress.best = winner.score
      state.progress.bestSeen = state.progress.seen
    }
    if state.progress.plateau?.finishEpoch(loss: candidates[candidates.count - 1].score.loss) == false {
      state.progress.isStopped = true
    }
    // Ranks that drift apart would spoil the weights without a word.
    try communicator.requireSame("weights", "\(state.checksum)")
    let trainingLoss = state.progress.lossSum / Double(max(1, state.progress.lossCount))
    state.progress.lossSum = 0
    state.progress.lossCount = 0
    state.progress.seconds += Date().timeIntervalSince(begun)
    return Validation(score: winner.score, trainingLoss: trainingLoss, isBest: isBest)
  }

  /// Points that statistics of one length are taken from, at least, and bounds for the number of trajectories.
  private static let calibrationPoints = 200_000
  private static let calibrationCount = 256...2000

  /// Takes statistics by length anew, as they belong to weights.
  private func calibrate(_ store: ParameterStore) throws {
    let range = Self.calibrationCount
    for length in graph.statisticsLengths {
      if calibrations[length] == nil {
        let count = min(range.upperBound, max(range.lowerBound, Self.calibrationPoints / length))
        let trajectories = try data.calibration(length: length, count: count)
        let rows = ownRows(of: trajectories.count)
        calibrations[length] = (
          trajectories.count,
          inputs(
            Array(trajectories[rows]), of: trajectories.count, from: rows.lowerBound,
            steps: trajectories.first?.count ?? 0)
        )
      }
      guard let (count, input) = calibrations[length], count > 0 else { continue }
      let plan = try TrainingPlan(
        quietGraph, steps: input.count / (count * graph.inputChannels), batch: count, table: table,
        memory: memory, mostShards: recipe.shards, exchange: exchange)
      plan.storeStatistics(store, input: input, length: length, workers: workers)
    }
  }

  /// The best weights so far, ready to be written.
  public func checkpoint() throws -> Checkpoint {
    var training = Checkpoint.Training()
    training.recipe = recipe.yaml
    training.data = data.title
    training.seed = recipe.seed
    training.trajectoriesSeen = state.progress.bestSeen
    training.validationMetric = validation.metricName
    training.validationScore = state.progress.best?.metric
    training.arithmetic = "float32, \(table.name)"
    var checkpoint = try network.checkpoint(
      recipe.subtask, parameters: state.best.parameters,
      probe: data.calibration(length: recipe.lengths.list.first ?? min(50, recipe.lengths.to), count: 3))
    checkpoint.training = training
    checkpoint.length = recipe.lengths.list.count == 1 ? recipe.lengths.list[0] : nil
    return checkpoint
  }
}
