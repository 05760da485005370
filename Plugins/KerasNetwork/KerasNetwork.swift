import Diffusion
import LayerGraph
import ModelZoo

/// Any chain of layers that Keras describes: what a published network runs as without an architecture written for it.
public struct KerasNetwork: KerasHost {
  /// The layers, and what of a trajectory enters them.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Nil until a file was imported: a small LSTM then, to be trained.
    public var model: KerasModel?
    public var input = TrajectoryInput(.standardised)

    public init() {}
  }

  public var configuration: Configuration

  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> KerasNetwork { KerasNetwork(configuration: configuration) }

  public func hosting(_ model: KerasModel, input: TrajectoryInput) -> KerasNetwork {
    var network = self
    network.configuration.model = model
    network.configuration.input = input
    return network
  }

  public var card: Card {
    Card(
      id: "keras", title: "A network from Keras",
      summary: "Whatever chain of layers was imported from a Keras file; a small LSTM where none was.",
      reference: "Chollet F and others (2015) Keras, https://keras.io", lengths: 2...20_000)
  }

  public func input(_ trajectory: Trajectory) -> Tensor { configuration.input.tensor(trajectory) }
  public func inputSteps(points: Int) -> Int { configuration.input.steps(points: points) }

  public func kerasModel(for subtask: Subtask) throws -> KerasModel {
    if let model = configuration.model { return model }
    return KerasModel(
      inputChannels: configuration.input.channels(dimension: subtask.dimension),
      layers: [
        KerasLayer("lstm", .lstm(KerasLayer.Recurrence(units: 16))),
        KerasLayer("dense", .dense(units: subtask.outputs, activation: .linear, hasBias: true)),
      ])
  }
}
