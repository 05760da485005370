/// The files of an architecture that works before a line of it is changed.
enum Template {
  /// Two convolutions, a gated recurrent unit and the mean over time: small, quick to train, and better than a fit.
  static func architecture(name: String, id: String) -> String {
    """
    import LayerGraph
    import ModelZoo

    /// \(name): two convolutions over the trajectory, read by a gated recurrent unit.
    public struct \(name): NetworkArchitecture {
      /// Hyper-parameters; they are stored in every checkpoint, and a recipe's `configuration` sets them.
      public struct Configuration: Codable, Sendable, Equatable {
        /// Channels of each convolution.
        public var filters = 24
        /// Neighbouring points that a convolution sees.
        public var kernelSize = 5
        /// Units of the recurrent layer.
        public var hidden = 32

        /// The defaults.
        public init() {}
      }

      public var configuration: Configuration

      /// The network with these hyper-parameters.
      public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
      public func with(configuration: Configuration) -> \(name) { \(name)(configuration: configuration) }

      public var card: Card {
        Card(
          id: "\(id)", title: "\(name)",
          summary: "Two convolutions over the trajectory, read by a gated recurrent unit.",
          reference: "Author A and Author B (year) Journal volume page, doi", weightsLicence: "MIT",
          lengths: 2...20_000, invariances: [.shift, .scale])
      }

      public func graph(for subtask: Subtask) throws -> Graph {
        let c = configuration
        var graph = Graph(name: card.id, inputChannels: subtask.dimension)
        var x = graph.input
        var channels = subtask.dimension
        for k in 0..<2 {
          let convolution = Conv1D(channels, to: c.filters, kernelSize: c.kernelSize, dilation: 1 + k)
          x = try graph.add(convolution, as: "convolution.\\(k)", to: x)
          x = try graph.add(Activation(.tanh), as: "activation.\\(k)", to: x)
          channels = c.filters
        }
        let states = try graph.add(GRU(c.filters, hidden: c.hidden), as: "gru", to: x)
        let features = try graph.add(LastStep(), as: "features", to: states)
        let output = try graph.add(Dense(c.hidden, to: subtask.outputs), as: "head", to: features)
        graph.finish(features: features, output: output)
        return graph
      }
    }

    """
  }

  static func readMe(name: String, id: String) -> String {
    """
    # \(name)

    What it is, in three sentences, and where it was published.

    - `\(name).swift`: the card (what users read), the configuration (hyper-parameters, stored in checkpoints) and the
      graph. What enters the graph is the trajectory with each component z-scored; `input(_:)` can say otherwise.
    - `Weights/\(id)/`: a recipe and a checkpoint for each subtask. `zoo train --recipe` makes one from the other.

    ```
    swift run -c release zoo describe \(id)
    swift run -c release zoo check \(id)
    swift run -c release zoo train --recipe Weights/\(id)/exponent-1d.recipe --output Weights/\(id)/exponent-1d.h5
    swift run -c release zoo eval --models \(id),msd --tasks exponent --dimensions 1
    ```

    """
  }

  /// A run of some minutes on two cores.
  static func recipe(id: String, task: String) -> String {
    """
    architecture: \(id)
    task: \(task)
    dimension: 1
    budget: 300000
    lengths: {power: 0.5, growth: 0}
    batch: {points: 16000, least: 24, most: 512}
    \(task == "exponent" ? "loss: {kind: huber, delta: 0.1}\n" : "")optimizer: {kind: adamw, beta2: 0.99, weightDecay: 0.0001}
    schedule: {rate: 0.002, warmUp: 0.02, floor: 0.005}
    validation: {count: 2000, every: 50000}

    """
  }
}
