import LayerGraph
import Testing

/// Mistakes in graphs and parameters are errors that read as sentences.
@Suite struct GraphErrorTests {
  private func message(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> String? {
    #expect(throws: GraphError.self, sourceLocation: sourceLocation) { try body() }?.description
  }

  /// What the first misfit of a graph with one layer behind the input says.
  private func message(
    _ layer: any Layer, steps: Int = 5, sourceLocation: SourceLocation = #_sourceLocation
  ) -> String? {
    message(sourceLocation: sourceLocation) {
      var graph = Graph(name: "g", inputChannels: 2)
      try graph.add(layer, as: "node", to: graph.input)
      _ = try graph.shapes(steps: steps)
    }
  }

  @Test func shapesThatDoNotFit() {
    #expect(
      message(Conv1D(3, to: 4, kernelSize: 3))
        == "Conv1D 'node' expects an input of shape [1 or more steps, 3], but got [5 steps, 2].")
    #expect(
      message(Dense(3, to: 4)) == "Dense 'node' expects an input of shape [3] or [steps, 3], but got [5 steps, 2].")
    #expect(message(LSTM(3, hidden: 4)) == "LSTM 'node' expects an input of shape [steps, 3], but got [5 steps, 2].")
    #expect(message(GRU(3, hidden: 4)) == "GRU 'node' expects an input of shape [steps, 3], but got [5 steps, 2].")
    #expect(
      message(BatchNorm(3)) == "BatchNorm 'node' expects an input of shape [3] or [steps, 3], but got [5 steps, 2].")
    #expect(
      message(LayerNorm(3)) == "LayerNorm 'node' expects an input of shape [3] or [steps, 3], but got [5 steps, 2].")
    #expect(
      message(GatedConvolution(3, to: 4, kernelSize: 3, dilation: 1))
        == "GatedConvolution 'node' expects an input of shape [1 or more steps, 3], but got [5 steps, 2].")
  }

  @Test func trajectoriesThatAreTooShort() throws {
    let layer = Conv1D(2, to: 4, kernelSize: 3, dilation: 4, padding: .valid)
    #expect(
      message(layer, steps: 8) == "Conv1D 'node' expects an input of shape [9 or more steps, 2], but got [8 steps, 2].")
    var graph = Graph(name: "g", inputChannels: 2)
    try graph.add(layer, as: "node", to: graph.input)
    #expect(try graph.shapes(steps: 9) == [.sequence(steps: 1, channels: 4)])
    #expect(message { _ = try graph.shapes(steps: 0) } == "The number of steps must be 1 or more, but is 0.")
  }

  @Test func inputsThatAreTooManyOrTooFew() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    try graph.add(Dense(2, to: 2), as: "two", to: graph.input, graph.input)
    #expect(message { _ = try graph.shapes(steps: 3) } == "Dense 'two' expects one input, but got 2 inputs.")
    for layer in [Sum(), Concatenation()] as [any Layer] {
      var graph = Graph(name: "g", inputChannels: 2)
      try graph.add(layer, as: "none", to: [])
      #expect(
        message { _ = try graph.shapes(steps: 3) }
          == "\(type(of: layer)) 'none' expects one or more inputs, but got 0 inputs.")
    }
  }

  @Test func valuesThatCannotBeCombined() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let last = try graph.add(LastStep(), as: "last", to: graph.input)
    try graph.add(Sum(), as: "sum", to: graph.input, last)
    #expect(
      message { _ = try graph.shapes(steps: 3) }
        == "Sum 'sum' expects an input of shape [3 steps, 2], as of its first input, but got [2].")
    var other = Graph(name: "g", inputChannels: 2)
    let short = try other.add(Conv1D(2, to: 2, kernelSize: 2, padding: .valid), as: "short", to: other.input)
    try other.add(Concatenation(), as: "joined", to: other.input, short)
    #expect(
      message { _ = try other.shapes(steps: 3) }
        == "Concatenation 'joined' expects an input of shape the time axis of [3 steps, 2], its first input, but got "
        + "[2 steps, 2]."
    )
    var pooled = Graph(name: "g", inputChannels: 2)
    let vector = try pooled.add(GlobalAveragePooling(), as: "pool", to: pooled.input)
    try pooled.add(LastStep(), as: "again", to: vector)
    #expect(
      message { _ = try pooled.shapes(steps: 3) }
        == "LastStep 'again' expects an input of shape [steps, channels], but got [2].")
  }

  @Test func hyperParametersOutsideTheirRange() {
    #expect(message(Dropout(1)) == "The rate of Dropout 'node' must be 0 or more and below 1, but is 1.0.")
    #expect(message(Dropout(-0.5))?.hasSuffix("but is -0.5.") == true)
    #expect(message(Dropout(.nan))?.hasSuffix("but is nan.") == true)
    #expect(
      message(Conv1D(2, to: 2, kernelSize: 0))
        == "kernelSize and dilation of Conv1D 'node' must be 1 or more, but is 0 and 1.")
    #expect(
      message(GatedConvolution(2, to: 2, kernelSize: 9, dilation: 1))
        == "kernelSize of GatedConvolution 'node' must be 8 or less, but is 9.")
    #expect(
      message(BatchNorm(2, lengths: [10, 10]))
        == "lengths of BatchNorm 'node' must be positive and increasing, but is [10, 10].")
    #expect(message(BatchNorm(2, lengths: [0, 10])) != nil)
    #expect(
      message(LSTM(2, hidden: 3, layers: 0)) == "layers and hidden of LSTM 'node' must be 1 or more, but is 0 and 3.")
    #expect(message(GRU(2, hidden: 0)) == "hidden of GRU 'node' must be 1 or more, but is 0.")
    #expect(message(Dense(2, to: 0)) == "outputs of Dense 'node' must be 1 or more, but is 0.")
    #expect(message(Conv1D(2, to: 0, kernelSize: 1)) == "filters of Conv1D 'node' must be 1 or more, but is 0.")
    #expect(
      message(GatedConvolution(2, to: -1, kernelSize: 1, dilation: 1))
        == "filters of GatedConvolution 'node' must be 1 or more, but is -1.")
  }

  @Test func namesAreUnique() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    try graph.add(Dense(2, to: 2), as: "a", to: graph.input)
    #expect(
      message { try graph.add(Sum(), as: "a", to: graph.input) }
        == "The name 'a' can't be used in this graph: a node has it already.")
    #expect(graph.nodes.count == 1)
    #expect(graph.value(named: "a")?.node == 0 && graph.value(named: "b") == nil)
  }

  @Test func scopesBelongToOneKindOfLayer() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let a = try graph.add(Dense(2, to: 2), as: "a", to: graph.input, scope: "shared")
    #expect(
      message { try graph.add(Dense(2, to: 3), as: "b", to: a, scope: "shared") }
        == "The name 'shared' can't be used in this graph: the node 'a' has it for other parameters.")
    #expect(message { try graph.add(Conv1D(2, to: 2, kernelSize: 1), as: "b", to: a, scope: "shared") } != nil)
    // Names of parameters may meet without their scopes being the same.
    try graph.add(GatedConvolution(2, to: 2, kernelSize: 1, dilation: 1), as: "x", to: a)
    #expect(message { try graph.add(Dense(2, to: 2), as: "x.filter", to: a) } != nil)
    try graph.add(Dense(2, to: 2), as: "b", to: a, scope: "shared")
    #expect(graph.parameters.map(\.name).filter { $0.hasPrefix("shared") } == ["shared.weight", "shared.bias"])
  }

  @Test func inputsOfAnotherGraph() throws {
    var large = Graph(name: "large", inputChannels: 2), small = Graph(name: "small", inputChannels: 2)
    let a = try large.add(Sum(), as: "a", to: large.input)
    #expect(
      message { try small.add(Sum(), as: "b", to: a) }
        == "The name 'b' can't be used in this graph: one of its inputs is no value of this graph.")
  }

  @Test func graphsWithoutAnEnd() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let a = try graph.add(Dense(2, to: 2), as: "a", to: graph.input)
    let store = ParameterStore(graph.parameters)
    let text = "The output of 'g' must be the result of a node, as set by finish(features:output:), but is its input."
    #expect(message { _ = try InferencePlan(graph, parameters: store, steps: 3) } == text)
    #expect(message { _ = try TrainingPlan(graph, steps: 3, batch: 2) } == text)
    graph.finish(features: graph.input, output: a)
    #expect(
      message { _ = try InferencePlan(graph, parameters: store, steps: 3) }?.hasPrefix("The features of 'g'") == true)
    graph.finish(features: a, output: a)
    #expect(
      message { _ = try TrainingPlan(graph, steps: 3, batch: 2) }
        == "The loss of 'g' expects an input of shape [channels], but got [3 steps, 2].")
    #expect(try InferencePlan(graph, parameters: store, steps: 3).outputCount == 6)
    #expect(message { _ = try TrainingPlan(graph, steps: 3, batch: 0) } == "The batch must be 1 or more, but is 0.")
  }

  @Test func allParametersThatDoNotFit() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let a = try graph.add(Dense(2, to: 3), as: "a", to: graph.input)
    try graph.add(Dense(3, to: 2), as: "b", to: a)
    var parameters = Parameters(initialising: graph.parameters, seed: 1)
    #expect(parameters.mismatches(with: graph.parameters).isEmpty)
    parameters["a.weight"] = Tensor(shape: [2, 3], repeating: 0)
    parameters["a.bias"] = nil
    parameters["b.weight"]!.values[1] = .nan
    parameters["b.weight"]!.values[4] = .infinity
    parameters["c"] = Tensor(shape: [], values: [1])
    #expect(
      message { _ = try ParameterStore(graph, parameters) }
        == "4 parameters do not fit the graph 'g': 'a.weight' has shape [2, 3], expected [3, 2]; 'a.bias' is missing; "
        + "'b.weight' holds 2 non-finite of 6 numbers; 'c' is not expected.")
    var one = Parameters(initialising: graph.parameters, seed: 1)
    one["a.bias"] = nil
    #expect(
      message { _ = try ParameterStore(graph, one) } == "1 parameter does not fit the graph 'g': 'a.bias' is missing.")
  }

  @Test func instructionSetsThatAreNotThere() {
    let names = KernelTable.available.map(\.name).joined(separator: ", ")
    #expect(
      message { _ = try KernelTable.named("sse9") }
        == "ZOO_ISA names 'sse9', but this machine runs \(names). Unset it or name one of these.")
  }
}
