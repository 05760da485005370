import LayerGraph
import ModelZoo

/// A small network with a layer of its own: convolutions, leaky integrators with a learned memory each, the mean over
/// time.
struct Leaky: NetworkArchitecture {
  /// Hyper-parameters.
  struct Configuration: Codable, Sendable, Equatable {
    /// Channels of the convolutions, and integrators.
    var filters = 32
    /// Neighbouring points that a convolution sees.
    var kernelSize = 3
  }

  var configuration = Configuration()

  func with(configuration: Configuration) -> Leaky { Leaky(configuration: configuration) }

  var card: Card {
    Card(
      id: "leaky", title: "Leaky integrators",
      summary: "Convolutions read by leaky integrators; shows an architecture from outside with a layer of its own.",
      reference: "none; an example", lengths: 2...20_000, invariances: [.shift, .scale])
  }

  func graph(for subtask: Subtask) throws -> Graph {
    let filters = configuration.filters
    var graph = Graph(name: card.id, inputChannels: subtask.dimension)
    let stem = Conv1D(subtask.dimension, to: filters, kernelSize: configuration.kernelSize)
    let mixing = Conv1D(filters, to: filters, kernelSize: configuration.kernelSize)
    var x = try graph.add(stem, as: "stem", to: graph.input)
    x = try graph.add(Activation(.tanh), as: "stem.activation", to: x)
    x = try graph.add(LeakyIntegrator(filters), as: "memory", to: x)
    x = try graph.add(mixing, as: "mixing", to: x)
    x = try graph.add(Activation(.relu), as: "mixing.activation", to: x)
    let features = try graph.add(GlobalAveragePooling(), as: "features", to: x)
    let output = try graph.add(Dense(filters, to: subtask.outputs), as: "head", to: features)
    graph.finish(features: features, output: output)
    return graph
  }
}
