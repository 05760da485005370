import LayerGraph
import Testing

/// Answers after parts of a trajectory.
@Suite struct AnswersTests {
  private let steps = 7, batch = 5, classes = 3
  /// 7 steps in three parts, rounded up.
  private let parts = [3, 5, 7]

  private func graph() throws -> Graph {
    var graph = Graph(name: "g", inputChannels: 2)
    let states = try graph.add(LSTM(2, hidden: 4, layers: 2), as: "lstm", to: graph.input)
    let last = try graph.add(LastStep(), as: "last", to: states)
    let output = try graph.add(Dense(4, to: classes), as: "head", to: last)
    graph.finish(features: last, output: output)
    return graph
  }

  /// A recurrent layer knows nothing of what follows: answers on the way are those to shorter trajectories.
  @Test(arguments: [Loss.crossEntropy(smoothing: 0.1), .huber(delta: 0.3)], KernelTable.available)
  func lossAndGradientsAreMeansOverShorterTrajectories(loss: Loss, table: KernelTable) throws {
    let graph = try graph()
    var random = Seeded(3)
    let input = random.floats(batch * steps * 2)
    let targets =
      loss.isClassification ? (0..<batch).map { Float($0 % classes) } : random.floats(batch * classes)
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 5))

    func run(_ source: TrainingGraph, steps: Int, _ input: [Float]) throws -> (loss: Double, gradients: Parameters) {
      let gradients = store.copy()
      let plan = try TrainingPlan(source, steps: steps, batch: batch, table: table)
      let value = plan.run(
        store, input: input, targets: targets, loss: loss, gradients: gradients, key: 1, workers: Workers(count: 2))
      return (value, gradients.parameters)
    }
    let found = try run(TrainingGraph(graph, answers: 3), steps: steps, input)
    let expected = try parts.map { part in
      try run(
        TrainingGraph(graph), steps: part,
        (0..<batch).flatMap { input[$0 * steps * 2..<($0 * steps + part) * 2] })
    }
    #expect(abs(found.loss - expected.reduce(0) { $0 + $1.loss } / 3) < 1e-6)
    for name in found.gradients.names {
      for (index, value) in found.gradients[name]!.values.enumerated() {
        let mean = expected.reduce(0) { $0 + $1.gradients[name]!.values[index] } / 3
        #expect(abs(value - mean) < 1e-6, "\(name), number \(index)")
      }
    }
  }

  @Test func networksThatDoNotAnswerFromTheLastPoint() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let mean = try graph.add(GlobalAveragePooling(), as: "mean", to: graph.input)
    graph.finish(features: mean, output: mean)
    let error = #expect(throws: GraphError.self) { try TrainingGraph(graph, answers: 4) }
    #expect(
      error?.description
        == "The number of answers on the way through a trajectory must be 1 for 'g', which does not answer from its last "
        + "point in time, but is 4.")
  }

  @Test func answersThatAreNotOneAfterAnother() throws {
    var graph = Graph(name: "g", inputChannels: 2)
    let last = try graph.add(LastStep(), as: "last", to: graph.input)
    let mean = try graph.add(GlobalAveragePooling(), as: "mean", to: graph.input)
    graph.finish(features: last, output: mean)
    let error = #expect(throws: GraphError.self) {
      try TrainingPlan(TrainingGraph(graph, answers: 2), steps: 4, batch: 1)
    }
    #expect(
      error?.description == "The loss of 'g' expects an input of shape [2 steps, channels], but got [2].")
  }
}
