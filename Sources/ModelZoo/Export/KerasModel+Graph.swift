import LayerGraph

extension KerasModel {
  /// A graph that is a chain of layers which Keras has, with parameters under Keras's slots.
  ///
  /// A stack of LSTM layers becomes as many layers of Keras's; the last step of a recurrent layer becomes its
  /// `return_sequences`.
  /// - Returns: the layers, and the parameters by their names in this model.
  /// - Throws: `ExportError` with the first layer that has no counterpart.
  public static func chain(_ graph: Graph, _ parameters: Parameters) throws -> (
    model: KerasModel, parameters: Parameters
  ) {
    var builder = ChainBuilder(parameters)
    for (index, node) in graph.nodes.enumerated() {
      let readers = graph.nodes.count { $0.inputs.contains { $0.node == index } }
      guard node.inputs.count == 1, node.inputs[0].node == index - 1, readers == 1 || index == graph.nodes.count - 1
      else {
        throw ExportError.branches(layer: node.name, format: "Keras 2")
      }
      try builder.add(node)
    }
    return (KerasModel(inputChannels: graph.inputChannels, layers: builder.layers), builder.renamed)
  }
}

/// Collects layers on the way along a chain.
private struct ChainBuilder {
  let parameters: Parameters
  var layers: [KerasLayer] = []
  var renamed = Parameters()

  init(_ parameters: Parameters) { self.parameters = parameters }

  /// Keras does not take dots in names of layers.
  private func plain(_ name: String) -> String { String(name.map { $0 == "." || $0 == "/" ? "_" : $0 }) }

  private mutating func copy(_ node: Graph.Node, _ pairs: [(from: String, to: String)]) {
    for (from, to) in pairs { renamed[to] = parameters[node.key(of: from)] }
  }

  mutating func add(_ node: Graph.Node) throws {
    let name = plain(node.name)
    switch node.layer {
    case let dense as Dense:
      layers.append(KerasLayer(name, .dense(units: dense.outputs, activation: .linear, hasBias: dense.hasBias)))
      copy(node, [("weight", name + ".weight"), ("bias", name + ".bias")])
    case let layer as Conv1D:
      var c = KerasLayer.Convolution(filters: layer.filters, kernelSize: layer.kernelSize)
      c.dilation = layer.dilation
      c.padding = layer.padding
      c.hasBias = layer.hasBias
      layers.append(KerasLayer(name, .convolution(c)))
      copy(node, [("weight", name + ".weight"), ("bias", name + ".bias")])
    case let stack as LSTM:
      for index in 0..<stack.layers { addRecurrence(stack, index, node, name) }
    case is LastStep: try endSequences(node.name)
    case let norm as BatchNorm where norm.lengths.isEmpty:
      layers.append(KerasLayer(name, .batchNormalization(epsilon: norm.epsilon, hasScale: true, hasShift: true)))
      copy(
        node, ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map { ($0, "\(name).\($0)") })
    case is BatchNorm:
      throw ExportError.layer(
        layer: node.name, format: "Keras 2", reason: "its statistics by length have no counterpart there")
    case let norm as LayerNorm:
      layers.append(KerasLayer(name, .layerNormalization(epsilon: norm.epsilon, hasScale: true, hasShift: true)))
      copy(node, [("weight", name + ".weight"), ("bias", name + ".bias")])
    case let dropout as Dropout: layers.append(KerasLayer(name, .dropout(rate: dropout.rate)))
    case let activation as Activation:
      guard let found = KerasActivation.allCases.first(where: { $0.function == activation.function }) else {
        throw ExportError.layer(layer: node.name, format: "Keras 2", reason: "Keras has no \(activation.function)")
      }
      layers.append(KerasLayer(name, .activation(found)))
    case is Softmax: layers.append(KerasLayer(name, .activation(.softmax)))
    case is GlobalAveragePooling: layers.append(KerasLayer(name, .globalAveragePooling))
    default:
      throw ExportError.layer(
        layer: node.name, format: "Keras 2", reason: "\(type(of: node.layer)) has no counterpart there")
    }
  }

  private mutating func addRecurrence(_ stack: LSTM, _ index: Int, _ node: Graph.Node, _ base: String) {
    let name = stack.layers == 1 ? base : "\(base)_\(index)"
    var r = KerasLayer.Recurrence(units: stack.hidden)
    r.returnsSequences = true
    layers.append(KerasLayer(name, stack.isBidirectional ? .bidirectional(r, merge: .concat) : .lstm(r)))
    for (direction, suffix) in stack.isBidirectional ? [(".forward", ""), (".backward", "_reverse")] : [("", "")] {
      copy(
        node,
        ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map {
          ("\($0)_l\(index)\(suffix)", "\(name)\(direction).\($0)_l0")
        })
    }
  }

  /// The layer before hands on its last step alone.
  private mutating func endSequences(_ node: String) throws {
    if let last = layers.indices.last, case .lstm(var r) = layers[last].kind {
      r.returnsSequences = false
      layers[last].kind = .lstm(r)
      return
    }
    throw ExportError.layer(
      layer: node, format: "Keras 2", reason: "the last step of anything but an LSTM has no counterpart there")
  }
}
