import LayerGraph
import ModelZoo

/// A small network that is loaded while `zoo` runs: two convolutions, read by a gated recurrent unit.
public struct Foo: NetworkArchitecture {
  /// Hyper-parameters; they are stored in every checkpoint, and a recipe's `configuration` sets them.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Channels of each convolution.
    public var filters = 16
    /// Units of the recurrent layer.
    public var hidden = 24
  }

  public var configuration = Configuration()
  public func with(configuration: Configuration) -> Foo { Foo(configuration: configuration) }

  public var card: Card {
    Card(
      id: "foo", title: "Foo", summary: "Two convolutions read by a gated recurrent unit, from a shared library.",
      reference: "none; an example", lengths: 2...20_000, invariances: [.shift, .scale])
  }

  public func graph(for subtask: Subtask) throws -> Graph {
    let c = configuration
    var graph = Graph(name: card.id, inputChannels: subtask.dimension)
    var x = try graph.add(Conv1D(subtask.dimension, to: c.filters, kernelSize: 3), as: "first", to: graph.input)
    x = try graph.add(Activation(.tanh), as: "first.activation", to: x)
    x = try graph.add(Conv1D(c.filters, to: c.filters, kernelSize: 3, dilation: 2), as: "second", to: x)
    x = try graph.add(Activation(.tanh), as: "second.activation", to: x)
    let states = try graph.add(GRU(c.filters, hidden: c.hidden), as: "gru", to: x)
    let features = try graph.add(LastStep(), as: "features", to: states)
    let output = try graph.add(Dense(c.hidden, to: subtask.outputs), as: "head", to: features)
    graph.finish(features: features, output: output)
    return graph
  }
}

/// What `zoo` calls once it has loaded the library.
@c(zoo_plugin_register) public func register(_ list: UnsafeMutableRawPointer) {
  PluginRegistration(list).add(Foo())
}
