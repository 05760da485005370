import LayerGraph
import Testing

/// The same bits whatever runs beside.
@Suite struct DeterminismTests {
  @Test(arguments: SampleGraph.all) func trainingDoesNotDependOnThreads(sample: SampleGraph) throws {
    for batch in [1, 13, 100] {
      let expected = try TrainingRun(sample, batch: batch, table: .chosen(), workers: 1)
      #expect(expected.loss.isFinite && expected.output.allSatisfy { $0.isFinite })
      for workers in [2, 3] {
        #expect(try TrainingRun(sample, batch: batch, table: .chosen(), workers: workers) == expected)
      }
    }
  }

  @Test(arguments: SampleGraph.all) func keepingAndRunningAgainAreTheSame(sample: SampleGraph) throws {
    func run(mostKept: Int) throws -> TrainingRun {
      try TrainingRun(
        sample, plan: TrainingPlan(sample.graph, steps: sample.steps, batch: 60, mostKept: mostKept))
    }
    let expected = try run(mostKept: .max)
    for mostKept in [0, 100, 5000] { #expect(try run(mostKept: mostKept) == expected) }
  }

  @Test(arguments: SampleGraph.all) func inferenceDoesNotDependOnThreads(sample: SampleGraph) throws {
    let plan = try InferencePlan(sample.graph, parameters: sample.store(), steps: sample.steps)
    for count in [0, 1, 24, 25, 75] {
      let input = sample.input(batch: count)
      let expected = plan.run(count: count, input: input, workers: Workers(count: 1))
      #expect(expected.output.count == count * plan.outputCount)
      #expect(expected.features.count == count * plan.featureCount)
      for workers in [2, 3] {
        let found = plan.run(count: count, input: input, workers: Workers(count: workers))
        #expect(sameBits(found.output, expected.output) && sameBits(found.features, expected.features), "\(count)")
      }
    }
  }

  @Test(arguments: KernelTable.available) func aTrajectoryDoesNotSeeTheOthers(table: KernelTable) throws {
    for sample in SampleGraph.all {
      // Long enough for groups of fewer trajectories than a block.
      for steps in [9, 60] {
        let plan = try InferencePlan(sample.graph, parameters: sample.store(), steps: steps, table: table)
        let count = 31, width = steps * 2
        let input = sample.input(batch: count, steps: steps)
        let together = plan.run(count: count, input: input, workers: Workers(count: 1))
        let outputs = plan.outputCount, features = plan.featureCount
        for trajectory in [0, 7, 30] {
          let own = Array(input[trajectory * width..<(trajectory + 1) * width])
          let alone = plan.run(count: 1, input: own, workers: Workers(count: 1))
          #expect(
            sameBits(alone.output, Array(together.output[trajectory * outputs..<(trajectory + 1) * outputs])),
            "\(sample), \(steps) steps")
          #expect(
            sameBits(alone.features, Array(together.features[trajectory * features..<(trajectory + 1) * features])))
        }
        let reversed = (0..<count).reversed().flatMap { input[$0 * width..<($0 + 1) * width] }
        let backwards = plan.run(count: count, input: Array(reversed), workers: Workers(count: 1)).output
        let expected = (0..<count).reversed().flatMap { together.output[$0 * outputs..<($0 + 1) * outputs] }
        #expect(sameBits(backwards, Array(expected)), "\(sample), \(steps) steps")
      }
    }
  }

  @Test(arguments: SampleGraph.all) func sharingWeightsBetweenLengthsChangesNothing(sample: SampleGraph) throws {
    let store = try sample.store()
    let first = try InferencePlan(sample.graph, parameters: store, steps: 30)
    for steps in [9, 31, 200] {
      let alone = try InferencePlan(sample.graph, parameters: store, steps: steps)
      let sharing = try InferencePlan(sample.graph, parameters: store, steps: steps, sharing: first)
      let input = sample.input(batch: 5, steps: steps)
      let expected = alone.run(count: 5, input: input), found = sharing.run(count: 5, input: input)
      #expect(sameBits(found.output, expected.output) && sameBits(found.features, expected.features), "\(steps)")
    }
  }

  @Test(arguments: SampleGraph.withoutBatchStatistics)
  func trainingAndInferenceAreTheSameFunction(sample: SampleGraph) throws {
    for table in KernelTable.available {
      for batch in [3, 40] {
        let trained = try TrainingRun(sample, batch: batch, table: table)
        let plan = try InferencePlan(sample.graph, parameters: sample.store(), steps: sample.steps, table: table)
        let result = plan.run(count: batch, input: sample.input(batch: batch))
        #expect(excess(trained.output, result.output, allowed: 2e-6) <= 1, "output in \(table), batch \(batch)")
        #expect(excess(trained.features, result.features, allowed: 2e-6) <= 1, "features in \(table), batch \(batch)")
      }
    }
  }

  /// One memory serves plans of any size in any order.
  @Test func aMemoryServesAnyPlan() throws {
    let memory = InferencePlan.Memory()
    for sample in SampleGraph.all + SampleGraph.all.reversed() {
      let plan = try InferencePlan(sample.graph, parameters: sample.store(), steps: sample.steps)
      let input = sample.input(batch: 7)
      let expected = plan.run(count: 7, input: input)
      var output = [Float](repeating: .nan, count: 7 * plan.outputCount)
      plan.run(count: 7, input: input, output: &output, memory: memory)
      #expect(sameBits(output, expected.output), "\(sample)")
    }
  }
}
