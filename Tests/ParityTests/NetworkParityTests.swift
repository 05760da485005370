import Diffusion
import Foundation
import HDF5
import LayerGraph
import ModelZoo
import PlainLSTM
import Testing
import WADNet

/// Whole networks against reference numbers: inference, two steps of training, windows and folds.
@Suite struct NetworkParityTests {
  static let files = ["wadnet-small-2d.h5", "wadnet-exponent-1d.h5", "wadnet-model-3d.h5", "lstm-plain-2d.h5"]

  static let runs: [(KernelTable, String)] = KernelTable.available.flatMap { table in
    files.compactMap { name in
      let folder = name == files[0] ? ReferenceFile.fixtures : ReferenceFile.whole
      return FileManager.default.fileExists(atPath: "\(folder)/\(name)") ? (table, "\(folder)/\(name)") : nil
    }
  }

  @Test(arguments: runs) func network(table: KernelTable, path: String) throws {
    let file = try ReferenceFile(path)
    let network = try ReferenceNetwork(file, table)
    for name in try file.children("eval") { try network.evaluate("eval/" + name) }
    for isFolded in [false, true] { try network.train(isFolded: isFolded) }
    try network.windows()
    try network.windowLengths()
    try network.folds()
    try file.finish(table)
  }

  @Test func parameterCountsAreThePapers() throws {
    let exponent = try WADNet().graph(for: Subtask(task: .exponent, dimension: 1))
    let model = try WADNet().graph(for: Subtask(task: .model, dimension: 3))
    #expect(exponent.trainedParameterCount == 192_289)
    #expect(model.trainedParameterCount == 192_741)
  }
}

/// One file with a network.
private struct ReferenceNetwork {
  let file: ReferenceFile
  let table: KernelTable
  let subtask: Subtask
  let graph: Graph
  let isWADNet: Bool

  init(_ file: ReferenceFile, _ table: KernelTable) throws {
    self.file = file
    self.table = table
    let task: ChallengeTask = try file.string("task") == "exponent" ? .exponent : .model
    subtask = Subtask(task: task, dimension: try file.integer("dimension"))
    isWADNet = try file.string("architecture") == "wadnet"
    if isWADNet {
      var configuration = WADNet.Configuration()
      configuration.filters = try file.integer("filters")
      configuration.depth = try file.integer("depth")
      configuration.hidden = try file.integer("hidden")
      configuration.dropout = 0
      configuration.statisticsLengths = []
      graph = try WADNet(configuration: configuration).graph(for: subtask)
    } else {
      graph = try PlainLSTM().graph(for: subtask)
    }
  }

  private func parameters() throws -> ParameterStore { try ParameterStore(graph, file.parameters("state_dict")) }

  /// `[batch][dimension][steps]` in the file, `[batch][steps][dimension]` in a plan.
  private func input(_ path: String) throws -> (values: [Float], batch: Int, steps: Int) {
    let shape = try file.shape(path)
    let batch = shape.count == 3 ? shape[0] : 1, steps = shape[shape.count - 1]
    return (transposed(try file.floats(path), batch, subtask.dimension, steps), batch, steps)
  }

  func evaluate(_ path: String) throws {
    let (values, batch, steps) = try input(path + "/input/x")
    // As it stands, and folded; the last one is what users get.
    var result: (output: [Float], features: [Float]) = ([], [])
    for isFolded in [false, true] {
      let plan = try InferencePlan(graph, parameters: parameters(), steps: steps, table: table, isFolded: isFolded)
      result = plan.run(count: batch, input: values)
      try file.expect(path + "/expected/output", result.output)
      try file.expect(path + "/expected/features", result.features)
    }
    if subtask.task == .model {
      try file.expect(path + "/expected/probabilities", probabilities(result.output))
    }
    if file.contains(path + "/expected/intermediate") { try intermediates(path, values, batch, steps) }
  }

  private func probabilities(_ outputs: [Float]) -> [Double] {
    let classes = subtask.outputs
    return (0..<outputs.count / classes).flatMap { row -> [Double] in
      let logits = outputs[row * classes..<(row + 1) * classes].map(Double.init)
      guard case .model(let probabilities) = Prediction(logits, task: .model) else { return [] }
      return probabilities
    }
  }

