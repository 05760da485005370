import LayerGraph

/// Reads Keras's JSON of a Sequential model, or of a functional one that is a chain.
extension KerasModel {
  /// - Parameters:
  ///   - json: `model_config`, `config.json` or what `model.to_json()` gives.
  ///   - kerasVersion: "2.3.0-tf"; hard_sigmoid is another function from version 3 on.
  ///   - file: what messages call the place that the text came from.
  /// - Throws: `ForeignError` with the layer and option that there is nothing for.
  public init(json: String, kerasVersion: String?, file: String) throws {
    guard let root = KerasJSON(json) else {
      throw ForeignError.damaged(file: file, reason: "its model_config is no JSON")
    }
    var parser = KerasParser(file: file, isKeras3: (kerasVersion.flatMap { Int($0.prefix { $0 != "." }) } ?? 2) >= 3)
    self = try parser.model(root)
  }
}

/// Goes through the JSON and remembers what is needed on the way.
private struct KerasParser {
  let file: String
  let isKeras3: Bool

  private static let mostLayers = 10_000

  private func damaged(_ reason: String) -> ForeignError { .damaged(file: file, reason: reason) }

  mutating func model(_ root: KerasJSON) throws -> KerasModel {
    // model.to_json() of Keras 2 has the version beside the architecture.
    guard let kind = root["class_name"]?.text, let config = root["config"] else {
      throw damaged("its model_config names no class_name and config")
    }
    let layers: [KerasJSON]
    switch kind {
    case "Sequential":
      guard let found = config["layers"]?.list ?? config.list else { throw damaged("its model_config lists no layers") }
      layers = found
    case "Functional", "Model":
      guard let found = config["layers"]?.list else { throw damaged("its model_config lists no layers") }
      layers = try chain(found)
    default:
      throw ForeignError.layer(
        file: file, layer: config["name"]?.text ?? "the model", kind: "model of class \(kind)",
        supported: ["Sequential", "Functional, where it is a chain"])
    }
    guard layers.count <= Self.mostLayers else { throw damaged("its model_config lists \(layers.count) layers") }
    var shape = try inputShape(config["build_input_shape"], "the model")
    var found: [KerasLayer] = [], names: Set<String> = []
    for layer in layers {
      guard let kind = layer["class_name"]?.text, let options = layer["config"] else {
        throw damaged("its model_config has a layer without class_name and config")
      }
      // Slashes would be groups in a checkpoint.
      let name = String((options["name"]?.text ?? kind).map { $0 == "/" ? "_" : $0 })
      for key in ["batch_shape", "batch_input_shape"] where found.isEmpty {
        shape = try inputShape(options[key], name) ?? shape
      }
      if kind == "InputLayer" { continue }
      guard names.insert(name).inserted else { throw damaged("its model_config has two layers called '\(name)'") }
      found.append(
        KerasLayer(name, try self.kind(kind, KerasOptions(file: file, layer: name, json: options), found.isEmpty)))
    }
    guard !found.isEmpty else { throw damaged("its model_config has no layer that computes anything") }
    guard let shape else { throw damaged("its model_config does not say the shape of the input") }
    return KerasModel(inputChannels: shape.channels, inputSteps: shape.steps, layers: found)
  }

  /// [batch, steps, channels], the steps possibly null.
  private func inputShape(_ json: KerasJSON?, _ name: String) throws -> (steps: Int?, channels: Int)? {
    guard let json else { return nil }
    guard let list = json.list, list.count == 3, let channels = list[2].integer,
      (1...KerasOptions.mostUnits).contains(channels),
      list[1].isNull || (list[1].integer.map { (1...1_000_000).contains($0) } ?? false)
    else {
      throw ForeignError.option(
        file: file, layer: name, option: "an input of shape", found: json.description,
        supported: "[null, steps, channels] with a number of channels")
    }
    return (list[1].integer, channels)
  }

  // MARK: Functional models

