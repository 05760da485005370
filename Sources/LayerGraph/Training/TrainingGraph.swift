/// A graph made ready for training plans of any length and batch: what does not depend on them is done once.
///
/// Passes have made its arithmetic smaller; the folded graph's parameters and gradients lie here. One plan at a time
/// may use it.
public final class TrainingGraph {
  let folded: FoldedGraph
  /// Answers of a trajectory that the loss is the mean of.
  let answers: Int
  /// The folded graph's numbers; nil where nothing was folded.
  private let stores: (parameters: ParameterStore, gradients: ParameterStore)?

  /// - Parameters:
  ///   - graph: a finished one.
  ///   - answers: equal parts of a trajectory after each of which there is an answer, where the answer is read from the
  ///     last point in time. With several, recurrent layers are told early on what their state is for.
  ///   - isFolded: whether passes may make the arithmetic smaller; results are the same but for rounding.
  /// - Throws: `GraphError` where a folded graph is not one, or no point in time is read alone.
  public init(_ graph: Graph, answers: Int = 1, isFolded: Bool = true) throws {
    self.answers = answers
    let graph = answers == 1 ? graph : try Self.answering(graph, after: answers)
    folded = isFolded ? try FoldedGraph.folding(graph) : FoldedGraph(graph: graph, derivations: [])
    let specs = folded.graph.parameters
    stores = folded.derivations.isEmpty ? nil : (ParameterStore(specs), ParameterStore(specs))
  }

  private static func answering(_ graph: Graph, after parts: Int) throws -> Graph {
    guard graph.nodes.contains(where: { $0.layer is LastStep }) else {
      throw GraphError.value(
        name: "The number of answers on the way through a trajectory",
        expected: "1 for '\(graph.name)', which does not answer from its last point in time", found: "\(parts)")
    }
    return graph.replacingLayers { $0 is LastStep ? EvenSteps(parts) : $0 }
  }

  /// The numbers that a plan runs with, filled from those of the graph.
  func derive(from original: ParameterStore) -> ParameterStore {
    guard let stores else { return original }
    folded.derive(from: original, into: stores.parameters)
    return stores.parameters
  }

  /// The numbers that a plan runs with, filled from those of the graph, and where their gradients go.
  func derive(
    from original: (parameters: ParameterStore, gradients: ParameterStore)
  ) -> (parameters: ParameterStore, gradients: ParameterStore) {
    (derive(from: original.parameters), stores?.gradients ?? original.gradients)
  }

  /// Brings a run's gradients and moved statistics back to the graph.
  func pullBack(into original: (parameters: ParameterStore, gradients: ParameterStore)) {
    guard let stores else { return }
    folded.pullBack(stores.gradients, at: original.parameters, into: original.gradients)
    returnStatistics(into: original.parameters)
  }

  /// Brings statistics of a run back to the graph.
  func returnStatistics(into original: ParameterStore) {
    if let stores { original.copySharedStatistics(from: stores.parameters) }
  }
}
