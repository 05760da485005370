/// A run of nodes that one group of trajectories passes through alone.
///
/// Values that cross from one phase to a later one are stored for all trajectories of a batch or block.
struct Phase {
  /// In the order in which they run.
  let nodes: [Int]
  /// Values made earlier (-1: the graph's input) that its nodes read.
  let inputs: [Int]
  /// Values of its own that later phases or the caller read.
  let outputs: [Int]
  /// Whether it walks through time, so that many trajectories beside each other pay.
  let isRecurrent: Bool

  /// Cuts a graph wherever the level of a node is higher than that of what it reads.
  /// - Parameters:
  ///   - levels: of each node; not below those of its inputs.
  ///   - wanted: values that the caller reads.
  static func phases(of graph: Graph, levels: [Int], wanted: Set<Int>) -> [Phase] {
    let last = levels.max() ?? 0
    var phases: [Phase] = []
    for level in 0...last {
      let nodes = graph.nodes.indices.filter { levels[$0] == level }
      if nodes.isEmpty { continue }
      var inputs: [Int] = []
      for node in nodes {
        for value in graph.nodes[node].inputs.map(\.node)
        where (value < 0 || levels[value] < level) && !inputs.contains(value) {
          inputs.append(value)
        }
      }
      let outputs = nodes.filter { node in
        wanted.contains(node)
          || graph.nodes.indices.contains { other in
            levels[other] > level && graph.nodes[other].inputs.contains { $0.node == node }
          }
      }
      phases.append(
        Phase(
          nodes: nodes, inputs: inputs, outputs: outputs,
          isRecurrent: nodes.contains { graph.nodes[$0].layer.isRecurrent }))
    }
    return phases
  }

  /// Levels that put everything before the first recurrent layers into a phase of its own.
  static func inferenceLevels(of graph: Graph) -> [Int] {
    var levels: [Int] = []
    for node in graph.nodes {
      let before = node.inputs.map { $0.node < 0 ? 0 : levels[$0.node] }.max() ?? 0
      levels.append(node.layer.isRecurrent ? 1 : before)
    }
    return levels
  }

  /// Levels that rise at each layer that needs statistics of the whole batch.
  static func trainingLevels(of graph: Graph) -> [Int] {
    var levels: [Int] = []
    for node in graph.nodes {
      let before = node.inputs.map { $0.node < 0 ? 0 : levels[$0.node] }.max() ?? 0
      levels.append(node.layer.usesBatchStatistics ? before + 1 : before)
    }
    return levels
  }
}
