import Foundation
import LayerGraph
import Testing

/// Running statistics, statistics by length, and what they do to results.
@Suite struct BatchNormTests {
  /// A graph of one layer; its output are all numbers of a trajectory.
  private func graph(_ layer: BatchNorm) throws -> Graph {
    var graph = Graph(name: "norm", inputChannels: layer.channels)
    let output = try graph.add(layer, as: "norm", to: graph.input)
    graph.finish(features: output, output: output)
    return graph
  }

  /// The mean and variance by which inference normalises trajectories of `steps` points.
  private func statistics(
    _ layer: BatchNorm, _ parameters: Parameters, steps: Int
  ) throws -> (mean: Double, variance: Double) {
    let graph = try graph(layer)
    let plan = try InferencePlan(graph, parameters: ParameterStore(graph, parameters), steps: steps)
    let input = (0..<2 * steps).map { Float($0 < steps ? 0 : 1) }
    let result = plan.run(count: 2, input: input).output
    // y = (x - mean) / deviation.
    let inverse = Double(result[steps]) - Double(result[0])
    #expect(Set(result.prefix(steps)).count == 1)
    return (-Double(result[0]) / inverse, 1 / (inverse * inverse) - Double(layer.epsilon))
  }

  private func parameters(_ layer: BatchNorm, _ numbers: [String: [Float]]) throws -> Parameters {
    var parameters = Parameters(initialising: try graph(layer).parameters, seed: 1)
    for (name, values) in numbers { parameters["norm." + name]!.values = values }
    return parameters
  }

