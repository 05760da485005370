/// A graph for one length: shapes, kernels, and who needs what.
///
/// Nodes that share a scope and a shape share a kernel, and so their packed parameters and their gradient sums.
final class CompiledGraph: @unchecked Sendable {
  /// A kernel with the place of its gradient sums.
  struct Entry {
    let kernel: any LayerKernel
    /// The first node that it serves: the one whose keys it loads.
    let node: Int
    let gradientOffset: Int
  }

  let graph: Graph
  let steps: Int
  let setting: KernelSetting
  /// Shape of each node's result.
  let shapes: [Shape]
  let entries: [Entry]
  /// The entry of each node.
  let entryOfNode: [Int]
  /// Whether a parameter that is trained stands at or before each node.
  let needsGradient: [Bool]
  /// Floats of all gradient sums together.
  let gradientFloats: Int
  /// Whether several entries belong to the same parameters, as a shared layer on inputs of different shapes has.
  let hasSharedKeys: Bool

  init(_ graph: Graph, steps: Int, setting: KernelSetting) throws {
    self.graph = graph
    self.steps = steps
    self.setting = setting
    let shapes = try graph.shapes(steps: steps)
    for (what, value) in [("output", graph.output), ("features", graph.features)]
    where !graph.nodes.indices.contains(value.node) {
      throw GraphError.value(
        name: "The \(what) of '\(graph.name)'", expected: "the result of a node, as set by finish(features:output:)",
        found: value.node < 0 ? "its input" : "no value of this graph")
    }
    var entries: [Entry] = []
    var entryOfNode: [Int] = []
    var needsGradient: [Bool] = []
    var known: [String: Int] = [:]
    var offset = 0
    for (index, node) in graph.nodes.enumerated() {
      let inputs = node.inputs.map { $0.node < 0 ? graph.inputShape(steps: steps) : shapes[$0.node] }
      let hasParameters = !node.layer.parameters.isEmpty
      let identity =
        "\(node.layer)|\(inputs)|" + node.layer.parameters.map { node.key(of: $0.name) }.joined(separator: ",")
      if hasParameters, !node.layer.usesBatchStatistics, let entry = known[identity] {
        entryOfNode.append(entry)
      } else {
        let kernel = try node.layer.makeKernel(for: inputs, setting: setting)
        known[identity] = entries.count
        entryOfNode.append(entries.count)
        entries.append(Entry(kernel: kernel, node: index, gradientOffset: offset))
        offset += kernel.gradientFloats.roundedToCacheLine
      }
      needsGradient.append(
        node.layer.parameters.contains { $0.role == .trained }
          || node.inputs.contains { $0.node >= 0 && needsGradient[$0.node] })
    }
    self.shapes = shapes
    self.entries = entries
    self.entryOfNode = entryOfNode
    self.needsGradient = needsGradient
    gradientFloats = offset
    let keys = entries.flatMap { entry in
      let node = graph.nodes[entry.node]
      return node.layer.parameters.map { node.key(of: $0.name) }
    }
    hasSharedKeys = Set(keys).count < keys.count
  }

  func kernel(of node: Int) -> any LayerKernel { entries[entryOfNode[node]].kernel }
  func gradientOffset(of node: Int) -> Int { entries[entryOfNode[node]].gradientOffset }

  /// The shape of a value: the input's for -1.
  func shape(of value: Int) -> Shape { value < 0 ? graph.inputShape(steps: steps) : shapes[value] }

  /// Hands each kernel its parameters, or those of the same graph compiled for another length.
  func load(_ store: ParameterStore, sharing other: CompiledGraph? = nil, workers: Workers = Workers(count: 1)) {
    workers.run(entries.count) { index, _ in
      let entry = entries[index], node = graph.nodes[entry.node]
      if let other, other.entryOfNode.count == entryOfNode.count,
        entry.kernel.share(with: other.kernel(of: entry.node))
      {
        return
      }
      entry.kernel.load(LayerParameters { store.pointer(node.key(of: $0)) })
    }
  }
}
