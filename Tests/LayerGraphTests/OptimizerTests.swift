import Foundation
import LayerGraph
import Testing

/// Updates of whole stores, clipping, averages and learning rates.
@Suite struct OptimizerTests {
  /// More numbers than one piece of work, statistics beside them.
  static let graph: Graph = {
    var graph = Graph(name: "g", inputChannels: 150)
    do {
      let a = try graph.add(Dense(150, to: 150), as: "a", to: graph.input)
      let n = try graph.add(BatchNorm(150), as: "n", to: a)
      graph.finish(features: n, output: n)
    } catch {
      preconditionFailure("\(error)")
    }
    return graph
  }()

  private func store(seed: UInt64) throws -> ParameterStore {
    try ParameterStore(Self.graph, Parameters(initialising: Self.graph.parameters, seed: seed))
  }

  private func values(_ store: ParameterStore) -> [Float] {
    Array(UnsafeBufferPointer(start: store.trained.pointer, count: store.trained.count))
  }

  /// Three steps with the same gradients.
  private func run(_ optimizer: Optimizer, workers: Int = 1, scale: Float = 1) throws -> (
    ParameterStore, OptimizerState
  ) {
    let parameters = try store(seed: 1), gradients = try store(seed: 2)
    let state = OptimizerState(for: parameters)
    for _ in 0..<3 {
      optimizer.update(
        parameters, gradients: gradients, gradientScale: scale, rate: 0.1, state: state, table: try .chosen(),
        workers: Workers(count: workers))
    }
    return (parameters, state)
  }

  static let optimizers: [Optimizer] = [
    .sgd(momentum: 0, weightDecay: 0), .sgd(momentum: 0.9, weightDecay: 0.01), .adam,
    .adamW(beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1),
  ]

  @Test(arguments: optimizers) func threadsDoNotChangeAnUpdate(optimizer: Optimizer) throws {
    let (one, state) = try run(optimizer), (three, _) = try run(optimizer, workers: 3)
    #expect(one.parameters == three.parameters)
    #expect(state.steps == 3)
    #expect(values(one) != values(try store(seed: 1)))
    // Statistics are none of an optimiser's business.
    #expect(one.parameters["n.running_var"] == (try store(seed: 1)).parameters["n.running_var"])
  }

