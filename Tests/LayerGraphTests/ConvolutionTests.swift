import LayerGraph
import Testing

/// Convolutions against their definition, and their gradients against the forward run they belong to.
@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomStringConvertible {
    let inputs: Int
    let filters: Int
    let kernelSize: Int
    let dilation: Int
    let padding: Padding
    let steps: Int
    let batch: Int
    var description: String {
      "\(inputs) to \(filters), kernel \(kernelSize), dilation \(dilation), \(padding), \(steps) steps of \(batch)"
    }
  }

  /// Sizes around tiles, dilations beyond the trajectory and more taps than a product takes.
  static let cases: [Case] = {
    var random = Seeded(1)
    return (0..<60).compactMap { _ in
      let padding = random.pick([Padding.same, .causal, .valid])
      let kernelSize = random.pick([1, 2, 3, 4, 8, 9, 16, 17]), dilation = random.pick([1, 2, 3, 5, 16, 40])
      var steps = random.pick([1, 2, 7, 10, 25])
      if padding == .valid { steps += dilation * (kernelSize - 1) }
      guard steps < 200 else { return nil }
      return Case(
        inputs: random.pick([1, 2, 5, 17]), filters: random.pick([1, 3, 16, 17, 33]), kernelSize: kernelSize,
        dilation: dilation, padding: padding, steps: steps, batch: random.pick([1, 2, 5]))
    }
  }()

  private func definition(_ x: [Float], _ test: Case, _ parameters: Parameters) -> [Float] {
    let weight = parameters["weight"]!.values, bias = parameters["bias"]?.values
    let reach = test.dilation * (test.kernelSize - 1)
    let left = test.padding == .same ? reach / 2 : test.padding == .causal ? reach : 0
    let steps = test.padding == .valid ? test.steps - reach : test.steps
    var result: [Float] = []
    for trajectory in 0..<test.batch {
      for step in 0..<steps {
        for filter in 0..<test.filters {
          var sum = Double(bias?[filter] ?? 0)
          for tap in 0..<test.kernelSize {
            let source = step - left + tap * test.dilation
            guard source >= 0, source < test.steps else { continue }
            for input in 0..<test.inputs {
              sum +=
                Double(weight[(filter * test.inputs + input) * test.kernelSize + tap])
                * Double(x[(trajectory * test.steps + source) * test.inputs + input])
            }
          }
          result.append(Float(sum))
        }
      }
    }
    return result
  }

  @Test(arguments: KernelTable.available) func resultsFollowTheDefinition(table: KernelTable) throws {
    for (index, test) in Self.cases.enumerated() {
      let layer = Conv1D(
        test.inputs, to: test.filters, kernelSize: test.kernelSize, dilation: test.dilation, padding: test.padding,
        hasBias: index % 2 == 0)
      let parameters = Parameters(initialising: layer.parameters, seed: UInt64(index))
      let probe = try LayerProbe(
        layer, inputs: [.sequence(steps: test.steps, channels: test.inputs)], batch: test.batch,
        parameters: parameters, table: table, training: false)
      var random = Seeded(index)
      let x = random.floats(test.batch * test.steps * test.inputs)
      #expect(excess(probe.forward([x]), definition(x, test, parameters), allowed: 3e-6) <= 1, "\(test)")
    }
  }

  /// The sum of dy times y is linear in the input and in the weights, so gradients give it back.
  @Test(arguments: KernelTable.available) func gradientsBelongToTheForwardRun(table: KernelTable) throws {
    for (index, test) in Self.cases.enumerated() {
      let layer = Conv1D(
        test.inputs, to: test.filters, kernelSize: test.kernelSize, dilation: test.dilation, padding: test.padding)
      var parameters = Parameters(initialising: layer.parameters, seed: UInt64(index))
      var random = Seeded(index)
      let x = random.floats(test.batch * test.steps * test.inputs)
      func probe() throws -> LayerProbe {
        try LayerProbe(
          layer, inputs: [.sequence(steps: test.steps, channels: test.inputs)], batch: test.batch,
          parameters: parameters, table: table, training: true)
      }
      let bias = parameters["bias"]!.values
      parameters["bias"] = Tensor(shape: [test.filters], repeating: 0)
      let first = try probe()
      let y = first.forward([x])
      let dy = random.floats(y.count)
      let gradients = first.backward(dy)
      func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
      let total = dot(dy, y), allowed = 1e-5 * (1 + Double(y.count).squareRoot())
      #expect(abs(dot(gradients.inputs[0], x) - total) < allowed, "input of \(test)")
      #expect(
        abs(dot(gradients.parameters["weight"]!.values, parameters["weight"]!.values) - total) < allowed,
        "weight of \(test)")
      parameters["bias"] = Tensor(shape: [test.filters], values: bias)
      let shifted = try probe().forward([x])
      #expect(
        abs(dot(gradients.parameters["bias"]!.values, bias) + total - dot(dy, shifted)) < allowed, "bias of \(test)")
    }
  }

  @Test(arguments: KernelTable.available) func gatesAreTwoConvolutions(table: KernelTable) throws {
    for test in Self.cases where test.kernelSize <= 8 {
      let layer = GatedConvolution(
        test.inputs, to: test.filters, kernelSize: test.kernelSize, dilation: test.dilation, padding: test.padding)
      let parameters = Parameters(initialising: layer.parameters, seed: 3)
      let probe = try LayerProbe(
        layer, inputs: [.sequence(steps: test.steps, channels: test.inputs)], batch: test.batch,
        parameters: parameters, table: table, training: false)
      var random = Seeded(test.filters)
      let x = random.floats(test.batch * test.steps * test.inputs)
      func part(_ name: String, _ function: Activation.Function) throws -> [Float] {
        var own = Parameters()
        own["weight"] = parameters[name + ".weight"]
        own["bias"] = parameters[name + ".bias"]
        let pre = definition(x, test, own)
        let probe = try LayerProbe(
          Activation(function), inputs: [.vector(channels: pre.count)], batch: 1, parameters: Parameters(),
          table: .reference, training: false)
        return probe.forward([pre])
      }
      let expected = zip(try part("filter", .tanh), try part("gate", .sigmoid)).map { $0 * $1 }
      #expect(excess(probe.forward([x]), expected, allowed: 3e-6) <= 1, "\(test)")
    }
  }

  @Test func paddingKeepsLengthsAndCausality() throws {
    let x = (0..<8).map { Float($0 == 3 ? 1 : 0) }
    func response(_ padding: Padding, kernelSize: Int = 3, dilation: Int = 2) throws -> [Int] {
      let layer = Conv1D(1, to: 1, kernelSize: kernelSize, dilation: dilation, padding: padding, hasBias: false)
      var parameters = Parameters()
      parameters["weight"] = Tensor(shape: [1, 1, kernelSize], repeating: 1)
      let probe = try LayerProbe(
        layer, inputs: [.sequence(steps: 8, channels: 1)], batch: 1, parameters: parameters, table: .chosen(),
        training: false)
      return probe.forward([x]).map(Int.init)
    }
    #expect(try response(.same) == [0, 1, 0, 1, 0, 1, 0, 0])
    #expect(try response(.causal) == [0, 0, 0, 1, 0, 1, 0, 1])
    #expect(try response(.valid) == [0, 1, 0, 1])
    // An odd number of zeros: one more behind, so that a step sees itself and the next.
    #expect(try response(.same, kernelSize: 2, dilation: 1) == [0, 0, 1, 1, 0, 0, 0, 0])
  }
}
