/// A graph ready to train on batches of one length and one size.
///
/// A batch is cut into shards, a fixed number for its size; a shard runs in groups. Sums over the batch (loss,
/// gradients, batch statistics) are taken per shard and added in shard order, so that results do not depend on the
/// number of threads. Layers with batch statistics are walls: all groups run up to the wall, then the statistics are
/// finished, then all go on. What the phases before the last wall need on the way back is kept where it is not too much;
/// otherwise they run forwards again.
public final class TrainingPlan: @unchecked Sendable {
  /// Points of a trajectory.
  public let steps: Int
  /// Trajectories in a batch.
  public let batch: Int
  /// Numbers in a trajectory's output: in all its answers, where there are several.
  public let outputCount: Int
  /// Numbers in a trajectory's features.
  public let featureCount: Int

  let compiled: CompiledGraph
  /// Each phase with its memory for the way there and back, and a smaller one for a way there alone.
  let phases: [(phase: Phase, memory: PhaseMemory, forwardMemory: PhaseMemory)]
  let shards: [Range<Int>]
  let exchange: any ShardExchange
  /// The shards that are computed here.
  let ownShards: Range<Int>
  /// Values, and their gradients, that cross walls or are wanted: `[batch][steps][channels]`.
  var stores: [Int: AlignedBuffer] = [:]
  var gradientStores: [Int: AlignedBuffer] = [:]
  /// Nodes that the output depends on; the others run forwards only.
  let isLive: [Bool]
  /// The phase that makes the output, where the way back begins.
  let outputPhase: Int
  /// Values of earlier phases whose gradients later phases store directly, not through a wall.
  let storedGradients: Set<Int>
  let shardSums: [AlignedBuffer]
  let memory: TrainingMemory
  let source: TrainingGraph
  var arenas: [AlignedBuffer] = []
  /// Phases that are kept from the way there to the way back, and during a run their memory.
  let keptGroups: [Int: KeptGroups]
  var keptBuffers: [Int: AlignedBuffer] = [:]

  /// A plan of a graph that no other plan is made of; everything else is as in the other initialiser, and `isFolded` as
  /// in that of `TrainingGraph`.
  public convenience init(
    _ graph: Graph, steps: Int, batch: Int, table: KernelTable? = nil, memory: TrainingMemory = TrainingMemory(),
    isFolded: Bool = true, mostShards: Int = TrainingPlan.usualShards,
    mostKept: Int = TrainingPlan.usualMostKept, exchange: any ShardExchange = LocalShards()
  ) throws {
    try self.init(
      TrainingGraph(graph, isFolded: isFolded), steps: steps, batch: batch, table: table, memory: memory,
      mostShards: mostShards, mostKept: mostKept, exchange: exchange)
  }