  @Test(arguments: optimizers) func updatesFollowTheirFormula(optimizer: Optimizer) throws {
    let (found, _) = try run(optimizer, scale: 0.5)
    let start = values(try store(seed: 1)).map(Double.init), slopes = values(try store(seed: 2)).map { Double($0) / 2 }
    let result = values(found)
    for index in [0, 1, 1 << 14, (1 << 14) - 1, start.count - 1] {
      var w = start[index], first = 0.0, second = 0.0
      let g = slopes[index]
      for step in 1...3 {
        switch optimizer {
        case .sgd(let momentum, let decay):
          first = momentum * first + g
          w = w * (1 - 0.1 * decay) - 0.1 * first
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon, _):
          if case .adamW(_, _, _, let decay) = optimizer { w *= 1 - 0.1 * decay }
          first = beta1 * first + (1 - beta1) * g
          second = beta2 * second + (1 - beta2) * g * g
          let mean = first / (1 - pow(beta1, Double(step))), variance = second / (1 - pow(beta2, Double(step)))
          w -= 0.1 * mean / (variance.squareRoot() + epsilon)
        }
      }
      #expect(abs(Double(result[index]) - w) < 1e-5, "number \(index)")
    }
  }

  @Test func clippingKeepsTheDirection() throws {
    let gradients = try store(seed: 3), table = try KernelTable.chosen()
    let norm = values(gradients).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    let (scale, found) = GradientClipping.scale(gradients, maximum: 0.5, table: table)
    #expect(abs(found / norm - 1) < 1e-6)
    #expect(abs(Double(scale) * norm - 0.5) < 1e-5)
    #expect(GradientClipping.scale(gradients, maximum: 2 * norm, table: table).0 == 1)
    gradients.trained.clear()
    let zero = GradientClipping.scale(gradients, maximum: 1, table: table)
    #expect(zero.0 == 1 && zero.norm == 0)
  }

  @Test func averagesCoverStatisticsToo() throws {
    let average = try store(seed: 1), parameters = try store(seed: 2)
    var changed = parameters.parameters
    changed["n.running_mean"]!.values[3] = 8
    parameters.set(changed)
    let before = average.parameters
    WeightAverage.update(average, from: parameters, decay: 0.75, table: try .chosen())
    for name in before.names {
      let expected = zip(before[name]!.values, changed[name]!.values).map { 0.75 * $0 + 0.25 * $1 }
      #expect(excess(average.parameters[name]!.values, expected, allowed: 1e-6) <= 1, "\(name)")
    }
    #expect(average.parameters["n.running_mean"]!.values[3] == 2)
  }

  @Test func storesCopyAndAssign() throws {
    let first = try store(seed: 1), copy = first.copy()
    #expect(copy.parameters == first.parameters)
    copy.trained.pointer[0] += 1
    #expect(copy.parameters != first.parameters)
    first.assign(from: copy)
    #expect(copy.parameters == first.parameters)
    var foreign = Parameters()
    foreign["not.here"] = Tensor(shape: [1], values: [1])
    first.set(foreign)
    #expect(copy.parameters == first.parameters)
  }

  @Test func cosineSchedule() {
    let schedule = CosineSchedule(peak: 2, floor: 0.1, warmUp: 0.2)
    #expect(schedule.rate(at: 0) == 2 * 1e-3)
    #expect(abs(schedule.rate(at: 0.1) - 1) < 1e-12)
    #expect(abs(schedule.rate(at: 0.2) - 2) < 1e-12)
    #expect(abs(schedule.rate(at: 0.6) - 2 * 0.55) < 1e-12)
    #expect(abs(schedule.rate(at: 1) - 0.2) < 1e-12)
    #expect(schedule.rate(at: 7) == schedule.rate(at: 1) && schedule.rate(at: -1) == schedule.rate(at: 0))
    let rates = (20...100).map { schedule.rate(at: Double($0) / 100) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    #expect(CosineSchedule(peak: 1, warmUp: 0).rate(at: 0) == 1)
    #expect(CosineSchedule(peak: 1, warmUp: 1).rate(at: 1) == 1)
    #expect(CosineSchedule(peak: 1, warmUp: 1).rate(at: 0.5) == 0.5)
  }

  @Test func trapezoidSchedule() {
    let schedule = TrapezoidSchedule(peak: 2, floor: 0.1, warmUp: 0.2, coolDown: 0.4)
    #expect(schedule.rate(at: 0) == 2 * 1e-3)
    #expect(abs(schedule.rate(at: 0.1) - 1) < 1e-12)
    #expect([0.2, 0.4, 0.6].allSatisfy { abs(schedule.rate(at: $0) - 2) < 1e-12 })
    #expect(abs(schedule.rate(at: 0.8) - 2 * 0.55) < 1e-12)
    #expect(abs(schedule.rate(at: 1) - 0.2) < 1e-12)
    #expect(schedule.rate(at: 7) == schedule.rate(at: 1) && schedule.rate(at: -1) == schedule.rate(at: 0))
    #expect(TrapezoidSchedule(peak: 1, warmUp: 0, coolDown: 0).rate(at: 1) == 1)
    #expect(TrapezoidSchedule(peak: 1, warmUp: 1, coolDown: 0).rate(at: 0.5) == 0.5)
    #expect(TrapezoidSchedule(peak: 1, floor: 0, warmUp: 0, coolDown: 1).rate(at: 0.25) == 0.75)
    // Rise and fall that overlap meet below the peak.
    #expect(TrapezoidSchedule(peak: 1, floor: 0, warmUp: 0.8, coolDown: 0.8).rate(at: 0.5) == 0.625)
  }

  @Test func plateauSchedule() {
    var schedule = PlateauSchedule(rate: 1)
    /// Takes losses and returns the rate after each, up to the stop.
    func rates(_ losses: [Double]) -> [Double] {
      losses.map { schedule.finishEpoch(loss: $0) ? schedule.rate : -1 }
    }
    // No new best in epochs 1 and 2, but fewer than three epochs since the start.
    #expect(rates([5, 6, 6]) == [1, 1, 1])
    #expect(rates([6]) == [0.2])
    #expect(schedule.best == 5 && schedule.epoch == 3 && schedule.changes == 1)
    // A new best in between starts no new count, but a loss beside it is not above the best twice.
    #expect(rates([6, 6, 4, 4.5]) == [0.2, 0.2, 0.2, 0.2])
    #expect(abs(rates([4.5])[0] - 0.04) < 1e-15)
    #expect(rates([5, 5, 5]).last == -1)
    #expect(schedule.changes == 3)
  }
}
