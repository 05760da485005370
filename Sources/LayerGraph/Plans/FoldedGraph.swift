/// A graph and its parameters after passes that leave its results as they are and its arithmetic smaller.
///
/// A pass is a function from one of these to another. Folded layers have parameters under names of their own, made from
/// the original numbers once.
final class FoldedGraph: @unchecked Sendable {
  let graph: Graph
  let store: ParameterStore

  init(graph: Graph, store: ParameterStore) {
    self.graph = graph
    self.store = store
  }

  /// Runs all passes.
  static func folding(_ graph: Graph, _ store: ParameterStore) throws -> FoldedGraph {
    var folded = FoldedGraph(graph: graph, store: store)
    for pass in [foldPointwiseIntoConvolutions, foldPointwiseBehindSums, foldSumsIntoRunningSums, dropUnusedNodes] {
      folded = try pass(folded)
    }
    return folded
  }

  /// Whether somebody outside the graph reads the result of a node.
  static func isWanted(_ node: Int, in graph: Graph) -> Bool {
    graph.output.node == node || graph.features.node == node
  }

  /// Nodes that read the result of a node.
  static func readers(of node: Int, in graph: Graph) -> [Int] {
    graph.nodes.indices.filter { graph.nodes[$0].inputs.contains { $0.node == node } }
  }
}

/// Copies a graph node by node, with changes on the way, and takes along the parameters that are still used.
struct GraphRewriter {
  private let source: FoldedGraph
  private(set) var graph: Graph
  private var values: [Int: Graph.Value] = [:]
  private var added = Parameters()

  init(_ source: FoldedGraph) {
    self.source = source
    graph = Graph(name: source.graph.name, inputChannels: source.graph.inputChannels)
    values[-1] = graph.input
  }

  /// Where a value of the old graph stands in the new one.
  func value(_ old: Graph.Value) -> Graph.Value { values[old.node]! }

  /// Says that an old node's result is a value of the new graph.
  mutating func set(_ old: Int, _ new: Graph.Value) { values[old] = new }

  /// Takes over a node as it is.
  mutating func copy(_ old: Int) throws {
    let node = source.graph.nodes[old]
    values[old] = try graph.add(
      node.layer, as: node.name, to: node.inputs.map(value), scope: node.scope, groups: node.groups)
  }

  /// Adds a node with parameters of its own.
  mutating func add(
    _ layer: any Layer, as name: String, to inputs: [Graph.Value], parameters: [String: Tensor] = [:]
  ) throws -> Graph.Value {
    for (key, tensor) in parameters { added[name + "." + key] = tensor }
    return try graph.add(layer, as: name, to: inputs)
  }

  /// The new graph, which ends where the old one did.
  mutating func finish() -> FoldedGraph {
    graph.finish(features: value(source.graph.features), output: value(source.graph.output))
    let store = ParameterStore(graph.parameters)
    store.set(source.store.parameters)
    store.set(added)
    return FoldedGraph(graph: graph, store: store)
  }
}

/// Leaves out nodes that neither output nor features depend on.
func dropUnusedNodes(_ folded: FoldedGraph) throws -> FoldedGraph {
  let graph = folded.graph
  var isUsed = [Bool](repeating: false, count: graph.nodes.count)
  for node in graph.nodes.indices.reversed() {
    if FoldedGraph.isWanted(node, in: graph) { isUsed[node] = true }
    if isUsed[node] { for input in graph.nodes[node].inputs where input.node >= 0 { isUsed[input.node] = true } }
  }
  if isUsed.allSatisfy({ $0 }) { return folded }
  var rewriter = GraphRewriter(folded)
  for node in graph.nodes.indices where isUsed[node] { try rewriter.copy(node) }
  return rewriter.finish()
}
