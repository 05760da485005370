import LayerGraph
import Diffusion
import ModelZoo
import Testing
import ZooConformance

/// The suite finds what is wrong: checks that can't fail would be worth nothing.
@Suite struct BrokenThingsTests {
  @Test func aWrongGradientIsFound() {
    let results = LayerChecks.results(of: LayerChecks.Case(Doubling(gradient: 3), .vector(channels: 4)))
    #expect(results.allSatisfy { $0.isFailure })
    let right = LayerChecks.results(of: LayerChecks.Case(Doubling(gradient: 2), .vector(channels: 4)))
    #expect(right.allSatisfy { !$0.isFailure })
  }

  @Test func aGraphThatEndsInTheWrongNumberIsFound() {
    let results = ArchitectureChecks(WrongEnd(), weights: WeightStore(folders: ["/nowhere"])).results()
    let failed = results.filter(\.isFailure).map(\.name)
    #expect(failed.contains("its graph ends in what the subtask asks for"))
  }

  @Test func aMethodOutsideItsRangeIsFound() {
    let results = ArchitectureChecks(OutOfRange(), weights: WeightStore(folders: ["/nowhere"])).results()
    let failed = results.filter(\.isFailure).map(\.name)
    #expect(failed.contains("predictions are in range"))
    #expect(failed.contains("wrong trajectories are errors"))
  }
}

/// y = 2 x, with a gradient that may be wrong.
private struct Doubling: Layer {
  let gradient: Float
  func outputShape(for inputs: [Shape]) throws -> Shape { inputs[0] }
  func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel { Kernel(gradient: gradient) }

  private final class Kernel: LayerKernel {
    let gradient: Float
    init(gradient: Float) { self.gradient = gradient }
    func forward(_ call: ForwardCall) {
      for index in 0..<call.output.count { call.output.data[index] = 2 * call.inputs[0].data[index] }
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

private struct Empty: Codable, Sendable, Equatable {}

/// Ends in three numbers whatever is asked.
private struct WrongEnd: NetworkArchitecture {
  let configuration = Empty()
  func with(configuration: Empty) -> WrongEnd { WrongEnd() }
  var card: Card { Card(id: "wrong-end", title: "Wrong", summary: "Wrong.", reference: "None.") }
  func graph(for subtask: Subtask) throws -> Graph {
    var graph = Graph(name: "wrong-end", inputChannels: subtask.dimension)
    let last = try graph.add(LastStep(), as: "last", to: graph.input)
    let output = try graph.add(Dense(subtask.dimension, to: 3), as: "fc", to: last)
    graph.finish(features: last, output: output)
    return graph
  }
}

/// Says 7 of everything.
private struct OutOfRange: Architecture {
  var card: Card { Card(id: "seven", title: "Seven", summary: "Seven.", reference: "None.") }
  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer { Sevens() }
}

private struct Sevens: Characterizer {
  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] { trajectories.map { _ in .exponent(7) } }
}
