import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// A method without parameters that does what a test wants of it.
struct BrokenMethod: Architecture {
  var card = Card(
    id: "broken", title: "Broken", summary: "Broken.", reference: "None.",
    subtasks: [Subtask(task: .exponent, dimension: 1)], lengths: 2...5000)
  /// Whether subtasks that the card does not name are refused.
  var refuses = true
  /// Whether dimensions and lengths are looked at.
  var looks = true
  let answer: @Sendable ([Trajectory]) throws -> [Prediction]

  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }

  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer {
    if refuses { try card.require(subtask) }
    return Answers(lengths: looks ? card.lengths : nil, answer: answer)
  }

  private struct Answers: Characterizer {
    let lengths: ClosedRange<Int>?
    let answer: @Sendable ([Trajectory]) throws -> [Prediction]

    func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
      for (index, trajectory) in trajectories.enumerated() {
        guard let lengths else { break }
        guard trajectory.dimension == 1 else {
          throw CharacterizerError.dimension(index: index, expected: 1, found: trajectory.dimension)
        }
        guard lengths.contains(trajectory.count) else {
          throw CharacterizerError.length(index: index, expected: lengths, found: trajectory.count)
        }
      }
      return try answer(trajectories)
    }
  }
}

/// A small network with a layer of a test's choice at its end.
struct BrokenNetwork: NetworkArchitecture {
  struct Configuration: Codable, Sendable, Equatable {}

  let configuration = Configuration()
  var last: any Layer = Doubling()
  /// What node names begin with; asked for anew whenever a graph is made.
  var prefix: @Sendable () -> String = { "" }
  /// Numbers at the end, where that is not what the subtask asks for.
  var outputs: Int?

  func with(configuration: Configuration) -> BrokenNetwork { self }

  var card: Card {
    Card(
      id: "broken", title: "Broken", summary: "Broken.", reference: "None.",
      subtasks: [Subtask(task: .exponent, dimension: 1)], lengths: 2...5000, invariances: [.shift, .scale])
  }

  func graph(for subtask: Subtask) throws -> Graph {
    let prefix = prefix()
    var graph = Graph(name: card.id, inputChannels: subtask.dimension)
    let last = try graph.add(LastStep(), as: "last", to: graph.input)
    let features = try graph.add(Dense(subtask.dimension, to: 4), as: prefix + "features", to: last)
    let head = try graph.add(Dense(4, to: outputs ?? subtask.outputs), as: "head", to: features)
    graph.finish(features: features, output: try graph.add(self.last, as: "end", to: head))
    return graph
  }
}

/// y = 2 x, with a gradient and a result that may be wrong.
struct Doubling: Layer {
  var gradient: Float = 2
  /// Adds one to the result where this is the instruction set.
  var wrongTable: String?

  func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }

  func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    Kernel(gradient: gradient, offset: setting.table.name == wrongTable ? 1 : 0)
  }

  private final class Kernel: LayerKernel {
    let gradient: Float, offset: Float

    init(gradient: Float, offset: Float) {
      self.gradient = gradient
      self.offset = offset
    }

    func forward(_ call: ForwardCall) {
      for index in 0..<call.output.count { call.output.data[index] = 2 * call.inputs[0].data[index] + offset }
    }

    func backward(_ call: BackwardCall) {
      guard let target = call.inputGradients[0] else { return }
      for index in 0..<target.rows.count {
        let value = gradient * call.outputGradient.data[index]
        target.rows.data[index] = target.accumulates ? target.rows.data[index] + value : value
      }
    }
  }
}