  @Test func statisticsByLength() throws {
    let layer = BatchNorm(1, lengths: [10, 40, 1000])
    let parameters = try parameters(
      layer,
      [
        "running_mean": [99], "running_var": [99], "mean_by_length": [1, 2, 6], "var_by_length": [0.5, 8, 2],
      ])
    func expect(_ steps: Int, mean: Double, variance: Double, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
      let found = try statistics(layer, parameters, steps: steps)
      #expect(abs(found.mean - mean) < 1e-4, "mean \(found.mean) at \(steps)", sourceLocation: sourceLocation)
      #expect(
        abs(found.variance / variance - 1) < 1e-4, "variance \(found.variance) at \(steps)",
        sourceLocation: sourceLocation)
    }
    try expect(10, mean: 1, variance: 0.5)
    try expect(40, mean: 2, variance: 8)
    try expect(1000, mean: 6, variance: 2)
    // Beyond the ends the nearest.
    try expect(3, mean: 1, variance: 0.5)
    try expect(5000, mean: 6, variance: 2)
    // Half way in the logarithm of the length; the variance in its own logarithm.
    try expect(20, mean: 1.5, variance: 2)
    try expect(200, mean: 4, variance: 4)
    let share = log(3.0) / log(4.0)
    try expect(30, mean: 1 + share, variance: 0.5 * pow(16, share))
  }

  @Test func oneLengthServesAll() throws {
    let layer = BatchNorm(1, lengths: [50])
    let parameters = try parameters(layer, ["mean_by_length": [3], "var_by_length": [4]])
    for steps in [1, 50, 51] {
      let found = try statistics(layer, parameters, steps: steps)
      #expect(abs(found.mean - 3) < 1e-5 && abs(found.variance - 4) < 1e-4)
    }
  }

  @Test func aCheckpointWithoutThemFallsBackToRunningStatistics() throws {
    let layer = BatchNorm(2, lengths: [10, 100])
    var all = try parameters(layer, ["running_mean": [1, 2], "running_var": [3, 4]])
    all["norm.mean_by_length"] = nil
    all["norm.var_by_length"] = nil
    let graph = try graph(layer)
    let store = try ParameterStore(graph, all)
    #expect(store.parameters["norm.mean_by_length"] == Tensor(shape: [2, 2], values: [1, 2, 1, 2]))
    #expect(store.parameters["norm.var_by_length"] == Tensor(shape: [2, 2], values: [3, 4, 3, 4]))
    let plan = try InferencePlan(graph, parameters: store, steps: 30)
    let result = plan.run(count: 1, input: [Float](repeating: 0, count: 60)).output
    #expect(abs(result[0] + 1 / (3 + 1e-5).squareRoot()) < 1e-6 && abs(result[1] + 2 / (4 + 1e-5).squareRoot()) < 1e-6)
  }

  @Test func channelsThatNeverVary() throws {
    let layer = BatchNorm(1, lengths: [10, 100])
    let parameters = try parameters(layer, ["mean_by_length": [1, 1], "var_by_length": [0, 0]])
    let graph = try graph(layer)
    for steps in [10, 30, 100] {
      let plan = try InferencePlan(graph, parameters: ParameterStore(graph, parameters), steps: steps)
      #expect(plan.run(count: 1, input: [Float](repeating: 1, count: steps)).output.allSatisfy { abs($0) < 1e-3 })
    }
    // In training, too: the variance of a constant is 0, not a negative rounding error.
    let probe = try LayerProbe(
      BatchNorm(1), inputs: [.sequence(steps: 7, channels: 1)], batch: 3,
      parameters: Parameters(initialising: BatchNorm(1).parameters, seed: 1), table: .chosen(), training: true)
    #expect(probe.forward([[Float](repeating: 0.1, count: 21)]).allSatisfy { abs($0) < 1e-2 })
    #expect(probe.parameters["running_var"]!.values[0] >= 0.9)
  }

  @Test(arguments: KernelTable.available) func runningStatisticsFollowTheBatch(table: KernelTable) throws {
    let layer = BatchNorm(2, momentum: 0.25)
    var graph = Graph(name: "norm", inputChannels: 2)
    let normal = try graph.add(layer, as: "norm", to: graph.input)
    let last = try graph.add(LastStep(), as: "last", to: normal)
    graph.finish(features: last, output: last)
    let parameters = try parameters(layer, ["running_mean": [2, -2], "running_var": [3, 5]])
    let store = try ParameterStore(graph, parameters), gradients = ParameterStore(graph.parameters)
    let batch = 30, steps = 4
    let plan = try TrainingPlan(graph, steps: steps, batch: batch, table: table)
    var random = Seeded(1)
    let input = random.floats(batch * steps * 2, 0...2)
    var expected = (mean: [2.0, -2], variance: [3.0, 5])
    for count in 1...3 {
      _ = plan.run(
        store, input: input, targets: [Float](repeating: 0, count: batch * 2), loss: .meanSquaredError,
        gradients: gradients, key: 1, workers: Workers(count: 2))
      for channel in 0..<2 {
        let values = stride(from: channel, to: input.count, by: 2).map { Double(input[$0]) }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        expected.mean[channel] += 0.25 * (mean - expected.mean[channel])
        // The sample variance moves them, the population variance normalises.
        expected.variance[channel] += 0.25 * (squares / Double(values.count - 1) - expected.variance[channel])
        let row = 3 * 2 + channel
        let normal = (Double(input[row]) - mean) / (squares / Double(values.count) + 1e-5).squareRoot()
        #expect(abs(Double(plan.lastOutput[channel]) - normal) < 1e-5)
        #expect(abs(Double(store.parameters["norm.running_mean"]!.values[channel]) - expected.mean[channel]) < 1e-5)
        #expect(abs(Double(store.parameters["norm.running_var"]!.values[channel]) - expected.variance[channel]) < 1e-5)
      }
      #expect(store.parameters["norm.num_batches_tracked"]!.values == [Float(count)])
    }
  }

  @Test func frozenStatisticsStay() throws {
    let sample = try #require(SampleGraph.all.first { $0.name == "frozen batch norm" })
    let before = sample.parameters()
    let run = try TrainingRun(sample, batch: 9, table: .chosen())
    #expect(run.parameters == before)
    #expect(run.gradients["n.weight"]!.values.contains { $0 != 0 })
  }
}
