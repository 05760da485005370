import Diffusion
import LayerGraph
import Synchronization

/// Runs a network on trajectories of any lengths: grouped by length, in blocks, on several threads.
public final class NetworkCharacterizer: Characterizer {
  private let graph: Graph
  private let parameters: ParameterStore
  private let subtask: Subtask
  private let lengths: ClosedRange<Int>
  private let workers: Workers
  private let table: KernelTable?
  private let makeInput: @Sendable (Trajectory) -> Tensor
  private let stepsOfPoints: @Sendable (Int) -> Int
  private let plans: Mutex<PlanCache>

  /// Plans of the lengths that were met last; packed weights are shared between them.
  private struct PlanCache {
    var plans: [Int: InferencePlan] = [:]
    var any: InferencePlan?
  }
  private static let mostPlans = 256

  /// A network ready to run.
  /// - Parameters:
  ///   - network: gives the graph and what enters it.
  ///   - subtask: one that the card names.
  ///   - parameters: numbers that fit the graph of `network` for `subtask`.
  ///   - length: points of the trajectories that the network was made for; nil for all that its card names.
  ///   - workers: the threads; their number doesn't change a prediction.
  ///   - table: the instruction set; nil for the one that `ZOO_ISA` or the processor chooses.
  /// - Throws: `CheckpointError.subtask` where the architecture is not for this subtask, `GraphError` where graph,
  ///   subtask and parameters don't fit each other.
  public init<Network: NetworkArchitecture>(
    _ network: Network, subtask: Subtask, parameters: Parameters, length: Int? = nil, workers: Workers = Workers(),
    table: KernelTable? = nil
  ) throws {
    self.table = table
    try network.card.require(subtask)
    graph = try network.graph(for: subtask)
    let steps = network.inputSteps(points: length ?? network.card.lengths.lowerBound)
    let ending = try graph.shapes(steps: max(1, steps))[graph.output.node]
    guard ending == .vector(channels: subtask.outputs) else {
      throw GraphError.shape(
        layer: "The subtask \(subtask)", expected: "\(Shape.vector(channels: subtask.outputs))", found: "\(ending)")
    }
    self.parameters = try ParameterStore(graph, parameters)
    self.subtask = subtask
    lengths = network.card.lengths
    self.workers = workers
    makeInput = { network.input($0) }
    stepsOfPoints = { network.inputSteps(points: $0) }
    plans = Mutex(PlanCache())
  }

  private func plan(_ steps: Int) throws -> InferencePlan {
    let (known, any) = plans.withLock { ($0.plans[steps], $0.any) }
    if let known { return known }
    let plan = try InferencePlan(graph, parameters: parameters, steps: steps, table: table, sharing: any)
    plans.withLock { cache in
      if cache.plans.count >= Self.mostPlans { cache.plans.removeAll() }
      cache.plans[steps] = plan
      cache.any = cache.any ?? plan
    }
    return plan
  }

  public func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try checkInput(trajectories, dimension: subtask.dimension, lengths: lengths)
    return try run(steps: trajectories.map { stepsOfPoints($0.count) }) { self.makeInput(trajectories[$0]) }
      .enumerated().map {
        index, result in
        guard result.output.allSatisfy(\.isFinite) else { throw CharacterizerError.notFinite(index: index) }
        return Prediction(result.output.map(Double.init), task: subtask.task)
      }
  }

  /// The value before the head for each trajectory, as many numbers for each.
  /// - Throws: `CharacterizerError` where a trajectory cannot be characterised.
  public func features(for trajectories: [Trajectory]) throws -> [[Float]] {
    try checkInput(trajectories, dimension: subtask.dimension, lengths: lengths)
    return try run(trajectories.map(makeInput)).enumerated().map { index, result in
      guard result.features.allSatisfy(\.isFinite) else { throw CharacterizerError.notFinite(index: index) }
      return result.features
    }
  }

  /// What enters the graph for a trajectory: `[steps, channels]`.
  public func input(_ trajectory: Trajectory) -> Tensor { makeInput(trajectory) }
  /// Rows of that input for a trajectory of this many points.
  public func inputSteps(points: Int) -> Int { stepsOfPoints(points) }

  /// What leaves the network for one input.
  public struct Result: Sendable, Equatable {
    /// An exponent, or logits.
    public var output: [Float] = []
    /// The value before the head.
    public var features: [Float] = []
  }

  /// Runs the network on inputs of any lengths.
  /// - Parameter inputs: `[steps, channels]` each.
  /// - Throws: `GraphError` where an input's length does not fit the graph.
  public func run(_ inputs: [Tensor]) throws -> [Result] {
    for input in inputs {
      guard input.shape.count == 2, input.shape[1] == graph.inputChannels else {
        throw GraphError.shape(
          layer: "The input of '\(graph.name)'", expected: "[steps, \(graph.inputChannels)]", found: "\(input.shape)")
      }
    }
    return try run(steps: inputs.map { $0.shape[0] }) { inputs[$0] }
  }

  /// Trajectories of one length that run together.
  private struct Block {
    let plan: InferencePlan
    let indices: ArraySlice<Int>
  }

  /// Runs the network on inputs that are made when their turn comes.
  /// - Parameters:
  ///   - steps: rows of each input.
  ///   - input: input number n, `[steps[n], channels]`.
  func run(steps: [Int], input: @Sendable (Int) -> Tensor) throws -> [Result] {
    let groups = Dictionary(grouping: steps.indices) { steps[$0] }
    var blocks: [Block] = []
    let size = InferencePlan.block(for: steps.count, workers: workers)
    // Long ones first, so that the last block to end is a short one.
    for length in groups.keys.sorted(by: >) {
      let plan = try plan(length)
      let indices = groups[length]!
      for start in stride(from: 0, to: indices.count, by: size) {
        blocks.append(Block(plan: plan, indices: indices[start..<min(indices.count, start + size)]))
      }
    }
    let all = blocks
    let results = Mutex([Result](repeating: Result(), count: steps.count))
    InferencePlan.Memory.lend(workers.count) { memories in
      workers.run(blocks: all.count, points: steps.reduce(0, +)) { piece, worker, team in
        let block = all[piece], plan = block.plan, count = block.indices.count
        let input = block.indices.flatMap { input($0).values }
        var output = [Float](repeating: 0, count: count * plan.outputCount)
        var features = [Float](repeating: 0, count: count * plan.featureCount)
        plan.run(count: count, input: input, output: &output, features: &features, memory: memories[worker], team: team)
        results.withLock { results in
          for (row, index) in block.indices.enumerated() {
            results[index].output = Array(output[row * plan.outputCount..<(row + 1) * plan.outputCount])
            results[index].features = Array(features[row * plan.featureCount..<(row + 1) * plan.featureCount])
          }
        }
      }
    }
    return results.withLock { $0 }
  }
}

/// Checks dimension and length of every trajectory.
/// - Throws: `CharacterizerError` for the first that does not fit.
public func checkInput(_ trajectories: [Trajectory], dimension: Int, lengths: ClosedRange<Int>) throws {
  for (index, trajectory) in trajectories.enumerated() {
    guard trajectory.dimension == dimension else {
      throw CharacterizerError.dimension(index: index, expected: dimension, found: trajectory.dimension)
    }
    guard lengths.contains(trajectory.count) else {
      throw CharacterizerError.length(index: index, expected: lengths, found: trajectory.count)
    }
  }
}
