import LayerGraph
import Testing

/// Which numbers dropout takes away, and that the mean stays.
@Suite struct DropoutTests {
  /// The factors that dropout puts on `channels` numbers at each of `steps` points of `batch` trajectories.
  ///
  /// - Parameter before: nodes in front of it in its graph.
  private func mask(
    rate: Float, channels: Int = 64, steps: Int = 5, batch: Int = 40, key: UInt64, before: Int = 0, workers: Int = 1
  ) throws -> [Float] {
    var graph = Graph(name: "dropout", inputChannels: channels)
    var value = graph.input
    for index in 0..<before { value = try graph.add(Sum(), as: "same\(index)", to: value) }
    value = try graph.add(Dropout(rate), as: "dropout", to: value)
    // The mean over time of an input that is not zero at one step only shows that step's mask.
    let output = try graph.add(GlobalAveragePooling(), as: "mean", to: value)
    graph.finish(features: output, output: output)
    let plan = try TrainingPlan(graph, steps: steps, batch: batch)
    let store = ParameterStore(graph.parameters), gradients = ParameterStore(graph.parameters)
    var factors = [Float](repeating: 0, count: batch * steps * channels)
    for step in 0..<steps {
      let input = (0..<batch * steps * channels).map { Float($0 / channels % steps == step ? steps : 0) }
      _ = plan.run(
        store, input: input, targets: [Float](repeating: 0, count: batch * channels), loss: .meanSquaredError,
        gradients: gradients, key: key, workers: Workers(count: workers))
      for (index, factor) in plan.lastOutput.enumerated() {
        factors[(index / channels * steps + step) * channels + index % channels] = factor
      }
    }
    return factors
  }

  @Test(arguments: [0.1, 0.25, 0.5, 0.9] as [Float]) func aShareBecomesZeroAndTheRestGrows(rate: Float) throws {
    let factors = try mask(rate: rate, key: 1)
    let zeros = factors.filter { $0 == 0 }.count
    #expect(factors.allSatisfy { $0 == 0 || abs($0 * (1 - rate) - 1) < 1e-5 })
    // Five standard deviations of a binomial count.
    let count = Float(factors.count), deviation = (count * rate * (1 - rate)).squareRoot()
    #expect(abs(Float(zeros) - count * rate) < 5 * deviation, "\(zeros) of \(factors.count)")
  }

  @Test func aRateOfZeroChangesNothing() throws {
    #expect(try mask(rate: 0, key: 1).allSatisfy { $0 == 1 })
  }

  @Test func theSameKeyGivesTheSameMask() throws {
    let first = try mask(rate: 0.5, key: 3)
    #expect(try mask(rate: 0.5, key: 3) == first)
    #expect(try mask(rate: 0.5, key: 3, workers: 3) == first)
    // A trajectory keeps its mask in a larger batch.
    #expect(Array(try mask(rate: 0.5, batch: 70, key: 3).prefix(first.count)) == first)
  }

  /// Two masks of independent draws agree in half of their places.
  private func expectIndependence(_ a: [Float], _ b: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    let equal = Float(zip(a, b).filter { $0 == $1 }.count), count = Float(a.count)
    #expect(abs(equal - count / 2) < 5 * count.squareRoot() / 2, "\(equal) of \(count)", sourceLocation: sourceLocation)
  }

  @Test func anotherKeyGivesAnotherMask() throws {
    let first = try mask(rate: 0.5, key: 3)
    for key: UInt64 in [0, 2, 4, 5, 1 << 32, .max] { expectIndependence(first, try mask(rate: 0.5, key: key)) }
  }

  /// Keys of steps that follow each other must not meet the numbers of nodes that follow each other.
  @Test func anotherNodeGivesAnotherMask() throws {
    let first = try mask(rate: 0.5, key: 10)
    for before in 1...3 {
      for key: UInt64 in 7...13 {
        expectIndependence(first, try mask(rate: 0.5, key: key, before: before))
      }
    }
  }

  @Test func trajectoriesStepsAndChannelsDiffer() throws {
    let channels = 64, steps = 5, batch = 40
    let factors = try mask(rate: 0.5, channels: channels, steps: steps, batch: batch, key: 4)
    let width = steps * channels
    for distance in [1, 7, 13, 20] {
      expectIndependence(Array(factors.dropLast(distance * width)), Array(factors.dropFirst(distance * width)))
    }
    for distance in [channels, 2 * channels, 1, 2, 17] {
      expectIndependence(Array(factors.dropLast(distance)), Array(factors.dropFirst(distance)))
    }
  }

  @Test(arguments: KernelTable.available) func gradientsPassWhereNumbersDo(table: KernelTable) throws {
    var random = Seeded(1)
    let x = random.floats(3 * 4 * 5, 0.5...1), dy = random.floats(3 * 4 * 5, 0.5...1)
    let probe = try LayerProbe(
      Dropout(0.4), inputs: [.sequence(steps: 4, channels: 5)], batch: 3, parameters: Parameters(), table: table,
      training: true)
    let y = probe.forward([x]), dx = probe.backward(dy).inputs[0]
    #expect(y.contains(0) && y.contains { $0 != 0 })
    #expect(excess(dx, y.indices.map { y[$0] / x[$0] * dy[$0] }, allowed: 1e-6) <= 1)
  }

  @Test(arguments: KernelTable.available) func inferenceIsTheIdentity(table: KernelTable) throws {
    var random = Seeded(2)
    let x = random.floats(60)
    let probe = try LayerProbe(
      Dropout(0.9), inputs: [.sequence(steps: 4, channels: 5)], batch: 3, parameters: Parameters(), table: table,
      training: false)
    #expect(probe.forward([x]) == x)
  }
}
