import Diffusion
import Foundation
import LayerGraph
import Synchronization

/// Runs a network on trajectories of any lengths: grouped by length, in blocks, on several threads.
public final class NetworkCharacterizer: Characterizer {
  private let graph: Graph
  private let parameters: ParameterStore
  private let subtask: Subtask
  private let lengths: ClosedRange<Int>
  private let workers: Workers
  private let makeInput: @Sendable (Trajectory) -> Tensor
  private let plans: Mutex<PlanCache>

  /// Plans of the lengths that were met last; packed weights are shared between them.
  private struct PlanCache {
    var plans: [Int: InferencePlan] = [:]
    var any: InferencePlan?
  }
  private static let mostPlans = 256

  public init<Network: NetworkArchitecture>(
    _ network: Network, subtask: Subtask, parameters: Parameters, workers: Workers = Workers()
  ) throws {
    try network.card.require(subtask)
    graph = try network.graph(for: subtask)
    self.parameters = try ParameterStore(graph, parameters)
    self.subtask = subtask
    lengths = network.card.lengths
    self.workers = workers
    makeInput = { network.input($0) }
    plans = Mutex(PlanCache())
  }

  private func plan(_ steps: Int) throws -> InferencePlan {
    let (known, any) = plans.withLock { ($0.plans[steps], $0.any) }
    if let known { return known }
    let plan = try InferencePlan(graph, parameters: parameters, steps: steps, sharing: any)
    plans.withLock { cache in
      if cache.plans.count >= Self.mostPlans { cache.plans.removeAll() }
      cache.plans[steps] = plan
      cache.any = cache.any ?? plan
    }
    return plan
  }

  public func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try outputs(for: trajectories).enumerated().map { index, output in
      guard output.allSatisfy(\.isFinite) else { throw CharacterizerError.notFinite(index: index) }
      return Self.prediction(output, task: subtask.task)
    }
  }

  /// What leaves the graph for each trajectory: an exponent, or logits.
  public func outputs(for trajectories: [Trajectory]) throws -> [[Float]] {
    try run(trajectories).map(\.output)
  }

  /// The value before the head for each trajectory.
  public func features(for trajectories: [Trajectory]) throws -> [[Float]] {
    try run(trajectories).map(\.features)
  }

  private struct Result {
    var output: [Float] = []
    var features: [Float] = []
  }

  /// Trajectories of one length that run together.
  private struct Block {
    let plan: InferencePlan
    let indices: ArraySlice<Int>
  }

  private func run(_ trajectories: [Trajectory]) throws -> [Result] {
    try checkInput(trajectories, dimension: subtask.dimension, lengths: lengths)
    let groups = Dictionary(grouping: trajectories.indices) { trajectories[$0].count }
    var blocks: [Block] = []
    // Long ones first, so that the last block to end is a short one.
    for steps in groups.keys.sorted(by: >) {
      let plan = try plan(steps)
      let indices = groups[steps]!
      for start in stride(from: 0, to: indices.count, by: InferencePlan.blockSize) {
        blocks.append(Block(plan: plan, indices: indices[start..<min(indices.count, start + InferencePlan.blockSize)]))
      }
    }
    let all = blocks
    let results = Mutex([Result](repeating: Result(), count: trajectories.count))
    nonisolated(unsafe) let memories = (0..<workers.count).map { _ in InferencePlan.Memory() }
    workers.run(all.count) { piece, worker in
      let block = all[piece], plan = block.plan, count = block.indices.count
      let input = block.indices.flatMap { makeInput(trajectories[$0]).values }
      var output = [Float](repeating: 0, count: count * plan.outputCount)
      var features = [Float](repeating: 0, count: count * plan.featureCount)
      plan.run(count: count, input: input, output: &output, features: &features, memory: memories[worker])
      results.withLock { results in
        for (row, index) in block.indices.enumerated() {
          results[index].output = Array(output[row * plan.outputCount..<(row + 1) * plan.outputCount])
          results[index].features = Array(features[row * plan.featureCount..<(row + 1) * plan.featureCount])
        }
      }
    }
    return results.withLock { $0 }
  }

  /// An exponent clipped to the challenge's range, or the softmax of logits.
  static func prediction(_ output: [Float], task: ChallengeTask) -> Prediction {
    switch task {
    case .exponent: return .exponent(min(2, max(0.05, Double(output[0]))))
    case .model:
      let logits = output.map(Double.init), largest = logits.max() ?? 0
      let shares = logits.map { exp($0 - largest) }, sum = shares.reduce(0, +)
      return .model(probabilities: shares.map { $0 / sum })
    }
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
