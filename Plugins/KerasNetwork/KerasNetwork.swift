import Diffusion
import LayerGraph
import ModelZoo

/// Any chain of layers that Keras describes: what a published network runs as without an architecture written for it.
public struct KerasNetwork: KerasHost {
  /// The layers, and what of a trajectory enters them.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Nil until a file was imported: a small LSTM then, to be trained.
    public var model: KerasModel?
    /// What enters the layers; standardised positions, one step at a time, by default.
    public var input = TrajectoryInput(.standardised)

    /// The defaults: no imported layers, standardised positions.
    public init() {}
  }

  public var configuration: Configuration

  /// - Parameter configuration: the layers and their input; a small LSTM by default.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> KerasNetwork { KerasNetwork(configuration: configuration) }

  /// This network with the given layers and input in place of its own.
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
  /// Rows that enter the layers for a trajectory of this many points.
  public func inputSteps(points: Int) -> Int { configuration.input.steps(points: points) }

  /// The imported layers, whatever the subtask; where there are none, an LSTM of 16 units and a dense layer.
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
