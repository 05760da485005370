import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// Checks of architectures that are networks, with initial numbers for parameters.
enum NetworkChecks {
  static func untrained(_ network: any NetworkArchitecture, _ subtask: Subtask) throws -> any Characterizer {
    try characterizer(network, subtask, table: nil)
  }

  private static func characterizer<Network: NetworkArchitecture>(
    _ network: Network, _ subtask: Subtask, table: KernelTable?
  ) throws -> NetworkCharacterizer {
    let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: 1)
    return try NetworkCharacterizer(network, subtask: subtask, parameters: parameters, table: table)
  }

  static func results(
    of network: any NetworkArchitecture, _ subtask: Subtask, _ subject: String
  ) -> [CheckResult] {
    [
      check("its graph ends in what the subtask asks for", subject) { try checkGraph(network, subtask) },
      check("threads and instruction sets do not matter", subject) { try checkTables(network, subtask) },
      check("its gradients are central differences", subject) { try checkGradients(network, subtask) },
      check("gradients of each of its layers are central differences", subject) {
        try checkLayerGradients(network, subtask)
      },
      check("a few steps of training lower the loss", subject) { try checkTraining(network, subtask) },
      check("its checkpoint comes back as it was", subject) { try checkRoundTrip(network, subtask) },
    ]
  }

  private static func checkGraph(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    let graph = try network.graph(for: subtask)
    try require(graph.output.node >= 0, "finish(features:output:) was not called")
    for steps in Set([network.card.lengths.lowerBound, 10, 37, 300]).sorted() where network.card.lengths.contains(steps)
    {
      let shapes = try graph.shapes(steps: network.inputSteps(points: steps))
      let found = shapes[graph.output.node].count
      try require(found == subtask.outputs, "at \(steps) points it ends in \(found) numbers, not \(subtask.outputs)")
    }
    try require(graph.trainedParameterCount > 0, "there is nothing to train")
  }

  private static func checkTables(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    try tables(network, subtask)
  }

  private static func tables<Network: NetworkArchitecture>(_ network: Network, _ subtask: Subtask) throws {
    let graph = try network.graph(for: subtask)
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 1))
    let points = [network.card.lengths.lowerBound, 33, 130].filter(network.card.lengths.contains)
    for steps in Set(points.map(network.inputSteps)).sorted() {
      var random = SplitMix64(seed: UInt64(steps))
      let count = 29
      let input = (0..<count * steps * graph.inputChannels).map { _ in 2 * random.nextUnit() - 1 }
      var reference: [Float] = []
      for table in KernelTable.available where table.name != "reference" || steps < 100 {
        let plan = try InferencePlan(graph, parameters: store, steps: steps, table: table)
        let one = plan.run(count: count, input: input, workers: Workers(count: 1)).output
        let three = plan.run(count: count, input: input, workers: Workers(count: 3)).output
        try require(one == three, "at \(steps) points the number of threads changes results (\(table))")
        if reference.isEmpty { reference = one }
        let scale = reference.reduce(1e-3) { max($0, abs($1)) }
        let error = zip(one, reference).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
        try require(error < 1e-4, "at \(steps) points \(table) deviates by \(error)")
      }
    }
  }

  private static func loss(_ subtask: Subtask) -> Loss {
    subtask.task == .exponent ? .meanSquaredError : .crossEntropy(smoothing: 0)
  }

  private static func checkGradients(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    // One dimension shows what the others would: only the first layer differs.
    guard subtask.dimension == 1 else { throw CheckEnd.skipped("checked in one dimension") }
    let steps = network.inputSteps(points: max(9, network.card.lengths.lowerBound))
    let deviations = try GradientCheck.deviations(
      of: try network.graph(for: subtask), loss: loss(subtask), steps: steps, entries: 2, table: KernelTable.chosen())
    try require(deviations.isEmpty, deviations.prefix(5).map(\.description).joined(separator: "; "))
  }

  /// Every layer that the graph uses, alone, with the shapes that it meets there: gradients of inputs and parameters.
  private static func checkLayerGradients(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    guard subtask.dimension == 1 else { throw CheckEnd.skipped("checked in one dimension") }
    let graph = try network.graph(for: subtask)
    let steps = network.inputSteps(points: max(9, network.card.lengths.lowerBound))
    let shapes = try graph.shapes(steps: steps), table = try KernelTable.chosen()
    var seen: Set<String> = [], wrong: [String] = []
    for node in graph.nodes {
      let inputs = node.inputs.map { $0.node < 0 ? graph.inputShape(steps: steps) : shapes[$0.node] }
      guard seen.insert("\(node.layer) \(inputs)").inserted else { continue }
      let deviations = try GradientCheck.deviations(of: node.layer, inputs: inputs, entries: 3, table: table)
      wrong += deviations.map { "\(node.name): \($0)" }
    }
    try require(wrong.isEmpty, wrong.prefix(5).joined(separator: "; "))
  }

  private static func checkTraining(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    try training(network, subtask)
  }

  private static func training<Network: NetworkArchitecture>(_ network: Network, _ subtask: Subtask) throws {
    let steps = min(max(24, network.card.lengths.lowerBound), network.card.lengths.upperBound), batch = 32
    let graph = try network.graph(for: subtask).withoutDropout
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 3, count: 400)
    let items = simulation.trajectories(0..<simulation.count).filter { $0.trajectory.count >= steps }.prefix(batch)
    let input = try items.flatMap { item in
      let positions = (0..<subtask.dimension).flatMap { item.trajectory.component($0).prefix(steps) }
      return network.input(try Trajectory(dimension: subtask.dimension, positions: positions)).values
    }
    let targets = items.map { item in
      subtask.task == .exponent ? Float(item.truth.exponent ?? 1) : Float(item.truth.model?.rawValue ?? 0)
    }
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 1))
    let gradients = store.copy(), state = OptimizerState(for: store)
    let plan = try TrainingPlan(graph, steps: network.inputSteps(points: steps), batch: items.count)
    let table = try KernelTable.chosen(), workers = Workers()
    var losses: [Double] = []
    for step in 0..<30 {
      losses.append(
        plan.run(
          store, input: input, targets: targets, loss: loss(subtask), gradients: gradients, key: UInt64(step),
          workers: workers))
      Optimizer.adam.update(
        store, gradients: gradients, rate: 2e-3, state: state, table: table, workers: workers)
    }
    try require(losses.allSatisfy(\.isFinite), "a loss is not finite: \(losses)")
    try require(losses[29] < losses[0], "the loss went from \(losses[0]) to \(losses[29])")
  }

  private static func checkRoundTrip(_ network: any NetworkArchitecture, _ subtask: Subtask) throws {
    try roundTrip(network, subtask)
  }

  private static func roundTrip<Network: NetworkArchitecture>(_ network: Network, _ subtask: Subtask) throws {
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 5, count: 40)
    let steps = min(max(20, network.card.lengths.lowerBound), network.card.lengths.upperBound)
    let trajectories = try simulation.trajectories(0..<simulation.count).filter { $0.trajectory.count >= steps }
      .prefix(3).map { item in
        try Trajectory(
          dimension: subtask.dimension,
          positions: (0..<subtask.dimension).flatMap { item.trajectory.component($0).prefix(steps) })
      }
    let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: 2)
    let checkpoint = try network.checkpoint(subtask, parameters: parameters, probe: trajectories)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "zoo-check-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0 ... .max)).h5"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try checkpoint.write(to: path)
    let loaded = try Checkpoint(contentsOf: path)
    for name in parameters.names {
      guard let before = parameters[name], let after = loaded.parameters[name] else {
        throw CheckEnd.failed("'\(name)' did not come back")
      }
      try require(
        before.shape == after.shape && before.values.map(\.bitPattern) == after.values.map(\.bitPattern),
        "'\(name)' came back with other numbers")
    }
    try require(
      loaded.configuration == checkpoint.configuration && loaded.card == checkpoint.card
        && loaded.probe == checkpoint.probe, "configuration, card or stored run came back otherwise")
    let before = try network.characterizer(for: subtask, checkpoint: checkpoint).predictions(for: trajectories)
    let after = try network.characterizer(for: subtask, checkpoint: loaded).predictions(for: trajectories)
    try require(before == after, "the loaded network predicts otherwise")
  }

  /// Runs a stored input and compares with the stored output.
  static func replay(
    _ probe: Checkpoint.Probe, of checkpoint: Checkpoint, _ network: any NetworkArchitecture, _ subtask: Subtask,
    file: String
  ) throws {
    guard let characterizer = try network.characterizer(for: subtask, checkpoint: checkpoint) as? NetworkCharacterizer
    else { throw CheckEnd.skipped("its characterizer is one of its own, which has no features to compare") }
    try require(probe.input.shape.count == 3, "\(file): the stored input has shape \(probe.input.shape)")
    let shape = Array(probe.input.shape.dropFirst()), count = shape.reduce(1, *)
    let inputs = (0..<probe.input.shape[0]).map {
      Tensor(shape: shape, values: Array(probe.input.values[$0 * count..<($0 + 1) * count]))
    }
    let results = try characterizer.run(inputs)
    for (name, found, stored) in [
      ("output", results.flatMap(\.output), probe.output.values),
      ("features", results.flatMap(\.features), probe.features.values),
    ] {
      try require(
        found.count == stored.count, "\(file): \(stored.count) stored numbers of \(name), \(found.count) found")
      let scale = stored.reduce(1e-3) { max($0, abs($1)) }
      let error = zip(found, stored).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
      try require(error < 1e-4, "\(file): \(name) deviates by \(error) from the stored run")
    }
  }
}
