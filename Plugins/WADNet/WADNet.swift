import LayerGraph
import ModelZoo

/// WADNet: a WaveNet encoder with stacked LSTM layers.
///
/// - Source: Li, Yao and Huang (2021), "WaveNet-based deep neural networks for the characterization of anomalous
///   diffusion (WADNet)", J. Phys. A: Math. Theor. 54 404003, section 2.2.
public struct WADNet: NetworkArchitecture {
  /// Hyper-parameters; the paper's values are the defaults.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Channels inside the encoder.
    public var filters = 32
    /// Gated layers; layer k has dilation 2^k.
    public var depth = 16
    /// Points that each gated convolution sees.
    public var kernelSize = 3
    /// Units of each LSTM layer.
    public var hidden = 64
    /// LSTM layers on top of each other.
    public var recurrentLayers = 3
    /// Share of numbers that is dropped in training, before the LSTM and before the head.
    public var dropout: Float = 0.1
    /// Lengths at which batch normalisation keeps statistics of its own; empty for one pooled set, as in the paper, where
    /// each length has a network of its own.
    public var statisticsLengths: [Int] = [10, 14, 20, 28, 40, 56, 80, 112, 158, 222, 312, 440, 620, 800, 999]
    /// Added to the forget gates' initial bias.
    public var forgetBias: Float = 1

    /// The defaults.
    public init() {}
  }

  public var configuration: Configuration

  /// WADNet with these hyper-parameters.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> WADNet { WADNet(configuration: configuration) }

  public var card: Card {
    Card(
      id: "wadnet", title: "WADNet",
      summary: "Dilated gated convolutions over the whole trajectory, their sum read by three LSTM layers.",
      reference: "Li D, Yao Q and Huang Z (2021) J. Phys. A: Math. Theor. 54 404003, doi:10.1088/1751-8121/ac219c",
      weightsLicence: "MIT", lengths: 2...20_000, invariances: [.shift, .scale])
  }

  public func graph(for subtask: Subtask) throws -> Graph {
    let c = configuration
    var graph = Graph(name: card.id, inputChannels: subtask.dimension)
    let stem = Conv1D(subtask.dimension, to: c.filters, kernelSize: c.kernelSize)
    let pointwise = Conv1D(c.filters, to: c.filters, kernelSize: 1)
    var x = try graph.add(stem, as: "wave_lstm_1.conv1d_0", to: graph.input)
    var skips = [x]
    for k in 0..<c.depth {
      let gated = GatedConvolution(c.filters, to: c.filters, kernelSize: c.kernelSize, dilation: 1 << k)
      let z = try graph.add(
        gated, as: "wave_lstm_1.gated.\(k)", to: x,
        groups: ["filter": "wave_lstm_1.conv1d_tanh.\(k)", "gate": "wave_lstm_1.conv1d_sigm.\(k)"])
      // One 1x1 convolution serves all layers, and there is no residual: z is not added to x.
      x = try graph.add(pointwise, as: "wave_lstm_1.pointwise.\(k)", to: z, scope: "wave_lstm_1.conv1d_1")
      skips.append(x)
    }
    let sum = try graph.add(Sum(), as: "wave_lstm_1.skip_sum", to: skips)
    let normalised = try graph.add(
      BatchNorm(c.filters, lengths: c.statisticsLengths), as: "wave_lstm_1.post.0", to: sum)
    let dropped = try graph.add(Dropout(c.dropout), as: "wave_lstm_1.post.1", to: normalised)
    let recurrent = LSTM(c.filters, hidden: c.hidden, layers: c.recurrentLayers, forgetBias: c.forgetBias)
    let states = try graph.add(recurrent, as: "wave_lstm_1.lstm", to: dropped)
    let features = try graph.add(LastStep(), as: "features", to: states)
    let kept = try graph.add(Dropout(c.dropout), as: "fc.0", to: features)
    let output = try graph.add(Dense(c.hidden, to: subtask.outputs), as: "fc.1", to: kept)
    graph.finish(features: features, output: output)
    return graph
  }
}
