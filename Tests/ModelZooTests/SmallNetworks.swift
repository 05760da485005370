import Diffusion
import LayerGraph
import PlainLSTM

@testable import ModelZoo

/// Networks that run in no time, and what tests do with them.
enum SmallNetworks {
  static let exponent = Subtask(task: .exponent, dimension: 1)
  static let model = Subtask(task: .model, dimension: 2)

  static var network: PlainLSTM {
    var configuration = PlainLSTM.Configuration()
    configuration.hidden = 8
    configuration.layers = 1
    return PlainLSTM(configuration: configuration)
  }

  /// A checkpoint with random parameters and a stored run.
  static func checkpoint(_ subtask: Subtask = exponent, seed: UInt64, lengths: ClosedRange<Int>? = nil) throws
    -> Checkpoint
  {
    var parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: seed)
    // Exponents in the middle of their range, so that nothing is clipped.
    if subtask.task == .exponent { parameters["fc.bias"]?.values = [1] }
    let trajectories = trajectories(subtask, [20, 20, 20])
    var checkpoint = try network.checkpoint(subtask, parameters: parameters, probe: trajectories)
    checkpoint.lengths = lengths
    return checkpoint
  }

  static func characterizer(_ checkpoint: Checkpoint) throws -> NetworkCharacterizer {
    try network.characterizer(for: checkpoint.subtask, checkpoint: checkpoint) as! NetworkCharacterizer
  }

  /// Random walks of these lengths, in one dimension.
  static func trajectories(_ lengths: [Int]) -> [Trajectory] { trajectories(exponent, lengths) }

  /// Random walks of these lengths.
  static func trajectories(_ subtask: Subtask, _ lengths: [Int], seed: UInt64 = 1) -> [Trajectory] {
    var random = CounterBasedRandom(seed: seed)
    return lengths.map { length in
      let positions = (0..<subtask.dimension).flatMap { _ in
        random.normals(length).reduce(into: [Double]()) { $0.append(($0.last ?? 0) + $1) }
      }
      return try! Trajectory(dimension: subtask.dimension, positions: positions)
    }
  }
}

extension Prediction {
  /// An exponent, or probabilities.
  var values: [Double] {
    switch self {
    case .exponent(let exponent): [exponent]
    case .model(let probabilities): probabilities
    }
  }
}

/// A network whose input has a row for each block of increments, as some published ones have.
struct BlockNetwork: NetworkArchitecture {
  struct Configuration: Codable, Sendable, Equatable { var block = 4 }
  var configuration = Configuration()
  func with(configuration: Configuration) -> BlockNetwork { BlockNetwork(configuration: configuration) }
  var card: Card {
    Card(
      id: "blocks", title: "Blocks", summary: "Reads blocks.", reference: "None.",
      subtasks: [SmallNetworks.exponent], lengths: 10...10_000)
  }
  func graph(for subtask: Subtask) throws -> Graph {
    var graph = Graph(name: card.id, inputChannels: configuration.block)
    let states = try graph.add(LSTM(configuration.block, hidden: 4, layers: 1), as: "lstm", to: graph.input)
    let features = try graph.add(LastStep(), as: "features", to: states)
    let output = try graph.add(Dense(4, to: 1), as: "fc", to: features)
    graph.finish(features: features, output: output)
    return graph
  }
  func inputSteps(points: Int) -> Int { (points - 1) / configuration.block }
  func input(_ trajectory: Trajectory) -> Tensor {
    let x = Array(trajectory.component(0)), rows = inputSteps(points: x.count)
    let steps = zip(x.dropFirst(), x).map { Float($0 - $1) }
    return Tensor(shape: [rows, configuration.block], values: Array(steps.prefix(rows * configuration.block)))
  }
}
