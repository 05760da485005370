import LayerGraph
import Testing

/// Gradients of whole graphs against differences of the loss.
@Suite struct GradientTests {
  /// Steps the parameters of one name along a direction and takes the slope of the loss, in the plain table.
  private func slope(
    _ sample: SampleGraph, plan: TrainingPlan, name: String, along direction: [Float], length: Float
  ) throws -> Double {
    func loss(_ step: Float) throws -> Double {
      var parameters = sample.parameters()
      for index in direction.indices { parameters[name]!.values[index] += step * direction[index] }
      let store = try ParameterStore(sample.graph, parameters)
      return try TrainingRun(sample, plan: plan, parameters: store).loss
    }
    // Fourth order, so that the step can be long enough for 32-bit results.
    let near = try loss(length) - loss(-length), far = try loss(2 * length) - loss(-2 * length)
    return (8 * near - far) / (12 * Double(length))
  }

  @Test(arguments: SampleGraph.smooth) func gradientsAreSlopes(sample: SampleGraph) throws {
    let batch = 13
    let runs = try KernelTable.available.map { try TrainingRun(sample, batch: batch, table: $0) }
    let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: batch, table: .reference)
    for name in runs[0].gradients.names {
      for seed in 0..<2 {
        var random = Seeded(seed + name.utf8.count)
        let count = runs[0].gradients[name]!.values.count
        let direction: [Float] = (0..<count).map { _ in random.flip() ? 1 : -1 }
        let expected = try slope(
          sample, plan: plan, name: name, along: direction, length: 0.01 / Float(count).squareRoot())
        for (table, run) in zip(KernelTable.available, runs) {
          let gradient = run.gradients[name]!.values
          let found = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
          let size = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
          #expect(abs(found - expected) < 1e-3 + 1e-2 * size, "\(name) in \(table): \(found), expected \(expected)")
        }
      }
    }
  }

  /// The plain table's gradients are those of the fast ones, number by number.
  @Test(arguments: SampleGraph.all) func tablesAgree(sample: SampleGraph) throws {
    for batch in [1, 30] where batch > 1 || sample.isTheSameInTraining {
      let expected = try TrainingRun(sample, batch: batch, table: .reference)
      for table in KernelTable.fast {
        let found = try TrainingRun(sample, batch: batch, table: table)
        #expect(abs(found.loss - expected.loss) < 1e-5 * max(1, expected.loss), "\(table)")
        #expect(excess(found.output, expected.output, allowed: 2e-5) <= 1, "output in \(table)")
        for name in expected.gradients.names {
          let values = expected.gradients[name]!.values
          let largest = values.reduce(0.01) { max($0, abs($1)) }
          #expect(
            excess(found.gradients[name]!.values, values, allowed: 1e-3 * largest) <= 1,
            "\(name) in \(table), batch \(batch)")
        }
      }
    }
  }

  /// Trained parameters that the output does not depend on get a gradient of zero, and training goes on beside them.
  @Test func branchesThatTheOutputDoesNotNeed() throws {
    let sample = try #require(SampleGraph.all.first { $0.name == "side branches" })
    let run = try TrainingRun(sample, batch: 13, table: .chosen())
    for name in run.gradients.names {
      let isUnused = ["unused", "sideNorm", "m."].contains { name.hasPrefix($0) }
      #expect(run.gradients[name]!.values.allSatisfy { $0 == 0 } == isUnused, "\(name)")
    }
  }

  /// Every run of a plan starts anew: nothing of the one before is left.
  @Test(arguments: SampleGraph.all) func aPlanForgets(sample: SampleGraph) throws {
    let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: 30)
    let first = try TrainingRun(sample, plan: plan)
    _ = try TrainingRun(sample, plan: plan, key: 99, parameters: sample.store(seed: 5))
    #expect(try TrainingRun(sample, plan: plan) == first)
  }

  /// A mean over the batch: twice the same trajectories give the same gradients.
  @Test(arguments: SampleGraph.smooth) func lossesAreMeans(sample: SampleGraph) throws {
    let table = try KernelTable.chosen()
    let batch = 9
    let input = sample.input(batch: batch)
    func run(_ copies: Int) throws -> (Double, Parameters) {
      let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: copies * batch, table: table)
      let targets = sample.targets(batch: batch, outputs: plan.outputCount)
      let gradients = ParameterStore(sample.graph.parameters)
      let loss = plan.run(
        try sample.store(), input: (0..<copies).flatMap { _ in input }, targets: (0..<copies).flatMap { _ in targets },
        loss: sample.loss, gradients: gradients, key: 1, workers: Workers(count: 2))
      return (loss, gradients.parameters)
    }
    let once = try run(1), fivefold = try run(5)
    #expect(abs(once.0 - fivefold.0) < 1e-6 * max(1, once.0))
    for name in once.1.names {
      #expect(excess(fivefold.1[name]!.values, once.1[name]!.values, allowed: 1e-5) <= 1, "\(name)")
    }
  }
}