  /// Values inside the network: the same graph, ended earlier.
  private func intermediates(_ path: String, _ input: [Float], _ batch: Int, _ steps: Int) throws {
    var normalised: [Float] = []
    for name in try file.children(path + "/expected/intermediate") where !name.hasPrefix("lstm") {
      let index = Int(name.suffix(2)) ?? 0
      let node =
        switch name.prefix(5) {
        case "stem": "wave_lstm_1.conv1d_0"
        case "gated": "wave_lstm_1.gated.\(index)"
        case "block": "wave_lstm_1.pointwise.\(index)"
        case "skip_": "wave_lstm_1.skip_sum"
        default: "wave_lstm_1.post.0"
        }
      var part = graph
      let value = try #require(graph.value(named: node))
      part.finish(features: value, output: value)
      let plan = try InferencePlan(part, parameters: parameters(), steps: steps, table: table)
      let output = plan.run(count: batch, input: input).output
      if node.hasSuffix("post.0") { normalised = output }
      try file.expect(
        path + "/expected/intermediate/" + name, transposed(output, batch, steps, plan.outputCount / steps))
    }
    let state = try file.parameters("state_dict")
    let filters = try file.integer("filters"), hidden = try file.integer("hidden")
    for layers in 1...3 {
      let lstm = LSTM(filters, hidden: hidden, layers: layers)
      var own = Parameters()
      for spec in lstm.parameters { own[spec.name] = state["wave_lstm_1.lstm." + spec.name] }
      let probe = try LayerProbe(
        lstm, inputs: [.sequence(steps: steps, channels: filters)], batch: batch, parameters: own, table: table,
        training: false)
      try file.expect(path + "/expected/intermediate/lstm_\(layers - 1)", probe.forward([normalised]))
    }
  }

  // MARK: Training

  func train(isFolded: Bool) throws {
    let (values, batch, steps) = try input("train/input/x")
    let targets = try file.floats("train/input/target")
    let parameters = try parameters(), gradients = parameters.copy()
    let state = OptimizerState(for: parameters)
    let plan = try TrainingPlan(graph, steps: steps, batch: batch, table: table, isFolded: isFolded)
    let loss: Loss = subtask.task == .exponent ? .meanSquaredError : .crossEntropy(smoothing: 0)
    let workers = Workers(count: 2)
    for step in 1...2 {
      let path = "train/expected/step_\(step)"
      let value = plan.run(
        parameters, input: values, targets: targets, loss: loss, gradients: gradients, key: UInt64(step),
        workers: workers)
      try file.expect(path + "/loss", [value])
      try file.expect(path + "/output", plan.lastOutput)
      try file.expect(path + "/features", plan.lastFeatures)
      for name in ["running_mean", "running_var", "num_batches_tracked"] where file.contains(path + "/" + name) {
        try file.expect(path + "/" + name, parameters.parameters["wave_lstm_1.post.0." + name]!.values)
      }
      for name in try file.children(path + "/grad") {
        try file.expect(path + "/grad/" + name, gradients.parameters[name]!.values)
      }
      Optimizer.adam.update(
        parameters, gradients: gradients, rate: try file.number("lr", of: "train"), state: state, table: table,
        workers: workers)
      let after = parameters.parameters
      for name in try file.children(path + "/params") {
        try file.expect(path + "/params/" + name, after[name]!.values)
      }
      for name in try file.children(path + "/norm") {
        let sum = after[name]!.values.reduce(0.0) { $0 + Double($1) * Double($1) }
        try file.expect(path + "/norm/" + name, [sum.squareRoot()])
      }
      for name in try file.children(path + "/sample") {
        let indices = try file.doubles("train/input/sample_index/" + name).map(Int.init)
        try file.expect(path + "/sample/" + name, indices.map { after[name]!.values[$0] })
      }
    }
    try moments(state, like: parameters)
  }

