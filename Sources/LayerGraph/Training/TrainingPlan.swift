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
  /// Numbers in a trajectory's output.
  public let outputCount: Int
  /// Numbers in a trajectory's features.
  public let featureCount: Int

  private let compiled: CompiledGraph
  /// Each phase with its memory for the way there and back, and a smaller one for a way there alone.
  private let phases: [(phase: Phase, memory: PhaseMemory, forwardMemory: PhaseMemory)]
  private let shards: [Range<Int>]
  private let exchange: any ShardExchange
  /// The shards that are computed here.
  private let ownShards: Range<Int>
  /// Values, and their gradients, that cross walls or are wanted: `[batch][steps][channels]`.
  private var stores: [Int: AlignedBuffer] = [:]
  private var gradientStores: [Int: AlignedBuffer] = [:]
  /// Nodes that the output depends on; the others run forwards only.
  private let isLive: [Bool]
  /// The phase that makes the output, where the way back begins.
  private let outputPhase: Int
  /// Values of earlier phases whose gradients later phases store directly, not through a wall.
  private let storedGradients: Set<Int>
  private let shardSums: [AlignedBuffer]
  private let memory: TrainingMemory
  private let folded: FoldedGraph
  /// The folded graph's parameters and gradients; nil where nothing was folded.
  private let foldedStores: (parameters: ParameterStore, gradients: ParameterStore)?
  private var arenas: [AlignedBuffer] = []
  /// For each phase that is kept: the blocks of all groups here.
  private var keptGroups: [Int: KeptGroups] = [:]

  /// What a phase keeps for the groups of all shards, from the way there to the way back.
  private struct KeptGroups {
    let buffer: AlignedBuffer
    /// For each shard, the number of its first group.
    let first: [Int]
  }

  /// - Parameters:
  ///   - graph: a finished one.
  ///   - steps: points of the trajectories.
  ///   - batch: trajectories, 1 or more.
  ///   - table: the instruction set; nil for the one that `ZOO_ISA` or the processor chooses.
  ///   - memory: used until another plan with the same memory runs.
  ///   - isFolded: whether passes may make the arithmetic smaller; results are the same but for rounding.
  ///   - mostShards: see `shards(of:most:)`; another number gives other roundings.
  ///   - mostKept: floats that may be kept from the way there to the way back; the result does not depend on it.
  ///   - exchange: who computes which shards; those of other processes are neither read nor made here.
  /// - Throws: `GraphError` where the graph does not take this length or its output has several steps.
  public init(
    _ graph: Graph, steps: Int, batch: Int, table: KernelTable? = nil, memory: TrainingMemory = TrainingMemory(),
    isFolded: Bool = true, mostShards: Int = TrainingPlan.usualShards,
    mostKept: Int = TrainingPlan.usualMostKept, exchange: any ShardExchange = LocalShards()
  ) throws {
    self.memory = memory
    let folded = isFolded ? try FoldedGraph.folding(graph) : FoldedGraph(graph: graph, derivations: [])
    self.folded = folded
    let specs = folded.graph.parameters
    foldedStores = folded.derivations.isEmpty ? nil : (ParameterStore(specs), ParameterStore(specs))
    let graph = folded.graph
    guard batch >= 1 else { throw GraphError.value(name: "The batch", expected: "1 or more", found: "\(batch)") }
    self.steps = steps
    self.batch = batch
    let setting = KernelSetting(training: true, table: try table ?? KernelTable.chosen(), length: steps)
    let compiled = try CompiledGraph(graph, steps: steps, setting: setting)
    self.compiled = compiled
    let outputShape = compiled.shape(of: graph.output.node)
    guard outputShape.steps == 1 else {
      throw GraphError.shape(layer: "The loss of '\(graph.name)'", expected: "[channels]", found: "\(outputShape)")
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
    keptGroups = keptGroups(memory, most: mostKept)
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
  /// Fewer trajectories than this would not fill a recurrent tile.
  public static let smallestShard = 12

  /// The trajectories of each shard of a batch.
  public static func shards(of batch: Int, most: Int = usualShards) -> [Range<Int>] {
    let count = min(most, max(1, batch / smallestShard))
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

  /// What plans may keep between the way there and the way back: 1 GB.
  public static let usualMostKept = 1 << 28

  /// Room for what phases before the last keep, the later ones first, as far as it goes.
  private func keptGroups(_ memory: TrainingMemory, most: Int) -> [Int: KeptGroups] {
    var room = most
    var kept: [Int: KeptGroups] = [:]
    for index in phases.indices.reversed() where index < outputPhase {
      var first: [Int] = [], groups = 0
      for (number, shard) in shards.enumerated() {
        first.append(groups)
        guard ownShards.contains(number) else { continue }
        groups += InferencePlan.groups(of: shard.count, atMost: phases[index].memory.batch).count
      }
      let floats = groups * phases[index].memory.keptFloats
      if floats > room { continue }
      room -= floats
      kept[index] = KeptGroups(buffer: memory.buffer(.kept(index), count: floats), first: first)
    }
    return kept
  }

  /// One forward and backward run.
  /// - Parameters:
  ///   - parameters: numbers of the graph.
  ///   - input: `[batch][steps][inputChannels]`.
  ///   - targets: as `Loss.value` wants them.
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
    let (parameters, gradients) = foldedStores ?? original
    if foldedStores != nil { folded.derive(from: original.parameters, into: parameters) }
    prepare(parameters, workers)
    nonisolated(unsafe) let input = input
    nonisolated(unsafe) let targets = targets
    let step = Step(input: input, targets: targets, loss: loss, key: key, workers: workers)

    for index in phases.indices {
      finishStatistics(before: index, in: parameters, step) { $0.updateStatistics($1) }
      // The last phase runs forwards on its way back.
      if index < phases.count - 1 || index != outputPhase { forward(index, step, keeping: keptGroups[index] != nil) }
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
    if foldedStores != nil {
      folded.pullBack(gradients, at: original.parameters, into: original.gradients)
      original.parameters.copySharedStatistics(from: parameters)
    }
    return losses.reduce(0, +)
  }

  private func prepare(_ parameters: ParameterStore, _ workers: Workers) {
    let floats =
      phases.indices.map { index in
        let (_, memory, forwardMemory) = phases[index]
        let kept = keptGroups[index] == nil ? memory.keptFloats : 0
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
    let parameters = foldedStores?.parameters ?? original
    if foldedStores != nil { folded.derive(from: original, into: parameters) }
    defer { if foldedStores != nil { original.copySharedStatistics(from: parameters) } }
    prepare(parameters, workers)
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
  private struct Step: @unchecked Sendable {
    let input: UnsafePointer<Float>
    let targets: UnsafePointer<Float>
    let loss: Loss
    let key: UInt64
    let workers: Workers
  }

  // MARK: Phases

  private func runs(_ index: Int, shard: Int, worker: Int, key: UInt64, isForwardOnly: Bool = false) -> [PhaseRun] {
    let phase = phases[index].phase
    let memory = isForwardOnly ? phases[index].forwardMemory : phases[index].memory
    let arena = arenas[worker].pointer
    let groups = isForwardOnly ? nil : keptGroups[index]
    return InferencePlan.groups(of: shards[shard].count, atMost: memory.batch).enumerated().map { number, group in
      let kept = groups.map { $0.buffer.pointer + ($0.first[shard] + number) * memory.keptFloats }
      return PhaseRun(
        phase: phase, memory: memory, compiled: compiled, kept: kept ?? arena + memory.scratchFloats, scratch: arena,
        batch: group.1, first: shards[shard].lowerBound + group.0, key: key)
    }
  }

  private func gatherInputs(_ run: PhaseRun, _ step: Step) {
    for value in run.phase.inputs {
      run.gather(value < 0 ? step.input : UnsafePointer(stores[value]!.pointer), into: run.value(value))
    }
  }

  private func forOwnShards(_ step: Step, _ body: @Sendable (_ shard: Int, _ worker: Int) -> Void) {
    step.workers.run(ownShards.count) { body(ownShards.lowerBound + $0, $1) }
  }

  /// Runs a phase, keeping what later phases read and, where asked for, what the way back reads.
  private func forward(_ index: Int, _ step: Step, keeping: Bool) {
    // Recurrent cells round in another way where they save what the way back needs: they always do.
    let keeping = keeping || phases[index].phase.isRecurrent
    forOwnShards(step) { shard, worker in
      for run in runs(index, shard: shard, worker: worker, key: step.key, isForwardOnly: !keeping) {
        gatherInputs(run, step)
        run.forward(keeping: keeping)
        for value in run.phase.outputs { run.scatter(run.value(value), into: stores[value]!.pointer) }
      }
    }
  }

  /// The walls that a phase begins with; all of them forwards, those that the output depends on backwards.
  private func walls(of index: Int) -> [(node: Int, input: Int, kernel: any BatchStatisticsKernel)] {
    phases[index].phase.nodes.compactMap { node in
      guard let kernel = compiled.kernel(of: node) as? any BatchStatisticsKernel else { return nil }
      return (node, compiled.graph.nodes[node].inputs[0].node, kernel)
    }
  }

  /// Sums a wall's statistics over its stored input, in shard order.
  private func finishStatistics(
    before index: Int, in parameters: ParameterStore, _ step: Step,
    store: (any BatchStatisticsKernel, LayerGradients) -> Void
  ) {
    for (node, input, kernel) in walls(of: index) {
      let shape = compiled.shape(of: input)
      let stored = input < 0 ? step.input : UnsafePointer(stores[input]!.pointer)
      nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: stored)
      let sums = sumOverShards(kernel.statisticsCount, step) { shard, sums in
        kernel.accumulateStatistics(self.shardRows(source, shape, shard), into: sums)
      }
      kernel.finishStatistics(sums, rows: batch * shape.steps)
      store(kernel, LayerGradients { parameters.mutablePointer(self.compiled.graph.nodes[node].key(of: $0)) })
    }
  }

  /// A shard's part of a stored value; rows in the order of the store, which sums over rows do not mind.
  private func shardRows(_ store: UnsafeMutablePointer<Float>, _ shape: Shape, _ shard: Int) -> GroupRows {
    GroupRows(
      data: store + shards[shard].lowerBound * shape.count, steps: shape.steps, batch: shards[shard].count,
      channels: shape.channels)
  }

  private func sumOverShards(
    _ count: Int, _ step: Step, _ body: @Sendable (_ shard: Int, _ sums: UnsafeMutablePointer<Double>) -> Void
  ) -> [Double] {
    var partial = [Double](repeating: 0, count: count * shards.count)
    partial.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let base = buffer.baseAddress!
      forOwnShards(step) { shard, _ in body(shard, base + shard * count) }
      exchange.complete(base, width: count, shards: shards.count)
    }
    return (0..<count).map { index in
      (0..<shards.count).reduce(0) { $0 + partial[$1 * count + index] }
    }
  }

  /// Runs a phase backwards, and before that forwards (again) where nothing of it is kept.
  /// - Returns: each shard's part of the loss, from the phase of the output.
  private func backward(_ index: Int, _ step: Step) -> [Double] {
    let isLast = index == outputPhase
    let graph = compiled.graph
    var losses = [Double](repeating: 0, count: shards.count)
    losses.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let losses = buffer.baseAddress!
      forOwnShards(step) { shard, worker in
        let sums = shardSums[shard]
        if isLast { sums.clear() }
        for run in runs(index, shard: shard, worker: worker, key: step.key) {
          if keptGroups[index] == nil {
            gatherInputs(run, step)
            run.forward(keeping: true)
          }
          var gradients: [Int: GroupRows] = [:]
          if isLast {
            for value in run.phase.outputs { run.scatter(run.value(value), into: stores[value]!.pointer) }
            losses[shard] += lossGradient(run, step, output: graph.output.node)
            gradients[graph.output.node] = run.gradient(graph.output.node)
          } else {
            fetchGradients(run, next: index + 1, &gradients)
          }
          run.backward(gradients: &gradients, sums: sums.pointer)
          passGradients(run, gradients)
        }
      }
    }
    return losses
  }

  private func lossGradient(_ run: PhaseRun, _ step: Step, output: Int) -> Double {
    let predictions = run.value(output), gradient = run.gradient(output)
    let width = step.loss.isClassification ? 1 : predictions.channels
    return step.loss.value(
      rows: predictions.rows, channels: predictions.channels, batch: batch, predictions: predictions.data,
      targets: step.targets + run.first * width, gradient: gradient.data)
  }

  /// Gradients of a phase's outputs: what later phases left, and what walls behind them ask for.
  private func fetchGradients(_ run: PhaseRun, next: Int, _ gradients: inout [Int: GroupRows]) {
    for value in run.phase.outputs where compiled.needsGradient[value] {
      if storedGradients.contains(value) {
        run.gather(gradientStores[value]!.pointer, into: run.gradient(value))
        gradients[value] = run.gradient(value)
      }
      for later in phases.indices.dropFirst(next) {
        for (node, input, kernel) in walls(of: later) where input == value && isLive[node] {
          // The wall's own gradient passes through scratch memory of this group.
          let shape = compiled.shape(of: node)
          withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.count * run.batch) { scratch in
            let rows = GroupRows(
              data: scratch.baseAddress!, steps: shape.steps, batch: run.batch, channels: shape.channels)
            run.gather(gradientStores[node]!.pointer, into: rows)
            kernel.inputGradient(
              input: run.value(value), outputGradient: rows,
              into: BackwardCall.InputGradient(
                rows: run.gradient(value),
                accumulates: gradients.updateValue(run.gradient(value), forKey: value) != nil))
          }
        }
      }
    }
  }

  /// Whether each node is this one or something that it reads, directly or not.
  private static func nodes(before last: Int, in graph: Graph) -> [Bool] {
    var isBefore = [Bool](repeating: false, count: graph.nodes.count)
    isBefore[last] = true
    for node in graph.nodes.indices.reversed() where isBefore[node] {
      for input in graph.nodes[node].inputs where input.node >= 0 { isBefore[input.node] = true }
    }
    return isBefore
  }

  private static func storedGradients(_ phases: [Phase], _ compiled: CompiledGraph, isLive: [Bool]) -> Set<Int> {
    var found: Set<Int> = []
    for phase in phases {
      for node in phase.nodes
      where isLive[node] && !compiled.graph.nodes[node].layer.usesBatchStatistics && compiled.needsGradient[node] {
        for input in compiled.graph.nodes[node].inputs.map(\.node) where phase.inputs.contains(input) && input >= 0 {
          found.insert(input)
        }
      }
    }
    return found
  }

  /// Stores gradients that earlier phases and walls read.
  private func passGradients(_ run: PhaseRun, _ gradients: [Int: GroupRows]) {
    for value in run.phase.inputs where value >= 0 && compiled.needsGradient[value] {
      guard let gradient = gradients[value] else { continue }
      let isFirst = isFirstToStore(value, phase: run.phase)
      run.scatter(gradient, into: gradientStores[value]!.pointer, accumulate: !isFirst)
    }
    for node in run.phase.nodes where compiled.graph.nodes[node].layer.usesBatchStatistics {
      if let gradient = gradients[node] { run.scatter(gradient, into: gradientStores[node]!.pointer) }
    }
  }

  /// Phases run backwards: the last one that reads a value overwrites, earlier ones add.
  private func isFirstToStore(_ value: Int, phase: Phase) -> Bool {
    let readers = phases.filter { candidate in
      candidate.phase.nodes.contains { node in
        isLive[node] && !compiled.graph.nodes[node].layer.usesBatchStatistics
          && compiled.graph.nodes[node].inputs.contains { $0.node == value }
      } && candidate.phase.inputs.contains(value)
    }
    return readers.last?.phase.nodes == phase.nodes
  }

  /// Finishes the gradients of a phase's walls once all groups have left theirs.
  private func finishWallGradients(of index: Int, _ gradients: ParameterStore, _ step: Step) {
    for (node, input, kernel) in walls(of: index) where isLive[node] {
      let shape = compiled.shape(of: input)
      let stored = input < 0 ? step.input : UnsafePointer(stores[input]!.pointer)
      nonisolated(unsafe) let source = UnsafeMutablePointer(mutating: stored)
      nonisolated(unsafe) let gradient = gradientStores[node]!.pointer
      let sums = sumOverShards(kernel.statisticsCount, step) { shard, sums in
        kernel.accumulateGradients(
          input: self.shardRows(source, shape, shard), outputGradient: self.shardRows(gradient, shape, shard),
          into: sums)
      }
      kernel.finishGradients(
        sums, into: LayerGradients { gradients.mutablePointer(self.compiled.graph.nodes[node].key(of: $0)) })
    }
  }

  /// Adds the shards' sums in shard order and brings them into the parameters' own layout.
  private func addShardSums(into gradients: ParameterStore, workers: Workers) {
    let functions = compiled.setting.table.functions.pointee
    let total = memory.buffer(.total, count: compiled.gradientFloats), width = compiled.gradientFloats
    let slice = exchange.slice(of: width)
    nonisolated(unsafe) let rows = exchange.slices(
      of: ownShards.map { UnsafePointer(shardSums[$0].pointer) }, width: width, shards: shards.count)
    let piece = 1 << 14
    workers.run((slice.count + piece - 1) / piece) { index, _ in
      let start = index * piece, count = min(piece, slice.count - start)
      let target = total.pointer + slice.lowerBound + start
      target.update(from: rows[0] + start, count: count)
      for row in rows.dropFirst() { functions.add(count, target, row + start, target) }
    }
    exchange.complete(total.pointer, width: width)
    let finishers = compiled.hasSharedKeys ? Workers(count: 1) : workers
    finishers.run(compiled.entries.count) { index, _ in
      let entry = compiled.entries[index], node = compiled.graph.nodes[entry.node]
      entry.kernel.finishGradients(
        total.pointer + entry.gradientOffset, into: LayerGradients { gradients.mutablePointer(node.key(of: $0)) })
    }
  }
}
