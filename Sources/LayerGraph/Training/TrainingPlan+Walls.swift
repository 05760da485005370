import CKernels

/// What is summed over the whole batch: statistics and gradients at walls, and the parameters' gradients.
extension TrainingPlan {
  /// The walls that a phase begins with; all of them forwards, those that the output depends on backwards.
  func walls(of index: Int) -> [(node: Int, input: Int, kernel: any BatchStatisticsKernel)] {
    phases[index].phase.nodes.compactMap { node in
      guard let kernel = compiled.kernel(of: node) as? any BatchStatisticsKernel else { return nil }
      return (node, compiled.graph.nodes[node].inputs[0].node, kernel)
    }
  }

  /// Sums a wall's statistics over its stored input, in shard order.
  func finishStatistics(
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
  func shardRows(_ store: UnsafeMutablePointer<Float>, _ shape: Shape, _ shard: Int) -> GroupRows {
    GroupRows(
      data: store + shards[shard].lowerBound * shape.count, steps: shape.steps, batch: shards[shard].count,
      channels: shape.channels)
  }

  func sumOverShards(
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

  /// Finishes the gradients of a phase's walls once all groups have left theirs.
  func finishWallGradients(of index: Int, _ gradients: ParameterStore, _ step: Step) {
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
  func addShardSums(into gradients: ParameterStore, workers: Workers) {
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

  /// Whether each node is this one or something that it reads, directly or not.
  static func nodes(before last: Int, in graph: Graph) -> [Bool] {
    var isBefore = [Bool](repeating: false, count: graph.nodes.count)
    isBefore[last] = true
    for node in graph.nodes.indices.reversed() where isBefore[node] {
      for input in graph.nodes[node].inputs where input.node >= 0 { isBefore[input.node] = true }
    }
    return isBefore
  }

  /// Values of earlier phases whose gradients later phases store directly, not through a wall.
  static func storedGradients(_ phases: [Phase], _ compiled: CompiledGraph, isLive: [Bool]) -> Set<Int> {
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
}
