import Foundation
import HDF5
import LayerGraph

/// Writes a chain of layers as a whole model in the layout of Keras 2, which Keras 2 and 3 load.
public enum Keras2Export {
  /// - Parameters:
  ///   - model: the layers.
  ///   - parameters: as the graph of the layers has them.
  ///   - endsInSoftmax: whether logits at the end are to become probabilities in the file's own last layer.
  ///   - name: what the model is called in the file.
  ///   - path: the file to write; an existing one is replaced in one step.
  /// - Throws: `ExportError.layer` where a layer has no counterpart there, `AtomicFile.Failure` or `HDF5Error`.
  public static func write(
    _ model: KerasModel, _ parameters: Parameters, endsInSoftmax: Bool, name: String, to path: String
  ) throws {
    var model = model
    if endsInSoftmax, !model.endsInSoftmax, let last = model.layers.indices.last {
      if case .dense(let units, .linear, let hasBias) = model.layers[last].kind {
        model.layers[last].kind = .dense(units: units, activation: .softmax, hasBias: hasBias)
      } else {
        model.layers.append(KerasLayer("probabilities", .activation(.softmax)))
      }
    }
    let items = model.slots()
    let tensors = try items.map { try model.tensors(of: $0, parameters) }
    let config = try configuration(model, name: name)
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File.create(temporary), root = try file.root
      try root.setAttribute("backend", "tensorflow")
      try root.setAttribute("keras_version", version)
      try root.setAttribute("model_config", config)
      let weights = try root.createGroup("model_weights")
      try weights.setAttribute("backend", "tensorflow")
      try weights.setAttribute("keras_version", version)
      try weights.setAttribute("layer_names", items.map(\.layer.name))
      for (item, tensors) in zip(items, tensors) {
        let group = try weights.createGroup(item.layer.name)
        let names = tensors.map { "\(item.layer.name)/\($0.slot.path):0" }
        try group.setAttribute("weight_names", names)
        for (path, tensor) in zip(names, tensors.map(\.tensor)) {
          var parent = group
          let parts = path.split(separator: "/").map(String.init)
          for part in parts.dropLast() {
            parent = parent.contains(part) ? try parent.group(part) : try parent.createGroup(part)
          }
          try parent.write(parts[parts.count - 1], tensor.values, shape: tensor.shape)
        }
      }
      try file.flush()
    }
  }

  /// The version whose layout is written: the last Keras 2.
  static let version = "2.15.0"

  // MARK: The architecture

  private static func configuration(_ model: KerasModel, name: String) throws -> String {
    let shape: [Any] = [NSNull(), model.inputSteps.map { $0 as Any } ?? NSNull(), model.inputChannels]
    let input: [String: Any] = [
      "class_name": "InputLayer",
      "config": ["batch_input_shape": shape, "dtype": "float32", "name": "input", "sparse": false, "ragged": false]
        as [String: Any],
    ]
    let layers = try model.layers.map { try layer($0) }
    let root: [String: Any] = [
      "class_name": "Sequential", "config": ["name": name, "layers": [input] + layers] as [String: Any],
    ]
    return String(
      decoding: try JSONSerialization.data(withJSONObject: root, options: [.sortedKeys, .withoutEscapingSlashes]),
      as: UTF8.self)
  }

  private static func layer(_ layer: KerasLayer) throws -> [String: Any] {
    var config = try options(layer)
    config["name"] = layer.name
    config["trainable"] = true
    config["dtype"] = "float32"
    return ["class_name": layer.className, "config": config]
  }

  private static func options(_ layer: KerasLayer) throws -> [String: Any] {
    func name(_ activation: KerasActivation) throws -> String {
      guard let name = activation.keras2Name else {
        throw ExportError.layer(
          layer: layer.name, format: "Keras 2", reason: "its hard_sigmoid is the one of Keras 3, another function")
      }
      return name
    }
    func recurrence(_ r: KerasLayer.Recurrence) throws -> [String: Any] {
      [
        "units": r.units, "activation": try name(r.activation), "recurrent_activation": try name(r.recurrentActivation),
        "use_bias": r.hasBias, "return_sequences": r.returnsSequences, "return_state": false,
        "go_backwards": r.goesBackwards, "stateful": false, "unroll": false, "unit_forget_bias": true, "dropout": 0.0,
        "recurrent_dropout": 0.0,
      ]
    }
    switch layer.kind {
    case .dense(let units, let activation, let hasBias):
      return ["units": units, "activation": try name(activation), "use_bias": hasBias]
    case .convolution(let c):
      return [
        "filters": c.filters, "kernel_size": [c.kernelSize], "strides": [c.stride], "dilation_rate": [c.dilation],
        "padding": c.padding.rawValue, "data_format": "channels_last", "groups": 1,
        "activation": try name(c.activation),
        "use_bias": c.hasBias,
      ]
    case .lstm(let r): return try recurrence(r)
    case .bidirectional(let r, let merge):
      var inner = try recurrence(r)
      inner["name"] = "lstm"
      inner["trainable"] = true
      inner["dtype"] = "float32"
      // Keras 3 finds the class of a layer inside another by its module, which Keras 2 passes over.
      let layer: [String: Any] = [
        "class_name": "LSTM", "module": "keras.layers", "registered_name": NSNull(), "config": inner,
      ]
      return ["merge_mode": merge.rawValue, "layer": layer]
    case .batchNormalization(let epsilon, let hasScale, let hasShift):
      return ["axis": [-1], "momentum": 0.99, "epsilon": Double(epsilon), "center": hasShift, "scale": hasScale]
    case .layerNormalization(let epsilon, let hasScale, let hasShift):
      return ["axis": [-1], "epsilon": Double(epsilon), "center": hasShift, "scale": hasScale]
    case .dropout(let rate): return ["rate": Double(rate)]
    case .activation(let activation): return ["activation": try name(activation)]
    case .globalAveragePooling: return ["data_format": "channels_last", "keepdims": false]
    }
  }
}
