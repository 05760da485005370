import Foundation
import HDF5
import LayerGraph
import Testing

/// Losses, clipping, optimisers and the published learning-rate schedule against reference numbers.
@Suite struct LossParityTests {
  @Test(arguments: KernelTable.available) func lossesAndOptimisers(table: KernelTable) throws {
    let file = try ReferenceFile(ReferenceFile.fixtures + "/losses_optimizers.h5")
    for kind in try file.children("") {
      for name in try file.children(kind) {
        let path = kind + "/" + name
        switch kind {
        case "clip_by_norm": try clipping(file, path, table)
        case "optimizer": try optimiser(file, path, table)
        case "schedule": try schedule(file, path)
        default: try loss(file, kind, path)
        }
      }
    }
    try file.finish(table)
  }

  private func loss(_ file: ReferenceFile, _ kind: String, _ path: String) throws {
    let isClassification = kind == "cross_entropy"
    let input = isClassification ? "logits" : "prediction"
    let predictions = try file.floats(path + "/input/" + input)
    let targets = try file.floats(path + "/input/target")
    let loss: Loss =
      switch kind {
      case "mse": .meanSquaredError
      case "l1": .meanAbsoluteError
      case "huber": .huber(delta: try file.number("delta", of: path))
      default: .crossEntropy(smoothing: try file.number("label_smoothing", of: path))
      }
    let rows = isClassification ? targets.count : predictions.count
    var gradient = [Float](repeating: .nan, count: predictions.count)
    let value = loss.value(
      rows: rows, channels: predictions.count / rows, batch: rows, predictions: predictions, targets: targets,
      gradient: &gradient)
    try file.expect(path + "/expected/output", [value])
    try file.expect(path + "/expected/grad_input/" + input, gradient)
  }

  /// Parameters that are all trained, with these numbers.
  private func store(_ parameters: Parameters) -> ParameterStore {
    let store = ParameterStore(parameters.names.map { ParameterSpec($0, parameters[$0]!.shape, initial: .constant(0)) })
    store.set(parameters)
    return store
  }

  private func clipping(_ file: ReferenceFile, _ path: String, _ table: KernelTable) throws {
    let gradients = store(try file.parameters(path + "/input/grads"))
    let (scale, norm) = GradientClipping.scale(
      gradients, maximum: try file.number("max_norm", of: path), table: table)
    try file.expect(path + "/expected/total_norm", [norm])
    for name in gradients.names {
      let scaled = gradients.parameters[name]!.values.map { $0 * scale }
      try file.expect(path + "/expected/grads/" + name, scaled)
    }
  }

  private func optimizer(_ file: ReferenceFile, _ path: String) throws -> Optimizer {
    func number(_ name: String) throws -> Double { try file.number(name, of: path) }
    switch try file.string("optimizer", of: path) {
    case "sgd": return .sgd(momentum: 0, weightDecay: 0)
    case "sgd_momentum": return .sgd(momentum: try number("momentum"), weightDecay: 0)
    case "adam":
      return .adam(beta1: try number("beta1"), beta2: try number("beta2"), epsilon: try number("eps"))
    default:
      return .adamW(
        beta1: try number("beta1"), beta2: try number("beta2"), epsilon: try number("eps"),
        weightDecay: try number("weight_decay"))
    }
  }

  private func optimiser(_ file: ReferenceFile, _ path: String, _ table: KernelTable) throws {
    let optimizer = try optimizer(file, path), rate = try file.number("lr", of: path)
    let parameters = store(try file.parameters(path + "/params"))
    let gradients = parameters.copy()
    let state = OptimizerState(for: parameters)
    let problem = try Problem(file, path, table)
    var losses: [Double] = []
    var slopes: [String: [Float]] = [:], trajectory: [String: [Float]] = [:]
    func record(_ store: ParameterStore, into target: inout [String: [Float]]) {
      for name in store.names { target[name, default: []] += store.parameters[name]!.values }
    }
    record(parameters, into: &trajectory)
    for step in 0..<(try file.integer("steps", of: path)) {
      losses.append(try problem.run(parameters, gradients, step: step))
      record(gradients, into: &slopes)
      optimizer.update(
        parameters, gradients: gradients, rate: rate, state: state, table: table, workers: Workers(count: 2))
      record(parameters, into: &trajectory)
    }
    try file.expect(path + "/expected/loss", losses)
    for name in parameters.names {
      try file.expect(path + "/expected/gradients/" + name, slopes[name]!)
      try file.expect(path + "/expected/trajectory/" + name, trajectory[name]!)
    }
  }

  private func schedule(_ file: ReferenceFile, _ path: String) throws {
    var schedule = PlateauSchedule(rate: try file.number("lr", of: path))
    var rates: [Double] = [], stop = -1
    for (epoch, loss) in try file.doubles(path + "/input/valid_loss").enumerated() {
      rates.append(schedule.rate)
      if !schedule.finishEpoch(loss: loss) {
        stop = epoch
        break
      }
    }
    try file.expect(path + "/expected/lr", rates)
    try file.expect(path + "/expected/stop_epoch", [Double(stop)])
    try file.expect(path + "/expected/lr_changes", [Double(schedule.changes)])
  }
}

/// What the optimisers of the reference file make small: a quadratic form, or a small network through a training plan.
private enum Problem {
  case quadratic(matrix: [Float], offset: [Float])
  case network(plan: TrainingPlan, input: [Float], targets: [Float])

  init(_ file: ReferenceFile, _ path: String, _ table: KernelTable) throws {
    if try file.string("problem", of: path) == "quadratic" {
      self = .quadratic(matrix: try file.floats(path + "/input/A"), offset: try file.floats(path + "/input/b"))
      return
    }
    var graph = Graph(name: "net", inputChannels: 3)
    let first = try graph.add(Dense(3, to: 4), as: "fc1", to: graph.input)
    let second = try graph.add(Activation(.tanh), as: "tanh", to: first)
    let last = try graph.add(LastStep(), as: "last", to: second)
    let output = try graph.add(Dense(4, to: 1), as: "fc2", to: last)
    graph.finish(features: second, output: output)
    let batch = try file.shape(path + "/input/x")[0]
    self = .network(
      plan: try TrainingPlan(graph, steps: 1, batch: batch, table: table), input: try file.floats(path + "/input/x"),
      targets: try file.floats(path + "/input/target"))
  }

  func run(_ parameters: ParameterStore, _ gradients: ParameterStore, step: Int) throws -> Double {
    switch self {
    case .network(let plan, let input, let targets):
      return plan.run(
        parameters, input: input, targets: targets, loss: .meanSquaredError, gradients: gradients, key: UInt64(step),
        workers: Workers(count: 2))
    case .quadratic(let matrix, let offset):
      let x = parameters.parameters["x"]!.values, n = x.count
      let product = (0..<n).map { i in (0..<n).reduce(0.0) { $0 + Double(matrix[i * n + $1]) * Double(x[$1]) } }
      var slopes = Parameters()
      slopes["x"] = Tensor(shape: [n], values: (0..<n).map { Float(product[$0] - Double(offset[$0])) })
      gradients.set(slopes)
      return (0..<n).reduce(0) { $0 + Double(x[$1]) * (product[$1] / 2 - Double(offset[$1])) }
    }
  }
}
