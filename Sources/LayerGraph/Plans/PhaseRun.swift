import CKernels

/// One group of trajectories on its way through one phase, forwards and backwards, in memory of its own.
struct PhaseRun {
  let phase: Phase
  let memory: PhaseMemory
  let compiled: CompiledGraph
  /// `memory.keptFloats`, from the way there to the way back.
  let kept: UnsafeMutablePointer<Float>
  /// `memory.scratchFloats`.
  let scratch: UnsafeMutablePointer<Float>
  /// Trajectories in this group, at most `memory.batch`.
  let batch: Int
  /// The group's first trajectory in the batch.
  let first: Int
  /// What random layers derive their numbers from.
  let key: UInt64

  func value(_ value: Int) -> GroupRows {
    let place = memory.values[value]!
    return rows(of: value, at: (place.isKept ? kept : scratch) + place.offset)
  }
  /// The memory for a gradient of its own.
  func gradient(_ value: Int) -> GroupRows { rows(of: value, at: scratch + memory.gradients[value]!) }

  private func rows(of value: Int, at data: UnsafeMutablePointer<Float>) -> GroupRows {
    let shape = compiled.shape(of: value)
    return GroupRows(data: data, steps: shape.steps, batch: batch, channels: shape.channels)
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
          saved: keeping ? kept + memory.saved[node]! : nil, workspace: scratch + memory.workspace,
          randomness: randomness(node), team: team))
    }
  }

  /// Runs all nodes backwards, walls apart: their gradients are left for the pause between phases.
  /// - Parameters:
  ///   - gradients: where gradients of values stand that have been put in place; extended by those that are made.
  ///   - sums: gradient sums of all kernels.
  func backward(gradients: inout [Int: GroupRows], sums: UnsafeMutablePointer<Float>) {
    for node in memory.wayBack where compiled.needsGradient[node] {
      guard let outputGradient = gradients[node], !compiled.graph.nodes[node].layer.usesBatchStatistics else {
        continue
      }
      let kernel = compiled.kernel(of: node)
      let inputs = compiled.graph.nodes[node].inputs.map(\.node)
      if kernel.wayBack.passesGradient {
        for input in inputs where needsGradient(input) { pass(outputGradient, to: input, &gradients) }
        continue
      }
      let targets = inputs.map { needsGradient($0) ? target(for: $0, of: kernel, &gradients) : nil }
      kernel.backward(
        BackwardCall(
          inputs: inputs.map { value($0) }, output: value(node), outputGradient: outputGradient,
          inputGradients: targets, parameterGradients: sums + compiled.gradientOffset(of: node),
          saved: kept + memory.saved[node]!, workspace: scratch + memory.workspace, randomness: randomness(node)))
    }
  }

  private func needsGradient(_ value: Int) -> Bool { value >= 0 && compiled.needsGradient[value] }

  /// Adds a gradient as it is: the first one stays where it stands.
  private func pass(_ gradient: GroupRows, to value: Int, _ gradients: inout [Int: GroupRows]) {
    guard let known = gradients[value] else {
      gradients[value] = gradient
      return
    }
    let own = self.gradient(value)
    functions.add(own.count, known.data, gradient.data, own.data)
    gradients[value] = own
  }

  /// A gradient's own memory, with what others have added before.
  private func target(
    for value: Int, of kernel: any LayerKernel, _ gradients: inout [Int: GroupRows]
  ) -> BackwardCall.InputGradient {
    let own = gradient(value)
    let known = gradients.updateValue(own, forKey: value)
    guard let known, known.data != own.data else {
      return BackwardCall.InputGradient(rows: own, accumulates: known != nil)
    }
    if kernel.wayBack.takesAddend {
      return BackwardCall.InputGradient(rows: own, accumulates: false, addend: UnsafePointer(known.data))
    }
    own.data.update(from: known.data, count: own.count)
    return BackwardCall.InputGradient(rows: own, accumulates: true)
  }
}