  private func moments(_ state: OptimizerState, like parameters: ParameterStore) throws {
    for (name, buffer) in [("exp_avg", state.first), ("exp_avg_sq", state.second)] {
      let view = parameters.copy()
      view.trained.pointer.update(from: buffer.pointer, count: buffer.count)
      for key in try file.children("train/expected/moments/" + name) {
        try file.expect("train/expected/moments/\(name)/\(key)", view.parameters[key]!.values)
      }
    }
  }

  // MARK: Windows and folds

  func windows() throws {
    let path = "windows"
    let raw = try file.doubles(path + "/input/trajectory")
    let trajectory = try Trajectory(dimension: subtask.dimension, positions: raw)
    let points = trajectory.count, dimension = subtask.dimension
    try file.expect(path + "/expected/zscored", transposed(trajectory.standardised(), 1, points, dimension))
    let rule = WindowRule.published
    #expect(rule.length(for: points) == (try file.integer("mark", of: path)))
    var outputs: [[Double]] = []
    for (name, window) in zip(["first", "last"], rule.windows(for: points)) {
      let z = trajectory.standardised()[window.lowerBound * dimension..<window.upperBound * dimension]
      let plan = try InferencePlan(graph, parameters: parameters(), steps: window.count, table: table)
      let result = plan.run(count: 1, input: Array(z))
      try file.expect(path + "/expected/output_" + name, result.output)
      try file.expect(path + "/expected/features_" + name, result.features)
      outputs.append(result.output.map(Double.init))
    }
    try finish(path, outputs: outputs, rows: 1)
    try throughCharacterizer(trajectory)
  }

  /// The characterizer that users meet comes to the same prediction.
  private func throughCharacterizer(_ trajectory: Trajectory) throws {
    guard isWADNet, graph.trainedParameterCount > 100_000 else { return }
    var configuration = WADNet.Configuration()
    configuration.statisticsLengths = []
    let network = try NetworkCharacterizer(
      WADNet(configuration: configuration), subtask: subtask, parameters: file.parameters("state_dict"))
    let characterizer = try ServedNetworks(
      [(30, network), (30, network), (40, network)].map { .init($0.1, lengths: $0.0...$0.0) }, policy: .windows,
      subtask: subtask, lengths: 2...1000, rectification: WindowRule.rectification(dimension: subtask.dimension))
    let found = try characterizer.predictions(for: [trajectory, trajectory])
    let name = subtask.task == .exponent ? "prediction" : "probabilities"
    let expected = try file.doubles("windows/expected/" + name)
    for prediction in found {
      let values =
        switch prediction {
        case .exponent(let exponent): [exponent]
        case .model(let probabilities): probabilities
        }
      for (value, reference) in zip(values, expected) { #expect(abs(value - reference) < 1e-4) }
    }
  }

  private func finish(_ path: String, outputs: [[Double]], rows: Int) throws {
    let mean = WindowRule.mean(outputs)
    try file.expect(path + "/expected/output_mean", mean)
    let width = mean.count / rows
    let predictions = (0..<rows).map { row in
      Prediction(
        Array(mean[row * width..<(row + 1) * width]), task: subtask.task,
        rectification: WindowRule.rectification(dimension: subtask.dimension))
    }
    try file.expect(
      path + "/expected/" + (subtask.task == .exponent ? "prediction" : "probabilities"),
      predictions.flatMap { prediction -> [Double] in
        switch prediction {
        case .exponent(let exponent): [exponent]
        case .model(let probabilities): probabilities
        }
      })
  }

  func windowLengths() throws {
    let lengths = try file.doubles("window_length/input/length").map(Int.init)
    #expect(try file.doubles("window_length/input/marks").map(Int.init) == WindowRule.published.lengths)
    let rule = WindowRule.published
    try file.expect("window_length/expected/mark", lengths.map { Double(rule.length(for: $0) ?? -1) })
    try file.expect("window_length/expected/windows", lengths.map { Double(rule.windows(for: $0).count) })
    #expect(rule.length(for: 9) == nil)
  }

  func folds() throws {
    let shape = try file.shape("folds/input/outputs")
    let values = try file.doubles("folds/input/outputs"), each = shape[1] * shape[2]
    try finish("folds", outputs: (0..<shape[0]).map { Array(values[$0 * each..<($0 + 1) * each]) }, rows: shape[1])
  }
}
