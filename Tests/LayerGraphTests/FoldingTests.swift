import Testing

@testable import LayerGraph

/// Passes over graphs change the arithmetic, not the result.
@Suite struct FoldingTests {
  /// A stack as WADNet's: gated layers, one shared 1x1 convolution, a sum of all; `wantsInner` asks for a value inside.
  private func stack(padding: Padding = .same, kernelSize: Int = 3, wantsInner: Bool = false) throws -> Graph {
    var graph = Graph(name: "stack", inputChannels: 2)
    let stem = try graph.add(Conv1D(2, to: 6, kernelSize: 3), as: "stem", to: graph.input)
    var x = stem, skips = [stem]
    for k in 0..<4 {
      let gated = GatedConvolution(6, to: 6, kernelSize: kernelSize, dilation: 1 << k, padding: padding)
      let z = try graph.add(gated, as: "gated.\(k)", to: x)
      x = try graph.add(Conv1D(6, to: 6, kernelSize: 1), as: "pointwise.\(k)", to: z, scope: "shared")
      skips.append(x)
    }
    let sum = try graph.add(Sum(), as: "sum", to: skips)
    let last = try graph.add(LastStep(), as: "last", to: sum)
    let output = try graph.add(Dense(6, to: 3), as: "fc", to: last)
    graph.finish(features: wantsInner ? skips[2] : last, output: output)
    return graph
  }

  private func outputs(_ graph: Graph, steps: Int, isFolded: Bool) throws -> (output: [Float], features: [Float]) {
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 4))
    let plan = try InferencePlan(graph, parameters: store, steps: steps, isFolded: isFolded)
    var random = SplitMix64(seed: 9)
    let input = (0..<7 * steps * graph.inputChannels).map { _ in 2 * random.nextUnit() - 1 }
    return plan.run(count: 7, input: input)
  }

  private func expectEqual(_ graph: Graph, steps: Int) throws {
    let plain = try outputs(graph, steps: steps, isFolded: false)
    let folded = try outputs(graph, steps: steps, isFolded: true)
    for (a, b) in [(plain.output, folded.output), (plain.features, folded.features)] {
      let scale = a.reduce(1e-3) { max($0, abs($1)) }
      #expect(a.count == b.count)
      for (x, y) in zip(a, b) { #expect(abs(x - y) <= 3e-6 * scale, "\(steps) steps: \(x) and \(y)") }
    }
  }

  /// Every length from 1 on: most taps lie outside short trajectories, and so must their biases.
  @Test(arguments: [Padding.same, .causal]) func everyLengthKeepsItsResult(padding: Padding) throws {
    let graph = try stack(padding: padding)
    for steps in Array(1...40) + [64, 131] { try expectEqual(graph, steps: steps) }
    for kernelSize in [1, 2, 5] { try expectEqual(stack(padding: padding, kernelSize: kernelSize), steps: 13) }
  }

  @Test func valuesThatAreWantedStay() throws { try expectEqual(stack(wantsInner: true), steps: 21) }

  @Test func theStackLosesItsPointwiseConvolutions() throws {
    let graph = try stack()
    let folded = try FoldedGraph.folding(graph).graph
    #expect(folded.nodes.count { ($0.layer as? Conv1D)?.kernelSize == 1 } == 1)
    #expect(folded.nodes.allSatisfy { !($0.layer is Sum) || $0.inputs.count == 2 })
    #expect(try folded.multiplyAdds(steps: 50) < graph.multiplyAdds(steps: 50))
  }

  /// A convolution that others read as well, one that widens, and a sum of one value twice.
  @Test func whatCannotBeFoldedIsLeft() throws {
    var graph = Graph(name: "odd", inputChannels: 5)
    let narrow = try graph.add(Conv1D(5, to: 3, kernelSize: 1), as: "narrow", to: graph.input)
    let gated = try graph.add(GatedConvolution(3, to: 3, kernelSize: 3, dilation: 2), as: "gated", to: narrow)
    let point = try graph.add(Conv1D(3, to: 3, kernelSize: 1, hasBias: false), as: "point", to: gated)
    let activated = try graph.add(Activation(.tanh), as: "tanh", to: point)
    let twice = try graph.add(Sum(), as: "twice", to: point, point, activated)
    let next = try graph.add(GatedConvolution(3, to: 3, kernelSize: 2, dilation: 1), as: "next", to: point)
    let sum = try graph.add(Sum(), as: "sum", to: twice, next)
    let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: sum)
    graph.finish(features: pooled, output: pooled)
    for steps in [1, 2, 9] { try expectEqual(graph, steps: steps) }
  }

  /// Gradients of the folded stack, pulled back, are those of the stack.
  @Test(arguments: [1, 2, 5, 23]) func gradientsComeBack(steps: Int) throws {
    let graph = try stack()
    let parameters = Parameters(initialising: graph.parameters, seed: 4)
    var random = SplitMix64(seed: 9)
    let input = (0..<14 * steps * 2).map { _ in 2 * random.nextUnit() - 1 }
    let targets = (0..<14 * 3).map { _ in random.nextUnit() }
    func gradients(isFolded: Bool) throws -> Parameters {
      let store = try ParameterStore(graph, parameters), gradients = store.copy()
      _ = try TrainingPlan(graph, steps: steps, batch: 14, isFolded: isFolded).run(
        store, input: input, targets: targets, loss: .meanSquaredError, gradients: gradients, key: 1,
        workers: Workers(count: 2))
      return gradients.parameters
    }
    let plain = try gradients(isFolded: false), folded = try gradients(isFolded: true)
    for name in plain.names {
      let scale = plain[name]!.values.reduce(1e-4) { max($0, abs($1)) }
      for (a, b) in zip(plain[name]!.values, folded[name]!.values) {
        #expect(abs(a - b) <= 1e-5 * scale, "\(name): \(a) and \(b)")
      }
    }
  }

  /// Plans for other lengths use the folded weights of the first.
  @Test func sharedPlansAreFoldedAlike() throws {
    let graph = try stack()
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 4))
    let first = try InferencePlan(graph, parameters: store, steps: 30)
    for steps in [1, 3, 17, 50] {
      let input = (0..<5 * steps * 2).map { Float($0 % 13) / 6 - 1 }
      let shared = try InferencePlan(graph, parameters: store, steps: steps, sharing: first).run(count: 5, input: input)
      let own = try InferencePlan(graph, parameters: store, steps: steps).run(count: 5, input: input)
      #expect(shared.output == own.output)
    }
  }
}
