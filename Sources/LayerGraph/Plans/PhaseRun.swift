import CKernels

/// One group of trajectories on its way through one phase, forwards and backwards, in memory of its own.
struct PhaseRun {
  let phase: Phase
  let memory: PhaseMemory
  let compiled: CompiledGraph
  let base: UnsafeMutablePointer<Float>
  /// Trajectories in this group, at most `memory.batch`.
  let batch: Int
  /// The group's first trajectory in the batch.
  let first: Int
  /// What random layers derive their numbers from.
  let key: UInt64

  func value(_ value: Int) -> GroupRows { rows(of: value, at: memory.values[value]!) }
  func gradient(_ value: Int) -> GroupRows { rows(of: value, at: memory.gradients[value]!) }

  private func rows(of value: Int, at offset: Int) -> GroupRows {
    let shape = compiled.shape(of: value)
    return GroupRows(data: base + offset, steps: shape.steps, batch: batch, channels: shape.channels)
  }

  private var functions: zk_kernels { compiled.setting.table.functions.pointee }
  private func randomness(_ node: Int) -> Randomness {
    // Hashed twice, so that steps and nodes that follow each other never meet.
    Randomness(key: SplitMix64.mix(SplitMix64.mix(key) &+ UInt64(node)), firstTrajectory: first)
  }

  /// Fetches this group's part of a value that is stored `[trajectory][step][channel]`.
  func gather(_ store: UnsafePointer<Float>, into rows: GroupRows) {
    let size = rows.steps * rows.channels
    functions.gather(
      Int32(rows.steps), Int32(batch), Int32(rows.channels), store + first * size, size, rows.data, rows.channels)
  }

  /// Puts this group's part of a value back.
  func scatter(_ rows: GroupRows, into store: UnsafeMutablePointer<Float>, accumulate: Bool = false) {
    let size = rows.steps * rows.channels
    functions.scatter(
      Int32(rows.steps), Int32(batch), Int32(rows.channels), rows.data, rows.channels, store + first * size, size,
      accumulate ? 1 : 0)
  }

  /// Runs all nodes forwards.
  /// - Parameters:
  ///   - keeping: whether what the way back needs is kept.
  ///   - team: threads that share out the work of single layers.
  func forward(keeping: Bool, team: Team = .alone) {
    for node in phase.nodes {
      compiled.kernel(of: node).forward(
        ForwardCall(
          inputs: compiled.graph.nodes[node].inputs.map { value($0.node) }, output: value(node),
          saved: keeping ? base + memory.saved[node]! : nil, workspace: base + memory.workspace,
          randomness: randomness(node), team: team))
    }
  }

  /// Runs all nodes backwards, walls apart: their gradients are left for the pause between phases.
  /// - Parameters:
  ///   - ready: values whose gradients have been put in place; extended by those that are made.
  ///   - sums: gradient sums of all kernels.
  func backward(ready: inout Set<Int>, sums: UnsafeMutablePointer<Float>) {
    for node in phase.nodes.reversed() where compiled.needsGradient[node] && ready.contains(node) {
      let layer = compiled.graph.nodes[node].layer
      if layer.usesBatchStatistics { continue }
      let inputs = compiled.graph.nodes[node].inputs.map(\.node)
      var seen = ready
      let targets = inputs.map { input -> BackwardCall.InputGradient? in
        guard input >= 0, compiled.needsGradient[input] else { return nil }
        return BackwardCall.InputGradient(rows: gradient(input), accumulates: !seen.insert(input).inserted)
      }
      ready = seen
      compiled.kernel(of: node).backward(
        BackwardCall(
          inputs: inputs.map { value($0) }, output: value(node), outputGradient: gradient(node),
          inputGradients: targets,
          parameterGradients: sums + compiled.gradientOffset(of: node), saved: base + memory.saved[node]!,
          workspace: base + memory.workspace, randomness: randomness(node)))
    }
  }
}