  /// - Parameters:
  ///   - source: of a finished graph.
  ///   - steps: points of the trajectories.
  ///   - batch: trajectories, 1 or more.
  ///   - table: the instruction set; nil for the one that `ZOO_ISA` or the processor chooses.
  ///   - memory: used until another plan with the same memory runs.
  ///   - mostShards: see `shards(of:most:)`; another number gives other roundings.
  ///   - mostKept: floats that may be kept from the way there to the way back; the result does not depend on it.
  ///   - exchange: who computes which shards; those of other processes are neither read nor made here.
  /// - Throws: `GraphError` where the graph does not take this length or its output has several steps.
  public init(
    _ source: TrainingGraph, steps: Int, batch: Int, table: KernelTable? = nil,
    memory: TrainingMemory = TrainingMemory(), mostShards: Int = TrainingPlan.usualShards,
    mostKept: Int = TrainingPlan.usualMostKept, exchange: any ShardExchange = LocalShards()
  ) throws {
    self.memory = memory
    self.source = source
    let graph = source.folded.graph
    guard batch >= 1 else { throw GraphError.value(name: "The batch", expected: "1 or more", found: "\(batch)") }
    self.steps = steps
    self.batch = batch
    let setting = KernelSetting(training: true, table: try table ?? KernelTable.chosen(), length: steps)
    let compiled = try CompiledGraph(graph, steps: steps, setting: setting)
    self.compiled = compiled
    let outputShape = compiled.shape(of: graph.output.node)
    guard outputShape.steps == source.answers else {
      throw GraphError.shape(
        layer: "The loss of '\(graph.name)'",
        expected: source.answers == 1 ? "[channels]" : "[\(source.answers) steps, channels]", found: "\(outputShape)")
    }
    outputCount = compiled.shape(of: graph.output.node).count
    featureCount = compiled.shape(of: graph.features.node).count
    shards = Self.shards(of: batch, most: mostShards)
    self.exchange = exchange
    let ownShards = exchange.shards(of: shards.count)
    self.ownShards = ownShards
    let largest = shards.map(\.count).max() ?? 1
    phases = Phase.phases(
      of: graph, levels: Phase.trainingLevels(of: graph), wanted: [graph.output.node, graph.features.node]
    ).map { phase in
      let limit = phase.isRecurrent ? Self.recurrentGroup : max(1, Self.localRows / steps)
      let groups = (largest + limit - 1) / limit
      let forwardLimit = phase.isRecurrent ? limit : max(1, InferencePlan.localRows / steps)
      return (
        phase, PhaseMemory(phase, of: compiled, batch: (largest + groups - 1) / groups, training: true),
        PhaseMemory(phase, of: compiled, batch: min(largest, forwardLimit), training: false)
      )
    }
    outputPhase = phases.firstIndex { $0.phase.nodes.contains(graph.output.node) } ?? phases.count - 1
    isLive = Self.nodes(before: graph.output.node, in: graph)
    storedGradients = Self.storedGradients(phases.map(\.phase), compiled, isLive: isLive)
    shardSums = shards.indices.map { shard in
      memory.buffer(.sums(shard), count: ownShards.contains(shard) ? compiled.gradientFloats : 0)
    }
    keptGroups = Self.keptGroups(
      phases.prefix(outputPhase).map(\.memory), shards: shards, own: ownShards, most: mostKept)
    for (phase, _, _) in phases {
      for value in phase.outputs {
        let size = compiled.shape(of: value).count * batch
        stores[value] = memory.buffer(.value(value), count: size)
        if compiled.needsGradient[value] { gradientStores[value] = memory.buffer(.gradient(value), count: size) }
      }
      for node in phase.nodes where graph.nodes[node].layer.usesBatchStatistics {
        gradientStores[node] = memory.buffer(.gradient(node), count: compiled.shape(of: node).count * batch)
      }
    }
  }

  /// Enough shards for the processors of one machine: more would only cost memory.
  public static let usualShards = 8
  /// Two tiles of 4 trajectories: fewer would leave the tiles of recurrent layers too empty.
  public static let smallestShard = 8

  /// The trajectories of each shard of a batch: `most` of them, or a divisor of it where they would be too small, since
  /// 3 shards keep 2 threads waiting for each other where 4 or 2 would not.
  public static func shards(of batch: Int, most: Int = usualShards) -> [Range<Int>] {
    let count = (1...max(1, min(most, batch / smallestShard))).last { most % $0 == 0 } ?? 1
    return (0..<count).map { batch * $0 / count..<batch * ($0 + 1) / count }
  }

  /// The trajectories of a batch that are computed here; of the others no input is read.
  public static func rows(of batch: Int, mostShards: Int, exchange: any ShardExchange) -> Range<Int> {
    let shards = shards(of: batch, most: mostShards), own = exchange.shards(of: shards.count)
    return own.isEmpty ? 0..<0 : shards[own.lowerBound].lowerBound..<shards[own.upperBound - 1].upperBound
  }

  /// Trajectories beside each other in recurrent phases: two full tiles.
  static let recurrentGroup = 16
  /// Rows of a group in phases without recurrence: what they save should stay in the cache.
  static let localRows = 256

