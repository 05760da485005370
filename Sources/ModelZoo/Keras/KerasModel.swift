import LayerGraph

/// A chain of Keras layers, which becomes a graph.
public struct KerasModel: Sendable, Codable, Equatable {
  /// Numbers at each step of the input.
  public var inputChannels: Int
  /// Steps of the input; nil where any number is taken.
  public var inputSteps: Int?
  /// From the input to the output; names are unique.
  public var layers: [KerasLayer]

  /// - Parameters:
  ///   - inputChannels: numbers at each step of the input.
  ///   - inputSteps: steps of the input; nil, the default, where any number is taken.
  ///   - layers: from the input to the output.
  public init(inputChannels: Int, inputSteps: Int? = nil, layers: [KerasLayer]) {
    self.inputChannels = inputChannels
    self.inputSteps = inputSteps
    self.layers = layers
  }

  /// The layers as a graph.
  /// - Parameters:
  ///   - name: what messages call the graph.
  ///   - endsInLogits: leaves out a softmax at the end, as networks of this package end in logits.
  /// - Throws: `GraphError` where layers do not fit each other.
  public func graph(name: String, endsInLogits: Bool = true) throws -> Graph {
    var builder = Builder(graph: Graph(name: name, inputChannels: inputChannels), channels: inputChannels)
    let last = layers.lastIndex { if case .dropout = $0.kind { false } else { true } }
    var features = builder.value
    for (index, layer) in layers.enumerated() {
      if index == last { features = builder.value }
      try builder.add(layer, withSoftmax: !(endsInLogits && index == last))
    }
    // Of a single layer the result is all there is.
    builder.graph.finish(features: features.node < 0 ? builder.value : features, output: builder.value)
    if let inputSteps { _ = try builder.graph.shapes(steps: inputSteps) }
    return builder.graph
  }

  /// Whether the last layer ends in a softmax, so that what the graph leaves are probabilities' logits.
  public var endsInSoftmax: Bool {
    for layer in layers.reversed() {
      switch layer.kind {
      case .dropout: continue
      case .dense(_, let activation, _), .activation(let activation): return activation == .softmax
      default: return false
      }
    }
    return false
  }

  /// Adds layers one after the other.
  private struct Builder {
    var graph: Graph
    var value: Graph.Value
    var channels: Int

    init(graph: Graph, channels: Int) {
      self.graph = graph
      value = graph.input
      self.channels = channels
    }

    mutating func add(_ layer: KerasLayer, withSoftmax: Bool) throws {
      switch layer.kind {
      case .dense(let units, let activation, let hasBias):
        try then(Dense(channels, to: units, hasBias: hasBias), as: layer.name)
        channels = units
        try activate(activation, layer.name, withSoftmax: withSoftmax)
      case .convolution(let c):
        try then(
          Conv1D(
            channels, to: c.filters, kernelSize: c.kernelSize, dilation: c.dilation, padding: c.padding,
            hasBias: c.hasBias), as: layer.name)
        if c.stride > 1 {
          let reach = c.padding == .same ? c.dilation * (c.kernelSize - 1) : 0
          try then(Subsampling(stride: c.stride, reach: reach), as: layer.name + ".stride")
        }
        channels = c.filters
        try activate(c.activation, layer.name, withSoftmax: withSoftmax)
      case .lstm(let r):
        value = try run(r, layer.name, to: value)
        channels = r.units
      case .bidirectional(let r, let merge): try add(r, merge, layer.name)
      case .batchNormalization(let epsilon, _, _):
        try then(BatchNorm(channels, epsilon: epsilon, momentum: 0.01), as: layer.name)
      case .layerNormalization(let epsilon, _, _): try then(LayerNorm(channels, epsilon: epsilon), as: layer.name)
      case .dropout(let rate): try then(Dropout(rate), as: layer.name)
      case .activation(let activation):
        try activate(activation, layer.name, withSoftmax: withSoftmax)
      case .globalAveragePooling: try then(GlobalAveragePooling(), as: layer.name)
      }
    }

    private mutating func then(_ layer: any Layer, as name: String) throws {
      value = try graph.add(layer, as: name, to: value)
    }

    private mutating func activate(_ activation: KerasActivation, _ name: String, withSoftmax: Bool) throws {
      if let function = activation.function {
        try then(Activation(function), as: "\(name).\(activation.rawValue)")
      } else if activation == .softmax, withSoftmax {
        try then(Softmax(), as: name + ".softmax")
      }
    }

    /// One direction, in the order in which it reads.
    private mutating func run(_ r: KerasLayer.Recurrence, _ name: String, to input: Graph.Value) throws -> Graph.Value {
      var value = input
      if r.goesBackwards { value = try graph.add(TimeReversal(), as: name + ".backwards", to: value) }
      value = try graph.add(Self.layer(r, channels), as: name, to: value)
      return r.returnsSequences ? value : try graph.add(LastStep(), as: name + ".last", to: value)
    }

    private static func layer(_ r: KerasLayer.Recurrence, _ channels: Int) -> any Layer {
      if r.hasBias, r.activation == .tanh, r.recurrentActivation == .sigmoid { return LSTM(channels, hidden: r.units) }
      return ActivatedLSTM(
        channels, hidden: r.units, activation: r.activation.function ?? .tanh,
        gateActivation: r.recurrentActivation.function ?? .sigmoid, hasBias: r.hasBias)
    }

    private mutating func add(_ r: KerasLayer.Recurrence, _ merge: KerasLayer.Merge, _ name: String) throws {
      var backwards = r
      backwards.goesBackwards.toggle()
      let forward = try run(r, name + ".forward", to: value)
      var backward = try run(backwards, name + ".backward", to: value)
      if r.returnsSequences { backward = try graph.add(TimeReversal(), as: name + ".flipped", to: backward) }
      let layer: any Layer =
        switch merge {
        case .concat: Concatenation()
        case .sum: Sum()
        case .mul: Multiplication()
        case .ave: Average()
        }
      value = try graph.add(layer, as: name, to: forward, backward)
      channels = merge == .concat ? 2 * r.units : r.units
    }
  }
}