  /// The layers in the order in which they follow each other.
  private func chain(_ layers: [KerasJSON]) throws -> [KerasJSON] {
    var byInput: [String: KerasJSON] = [:], first: KerasJSON?
    for layer in layers {
      guard let name = layer["name"]?.text ?? layer["config"]?["name"]?.text else {
        throw damaged("its model_config has a layer without a name")
      }
      let inputs = try Self.inputs(layer["inbound_nodes"]).map { $0 } ?? []
      func noChain(_ found: String) -> ForeignError {
        .option(
          file: file, layer: name, option: "a place in the model with", found: found,
          supported: "chains, where each layer reads the one before it")
      }
      switch inputs.count {
      case 0:
        guard first == nil else { throw noChain("no input, as another layer has none") }
        first = layer
      case 1:
        guard byInput.updateValue(layer, forKey: inputs[0]) == nil else {
          throw noChain("the input '\(inputs[0])', which another layer reads, too")
        }
      default: throw noChain("the inputs \(inputs.joined(separator: ", "))")
      }
    }
    var ordered: [KerasJSON] = [], next = first
    while let layer = next, ordered.count < layers.count {
      ordered.append(layer)
      next = (layer["name"]?.text ?? layer["config"]?["name"]?.text).flatMap { byInput[$0] }
    }
    guard ordered.count == layers.count else {
      throw damaged("its model_config has layers that no chain from the input reaches")
    }
    return ordered
  }

  /// Names of the layers that a layer reads, in the way of Keras 2 or 3.
  private static func inputs(_ nodes: KerasJSON?) throws -> [String]? {
    guard let nodes = nodes?.list else { return nil }
    return nodes.flatMap { node -> [String] in
      if let arguments = node["args"] { return histories(arguments, depth: 0) }
      return (node.list ?? []).compactMap { $0.list?.first?.text }
    }
  }

  private static func histories(_ json: KerasJSON, depth: Int) -> [String] {
    if let name = json["config"]?["keras_history"]?.list?.first?.text { return [name] }
    return depth > 4 ? [] : (json.list ?? []).flatMap { histories($0, depth: depth + 1) }
  }

  // MARK: Layers

  private func kind(_ kind: String, _ options: KerasOptions, _ isFirst: Bool) throws -> KerasLayer.Kind {
    switch kind {
    case "Dense":
      return .dense(
        units: try options.count("units"), activation: try activation("activation", options),
        hasBias: options.flag("use_bias") ?? true)
    case "Conv1D", "Convolution1D": return .convolution(try convolution(options))
    case "LSTM": return .lstm(try recurrence(options))
    case "Bidirectional": return try bidirectional(options)
    case "BatchNormalization":
      try options.require("renorm", false)
      try checkAxis(options)
      return .batchNormalization(
        epsilon: try options.number("epsilon", within: 0...1), hasScale: options.flag("scale") ?? true,
        hasShift: options.flag("center") ?? true)
    case "LayerNormalization":
      try options.require("rms_scaling", false)
      try checkAxis(options)
      return .layerNormalization(
        epsilon: try options.number("epsilon", within: 0...1), hasScale: options.flag("scale") ?? true,
        hasShift: options.flag("center") ?? true)
    case "Dropout", "SpatialDropout1D": return .dropout(rate: try options.number("rate", within: 0...0.999))
    case "Activation": return .activation(try activation("activation", options))
    case "ReLU":
      for (name, plain) in [("negative_slope", 0.0), ("threshold", 0.0)] where (options[name]?.double ?? plain) != plain
      {
        throw options.unsupported(name, "0")
      }
      guard options["max_value"] == nil else { throw options.unsupported("max_value", "none") }
      return .activation(.relu)
    case "Softmax":
      try checkAxis(options)
      return .activation(.softmax)
    case "GlobalAveragePooling1D":
      try options.require("keepdims", false)
      try options.requireText("data_format", ["channels_last"])
      return .globalAveragePooling
    default:
      throw ForeignError.layer(file: file, layer: options.layer, kind: kind, supported: KerasLayer.supported)
    }
  }

