import LayerGraph

/// A small network of one kind, smooth in its parameters, with all that is needed to run it.
struct SampleGraph: CustomStringConvertible, Sendable {
  let name: String
  let steps: Int
  let loss: Loss
  let graph: Graph

  var description: String { name }

  /// Whether results of training and of inference are the same function.
  let isTheSameInTraining: Bool

  init(
    _ name: String, steps: Int = 6, loss: Loss = .meanSquaredError, isTheSameInTraining: Bool = true,
    features: String? = nil, _ build: (inout Graph) throws -> Graph.Value
  ) rethrows {
    self.name = name
    self.steps = steps
    self.loss = loss
    self.isTheSameInTraining = isTheSameInTraining
    var graph = Graph(name: name, inputChannels: 2)
    let output = try build(&graph)
    let named = features.flatMap { graph.value(named: $0) }
    graph.finish(features: named ?? graph.nodes[output.node].inputs[0], output: output)
    self.graph = graph
  }

  /// Parameters that are nowhere at a special value.
  func parameters(seed: UInt64 = 1) -> Parameters {
    var random = Seeded(Int(seed))
    var parameters = Parameters(initialising: graph.parameters, seed: seed)
    for spec in graph.parameters where spec.role == .trained {
      for index in 0..<spec.count { parameters[spec.name]!.values[index] += random.float(-0.1...0.1) }
    }
    for name in parameters.names where name.contains("running_") || name.contains("by_length") {
      for index in parameters[name]!.values.indices { parameters[name]!.values[index] = random.float(0.5...1.5) }
    }
    return parameters
  }

  func store(seed: UInt64 = 1) throws -> ParameterStore { try ParameterStore(graph, parameters(seed: seed)) }

  func input(batch: Int, steps: Int? = nil, seed: Int = 1) -> [Float] {
    var random = Seeded(seed)
    return random.floats(batch * (steps ?? self.steps) * 2)
  }

  func targets(batch: Int, outputs: Int, seed: Int = 2) -> [Float] {
    var random = Seeded(seed)
    if loss.isClassification { return (0..<batch).map { _ in Float(random.int(0...outputs - 1)) } }
    return random.floats(batch * outputs)
  }
}
