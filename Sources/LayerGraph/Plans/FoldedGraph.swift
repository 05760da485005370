/// A graph after passes that leave its results as they are and make its arithmetic smaller.
///
/// A pass is a function from one of these to another. Folded layers have parameters under names of their own, derived
/// from those of the original graph; gradients go the same way back.
struct FoldedGraph: Sendable {
  let graph: Graph
  let derivations: [any Derivation]

  /// Runs all passes.
  static func folding(_ graph: Graph) throws -> FoldedGraph {
    var folded = FoldedGraph(graph: graph, derivations: [])
    let passes = [
      foldPointwiseIntoConvolutions, foldPointwiseBehindSums, foldSumsIntoRunningSums, dropUnusedNodes,
    ]
    for pass in passes { folded = try pass(folded) }
    return folded
  }

  /// A store for the folded graph's parameters, with the numbers that belong to those of the original one.
  func store(from source: ParameterStore) -> ParameterStore {
    let store = ParameterStore(graph.parameters)
    derive(from: source, into: store)
    return store
  }

  /// Fills the folded graph's parameters anew.
  func derive(from source: ParameterStore, into target: ParameterStore) {
    target.copyShared(from: source)
    for derivation in derivations { derivation.derive(from: source, into: target) }
  }

  /// Turns gradients of the folded graph's parameters into those of the original ones, which are overwritten.
  /// - Parameter source: the original parameters.
  func pullBack(_ gradients: ParameterStore, at source: ParameterStore, into target: ParameterStore) {
    target.trained.clear()
    target.copyShared(from: gradients)
    for derivation in derivations { derivation.pullBack(gradients, at: source, into: target) }
  }

  /// Whether somebody outside the graph reads the result of a node.
  static func isWanted(_ node: Int, in graph: Graph) -> Bool {
    graph.output.node == node || graph.features.node == node
  }
}

/// How parameters of a folded layer come from those of the original graph.
protocol Derivation: Sendable {
  /// The derived parameters.
  var targets: [String] { get }
  func derive(from source: ParameterStore, into target: ParameterStore)
  /// Adds to the gradients of the original parameters what those of the derived ones say.
  func pullBack(_ gradients: ParameterStore, at source: ParameterStore, into target: ParameterStore)
}

/// A parameter that is another one times a number.
struct ScaledCopy: Derivation {
  let source: String
  let target: String
  let count: Int
  var factor: Float = 1
  var targets: [String] { [target] }

  func derive(from store: ParameterStore, into derived: ParameterStore) {
    let from = store.pointer(source), to = derived.mutablePointer(target)
    for index in 0..<count { to[index] = factor * from[index] }
  }

  func pullBack(_ gradients: ParameterStore, at store: ParameterStore, into sums: ParameterStore) {
    let from = gradients.pointer(target), to = sums.mutablePointer(source)
    for index in 0..<count { to[index] += factor * from[index] }
  }
}

/// Copies a graph node by node, with changes on the way.
struct GraphRewriter {
  private let source: FoldedGraph
  private(set) var graph: Graph
  private var values: [Int: Graph.Value] = [:]
  private var derivations: [any Derivation]

  init(_ source: FoldedGraph) {
    self.source = source
    graph = Graph(name: source.graph.name, inputChannels: source.graph.inputChannels)
    values[-1] = graph.input
    derivations = source.derivations
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

  /// Adds a node, whose parameters these derivations make.
  mutating func add(
    _ layer: any Layer, as name: String, to inputs: [Graph.Value], derivations added: [any Derivation] = []
  ) throws -> Graph.Value {
    derivations += added
    return try graph.add(layer, as: name, to: inputs)
  }

  /// The new graph, which ends where the old one did.
  mutating func finish() -> FoldedGraph {
    graph.finish(features: value(source.graph.features), output: value(source.graph.output))
    let names = Set(graph.parameters.map(\.name))
    return FoldedGraph(graph: graph, derivations: derivations.filter { $0.targets.allSatisfy(names.contains) })
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
