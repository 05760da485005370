import LayerGraph
import ModelZoo

/// Three LSTM layers that read the z-scored trajectory itself: what WADNet is without its encoder.
public struct PlainLSTM: NetworkArchitecture {
  /// Hyper-parameters.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Units of each layer.
    public var hidden = 64
    /// Layers on top of each other.
    public var layers = 3
    /// Added to the forget gates' initial bias.
    public var forgetBias: Float = 1

    /// The defaults.
    public init() {}
  }

  public var configuration: Configuration

  /// The network with these hyper-parameters.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> PlainLSTM { PlainLSTM(configuration: configuration) }

  public var card: Card {
    Card(
      id: "lstm", title: "Plain LSTM",
      summary: "Three LSTM layers on the z-scored positions; the baseline that shows what an encoder brings.",
      reference: "Hochreiter S and Schmidhuber J (1997) Neural Comput. 9 1735-80, doi:10.1162/neco.1997.9.8.1735",
      weightsLicence: "MIT", lengths: 2...20_000, invariances: [.shift, .scale])
  }

  public func graph(for subtask: Subtask) throws -> Graph {
    var graph = Graph(name: card.id, inputChannels: subtask.dimension)
    let recurrent = LSTM(
      subtask.dimension, hidden: configuration.hidden, layers: configuration.layers,
      forgetBias: configuration.forgetBias)
    let states = try graph.add(recurrent, as: "lstm", to: graph.input)
    let features = try graph.add(LastStep(), as: "features", to: states)
    let output = try graph.add(Dense(configuration.hidden, to: subtask.outputs), as: "fc", to: features)
    graph.finish(features: features, output: output)
    return graph
  }
}