  /// One forward and backward run.
  /// - Parameters:
  ///   - parameters: numbers of the graph.
  ///   - input: `[batch][steps][inputChannels]`.
  ///   - targets: as `Loss.value` wants them, of each trajectory once: all its answers are judged by the same.
  ///   - loss: what is made small.
  ///   - gradients: of the same layout as `parameters`; its trained numbers are overwritten.
  ///   - key: what random layers derive their numbers from; another one for each step.
  ///   - workers: the threads; their number doesn't change the result.
  /// - Returns: the loss. Running statistics in `parameters` are moved.
  public func run(
    _ parameters: ParameterStore, input: UnsafePointer<Float>, targets: UnsafePointer<Float>, loss: Loss,
    gradients: ParameterStore, key: UInt64, workers: Workers
  ) -> Double {
    let original = (parameters: parameters, gradients: gradients)
    let (parameters, gradients) = source.derive(from: original)
    prepare(parameters, workers, keeping: true)
    nonisolated(unsafe) let input = input
    nonisolated(unsafe) let targets = targets
    let step = Step(input: input, targets: targets, loss: loss, key: key, workers: workers)

    for index in phases.indices {
      finishStatistics(before: index, in: parameters, step) { $0.updateStatistics($1) }
      // The last phase runs forwards on its way back.
      if index < phases.count - 1 || index != outputPhase { forward(index, step, keeping: keptBuffers[index] != nil) }
    }
    gradients.trained.clear()
    var losses = [Double](repeating: 0, count: shards.count)
    for index in (0...outputPhase).reversed() {
      let partial = backward(index, step)
      if index == outputPhase { losses = partial }
      finishWallGradients(of: index, gradients, step)
    }
    losses.withUnsafeMutableBufferPointer { exchange.complete($0.baseAddress!, width: 1, shards: shards.count) }
    addShardSums(into: gradients, workers: workers)
    source.pullBack(into: original)
    return losses.reduce(0, +)
  }

  private func prepare(_ parameters: ParameterStore, _ workers: Workers, keeping: Bool) {
    keptBuffers = [:]
    if keeping {
      for (phase, groups) in keptGroups { keptBuffers[phase] = memory.buffer(.kept(phase), count: groups.floats) }
    }
    let floats =
      phases.indices.map { index in
        let (_, memory, forwardMemory) = phases[index]
        let kept = keptBuffers[index] == nil ? memory.keptFloats : 0
        return max(kept + memory.scratchFloats, forwardMemory.scratchFloats)
      }.max() ?? 0
    arenas = (0..<workers.count).map { memory.buffer(.arena($0), count: floats) }
    compiled.load(parameters, workers: workers)
  }

  /// Stores the batch's statistics of every layer with batch statistics as those of a length; see
  /// `Layer.statisticsLengths`. Nothing else in `parameters` changes.
  public func storeStatistics(
    _ parameters: ParameterStore, input: UnsafePointer<Float>, length: Int, workers: Workers
  ) {
    guard let last = phases.indices.last(where: { !walls(of: $0).isEmpty }) else { return }
    let original = parameters
    let parameters = source.derive(from: original)
    defer { source.returnStatistics(into: original) }
    prepare(parameters, workers, keeping: false)
    nonisolated(unsafe) let input = input
    let step = Step(input: input, targets: input, loss: .meanSquaredError, key: 0, workers: workers)
    for index in 0...last {
      finishStatistics(before: index, in: parameters, step) { $0.storeStatistics($1, length: length) }
      if index < last { forward(index, step, keeping: false) }
    }
  }

  /// The output `[batch][outputCount]` and features `[batch][featureCount]` of the last run; of the shards that are
  /// computed here.
  public var lastOutput: [Float] { stored(compiled.graph.output.node) }
  /// The features `[batch][featureCount]` of the last run.
  public var lastFeatures: [Float] { stored(compiled.graph.features.node) }
  private func stored(_ value: Int) -> [Float] {
    guard let store = stores[value] else { return [] }
    return Array(UnsafeBufferPointer(start: store.pointer, count: compiled.shape(of: value).count * batch))
  }

  /// What stays the same during one run.
  struct Step: @unchecked Sendable {
    let input: UnsafePointer<Float>
    let targets: UnsafePointer<Float>
    let loss: Loss
    let key: UInt64
    let workers: Workers
  }
}
