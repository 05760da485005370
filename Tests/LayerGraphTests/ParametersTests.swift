import LayerGraph
import Testing

/// Named numbers: order, initial values, completion.
@Suite struct ParametersTests {
  static let specs = [
    ParameterSpec("b", [2, 3], initial: .uniform(bound: 0.5)), ParameterSpec("a", [4], initial: .constant(2)),
    ParameterSpec("lstm", [8, 5], initial: .uniformWithOffset(bound: 0.1, rows: 2..<4, value: 1)),
    ParameterSpec("values", [2], initial: .values([7, 8])),
    ParameterSpec("more", [3, 4], role: .statistic, initial: .constant(0), fallback: "a"),
  ]

  @Test func theOrderIsThatOfDeclaration() {
    var parameters = Parameters()
    #expect(parameters.names.isEmpty && parameters.count == 0)
    for name in ["z", "a", "m"] { parameters[name] = Tensor(shape: [2], repeating: 1) }
    parameters["a"] = Tensor(shape: [], values: [3])
    #expect(parameters.names == ["z", "a", "m"] && parameters.count == 5)
    parameters["z"] = nil
    parameters["nothing"] = nil
    #expect(parameters.names == ["a", "m"] && parameters["z"] == nil)
  }

  @Test func initialValues() {
    let parameters = Parameters(initialising: Self.specs, seed: 4)
    #expect(parameters.names == Self.specs.map(\.name))
    #expect(parameters["b"]!.values.allSatisfy { abs($0) <= 0.5 } && Set(parameters["b"]!.values).count == 6)
    #expect(parameters["a"]!.values == [2, 2, 2, 2])
    #expect(parameters["values"]!.values == [7, 8])
    for (index, value) in parameters["lstm"]!.values.enumerated() {
      #expect(abs(value - ((10..<20).contains(index) ? 1 : 0)) <= 0.1)
    }
  }

  @Test func aSeedGivesItsNumbers() {
    let first = Parameters(initialising: Self.specs, seed: 4)
    #expect(Parameters(initialising: Self.specs, seed: 4) == first)
    #expect(Parameters(initialising: Self.specs, seed: 5)["b"] != first["b"])
    // Parameters of the same shape differ from each other.
    let twins = [
      ParameterSpec("a", [50], initial: .uniform(bound: 1)), ParameterSpec("b", [50], initial: .uniform(bound: 1)),
    ]
    let drawn = Parameters(initialising: twins, seed: 1)
    #expect(Set(drawn["a"]!.values).isDisjoint(with: drawn["b"]!.values))
    let many = Parameters(initialising: [ParameterSpec("x", [10_000], initial: .uniform(bound: 1))], seed: 9)["x"]!
      .values
    #expect(abs(many.reduce(0, +) / 10_000) < 0.03 && many.max()! > 0.99 && many.min()! < -0.99)
  }

  @Test func missingOnesAreFilledFromTheirFallback() {
    var parameters = Parameters(initialising: Self.specs, seed: 4)
    parameters["more"] = nil
    parameters["a"]!.values = [1, 2, 3, 4]
    #expect(parameters.mismatches(with: Self.specs).isEmpty)
    let completed = parameters.completed(for: Self.specs)
    #expect(completed.names == Self.specs.map(\.name))
    #expect(completed["more"] == Tensor(shape: [3, 4], values: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]))
    parameters["a"] = nil
    #expect(parameters.mismatches(with: Self.specs) == ["'a' is missing", "'more' is missing"])
  }

  @Test func countsOfTrainedNumbers() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let a = try graph.add(Conv1D(2, to: 3, kernelSize: 5), as: "a", to: graph.input)
    let b = try graph.add(BatchNorm(3, lengths: [1, 2]), as: "b", to: a)
    try graph.add(Conv1D(2, to: 3, kernelSize: 5), as: "again", to: graph.input, scope: "a")
    try graph.add(
      GatedConvolution(3, to: 3, kernelSize: 1, dilation: 1), as: "gate", to: b,
      groups: ["filter": "left", "gate": "right.deep"])
    #expect(graph.trainedParameterCount == 33 + 6 + 24)
    #expect(
      graph.parameters.map(\.name) == [
        "a.weight", "a.bias", "b.weight", "b.bias", "b.running_mean", "b.running_var", "b.num_batches_tracked",
        "b.mean_by_length", "b.var_by_length", "left.weight", "left.bias", "right.deep.weight", "right.deep.bias",
      ])
    #expect(graph.parameters.last { $0.name == "b.mean_by_length" }?.fallback == "b.running_mean")
  }
}
