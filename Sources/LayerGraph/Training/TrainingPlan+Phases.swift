/// Groups of trajectories on their way through one phase after another, there and back.
extension TrainingPlan {
  func runs(_ index: Int, shard: Int, worker: Int, key: UInt64, isForwardOnly: Bool = false) -> [PhaseRun] {
    let phase = phases[index].phase
    let memory = isForwardOnly ? phases[index].forwardMemory : phases[index].memory
    let arena = arenas[worker].pointer
    let buffer = isForwardOnly ? nil : keptBuffers[index]
    return InferencePlan.groups(of: shards[shard].count, atMost: memory.batch).enumerated().map { number, group in
      let kept = buffer.map { $0.pointer + (keptGroups[index]!.first[shard] + number) * memory.keptFloats }
      return PhaseRun(
        phase: phase, memory: memory, compiled: compiled, kept: kept ?? arena + memory.scratchFloats, scratch: arena,
        batch: group.1, first: shards[shard].lowerBound + group.0, key: key)
    }
  }

  func gatherInputs(_ run: PhaseRun, _ step: Step) {
    for value in run.phase.inputs {
      run.gather(value < 0 ? step.input : UnsafePointer(stores[value]!.pointer), into: run.value(value))
    }
  }

  func forOwnShards(_ step: Step, _ body: @Sendable (_ shard: Int, _ worker: Int) -> Void) {
    step.workers.run(ownShards.count) { body(ownShards.lowerBound + $0, $1) }
  }

  /// Runs a phase, keeping what later phases read and, where asked for, what the way back reads.
  func forward(_ index: Int, _ step: Step, keeping: Bool) {
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

  /// Runs a phase backwards, and before that forwards (again) where nothing of it is kept.
  /// - Returns: each shard's part of the loss, from the phase of the output.
  func backward(_ index: Int, _ step: Step) -> [Double] {
    let isLast = index == outputPhase
    let graph = compiled.graph
    var losses = [Double](repeating: 0, count: shards.count)
    losses.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let losses = buffer.baseAddress!
      forOwnShards(step) { shard, worker in
        let sums = shardSums[shard]
        if isLast { sums.clear() }
        for run in runs(index, shard: shard, worker: worker, key: step.key) {
          if keptBuffers[index] == nil {
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

  func lossGradient(_ run: PhaseRun, _ step: Step, output: Int) -> Double {
    let predictions = run.value(output), gradient = run.gradient(output)
    let width = step.loss.isClassification ? 1 : predictions.channels
    let targets = step.targets + run.first * width
    var total = 0.0
    // All answers of a trajectory are judged by the same target.
    for answer in 0..<predictions.steps {
      let start = answer * predictions.batch * predictions.channels
      total += step.loss.value(
        rows: predictions.batch, channels: predictions.channels, batch: batch * predictions.steps,
        predictions: predictions.data + start, targets: targets, gradient: gradient.data + start)
    }
    return total
  }

  /// Gradients of a phase's outputs: what later phases left, and what walls behind them ask for.
  func fetchGradients(_ run: PhaseRun, next: Int, _ gradients: inout [Int: GroupRows]) {
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

  /// Stores gradients that earlier phases and walls read.
  func passGradients(_ run: PhaseRun, _ gradients: [Int: GroupRows]) {
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
  func isFirstToStore(_ value: Int, phase: Phase) -> Bool {
    let readers = phases.filter { candidate in
      candidate.phase.nodes.contains { node in
        isLive[node] && !compiled.graph.nodes[node].layer.usesBatchStatistics
          && compiled.graph.nodes[node].inputs.contains { $0.node == value }
      } && candidate.phase.inputs.contains(value)
    }
    return readers.last?.phase.nodes == phase.nodes
  }
}