  /// The last axis, however it is written.
  private func checkAxis(_ options: KerasOptions) throws {
    guard let axis = options["axis"] else { return }
    let axes = axis.list?.map(\.integer) ?? [axis.integer]
    guard axes.count == 1, axes[0] == -1 || axes[0] == 2 || axes[0] == 1 else {
      throw options.unsupported("axis", "the last one")
    }
    // Axis 1 is the last one of vectors only; shapes tell when the graph is made.
  }

  private func activation(_ name: String, _ options: KerasOptions) throws -> KerasActivation {
    guard let value = options.json[name] else {
      // Null, and so written, means none; a default that differs from version to version is not guessed.
      if options.json.members?[name] != nil { return .linear }
      throw options.missing(name)
    }
    guard let text = value.text, let found = KerasActivation(text, isKeras3: isKeras3) else {
      throw options.unsupported(name, KerasActivation.names.joined(separator: ", "))
    }
    return found
  }

  private func convolution(_ options: KerasOptions) throws -> KerasLayer.Convolution {
    try options.requireText("data_format", ["channels_last"])
    if let groups = options["groups"], groups.integer != 1 { throw options.unsupported("groups", "1") }
    var c = KerasLayer.Convolution(filters: try options.count("filters"), kernelSize: try options.single("kernel_size"))
    c.stride = options["strides"] == nil ? 1 : try options.single("strides")
    c.dilation = options["dilation_rate"] == nil ? 1 : try options.single("dilation_rate")
    guard let padding = options["padding"]?.text.flatMap(Padding.init(rawValue:)) else {
      throw options.unsupported("padding", "valid, same, causal")
    }
    c.padding = padding
    c.activation = try activation("activation", options)
    c.hasBias = options.flag("use_bias") ?? true
    return c
  }

  private func recurrence(_ options: KerasOptions) throws -> KerasLayer.Recurrence {
    for name in ["return_state", "stateful", "time_major"] { try options.require(name, false) }
    var r = KerasLayer.Recurrence(units: try options.count("units"))
    r.activation = try activation("activation", options)
    r.recurrentActivation = try activation("recurrent_activation", options)
    for (name, activation) in [("activation", r.activation), ("recurrent_activation", r.recurrentActivation)]
    where activation.function == nil {
      throw options.unsupported(name, "functions of one number, e.g. tanh, sigmoid, hard_sigmoid")
    }
    r.hasBias = options.flag("use_bias") ?? true
    r.returnsSequences = options.flag("return_sequences") ?? false
    r.goesBackwards = options.flag("go_backwards") ?? false
    return r
  }

  private func bidirectional(_ options: KerasOptions) throws -> KerasLayer.Kind {
    func inner(_ name: String) throws -> KerasLayer.Recurrence? {
      guard let json = options[name] else { return nil }
      guard let kind = json["class_name"]?.text, let config = json["config"] else {
        throw damaged("the layer '\(options.layer)' has a \(name) without class_name and config")
      }
      guard kind == "LSTM" else {
        throw ForeignError.layer(
          file: file, layer: options.layer, kind: "Bidirectional \(kind)", supported: ["Bidirectional LSTM"])
      }
      return try recurrence(KerasOptions(file: file, layer: options.layer, json: config))
    }
    guard let forward = try inner("layer") else { throw options.missing("layer") }
    if var backward = try inner("backward_layer") {
      backward.goesBackwards.toggle()
      guard backward == forward else {
        throw options.unsupported("backward_layer", "one like the forward layer, in the other direction")
      }
    }
    guard let merge = options["merge_mode"]?.text.flatMap(KerasLayer.Merge.init(rawValue:)) else {
      throw options.unsupported("merge_mode", KerasLayer.Merge.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return .bidirectional(forward, merge: merge)
  }
}
