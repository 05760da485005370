import LayerGraph

/// Between Keras's tensors and the parameters of the graph: names by rule, axes turned.
///
/// Keras has `kernel` as [inputs, outputs] or [taps, inputs, outputs] and one bias for an LSTM, whose four blocks of
/// columns are input, forget, candidate and output as in PyTorch; here `weight` is [outputs, inputs] or [outputs,
/// inputs, taps], and an LSTM has two biases that are added, of which the second is zero then.
extension KerasModel {
  /// One tensor of Keras and where its numbers go.
  struct Slot: Equatable {
    /// Keras's own name: "kernel", "forward recurrent_kernel".
    let role: String
    /// As Keras has it.
    let shape: [Int]
    /// The parameter's whole key.
    let key: String
    /// Whether the axes are in reverse order there.
    let isTransposed: Bool
    /// Where Keras 2 puts it, behind the layer's name.
    let path: String
  }

  /// A layer with the tensors that it needs, in Keras's order, and parameters that Keras does not have.
  struct LayerSlots {
    let layer: KerasLayer
    let slots: [Slot]
    /// Parameters with the value that they have throughout.
    let constants: [(key: String, shape: [Int], value: Float)]
  }

  /// All layers, those without weights among them.
  func slots() -> [LayerSlots] {
    var channels = inputChannels
    return layers.map { layer in
      let result = Self.slots(layer, channels)
      switch layer.kind {
      case .dense(let units, _, _): channels = units
      case .convolution(let c): channels = c.filters
      case .lstm(let r): channels = r.units
      case .bidirectional(let r, let merge): channels = merge == .concat ? 2 * r.units : r.units
      default: break
      }
      return result
    }
  }

  private static func slots(_ layer: KerasLayer, _ channels: Int) -> LayerSlots {
    let name = layer.name
    func affine(_ shape: [Int], _ hasBias: Bool) -> LayerSlots {
      let kernel = Slot(role: "kernel", shape: shape, key: name + ".weight", isTransposed: true, path: "kernel")
      let bias = Slot(
        role: "bias", shape: [shape[shape.count - 1]], key: name + ".bias", isTransposed: false, path: "bias")
      return LayerSlots(layer: layer, slots: hasBias ? [kernel, bias] : [kernel], constants: [])
    }
    func normalisation(_ hasScale: Bool, _ hasShift: Bool, hasStatistics: Bool) -> LayerSlots {
      func slot(_ role: String, _ parameter: String) -> Slot {
        Slot(role: role, shape: [channels], key: "\(name).\(parameter)", isTransposed: false, path: role)
      }
      var slots: [Slot] = [], constants: [(key: String, shape: [Int], value: Float)] = []
      if hasScale { slots.append(slot("gamma", "weight")) } else { constants.append((name + ".weight", [channels], 1)) }
      if hasShift { slots.append(slot("beta", "bias")) } else { constants.append((name + ".bias", [channels], 0)) }
      if hasStatistics {
        slots += [slot("moving_mean", "running_mean"), slot("moving_variance", "running_var")]
        constants.append((name + ".num_batches_tracked", [], 0))
      }
      return LayerSlots(layer: layer, slots: slots, constants: constants)
    }
    switch layer.kind {
    case .dense(let units, _, let hasBias): return affine([channels, units], hasBias)
    case .convolution(let c): return affine([c.kernelSize, channels, c.filters], c.hasBias)
    case .lstm(let r): return recurrence(layer, [("", name, "")], r, channels)
    case .bidirectional(let r, _):
      return recurrence(
        layer, [("forward ", name + ".forward", "forward_lstm/"), ("backward ", name + ".backward", "backward_lstm/")],
        r,
        channels)
    case .batchNormalization(_, let hasScale, let hasShift):
      return normalisation(hasScale, hasShift, hasStatistics: true)
    case .layerNormalization(_, let hasScale, let hasShift):
      return normalisation(hasScale, hasShift, hasStatistics: false)
    case .dropout, .activation, .globalAveragePooling: return LayerSlots(layer: layer, slots: [], constants: [])
    }
  }

  private static func recurrence(
    _ layer: KerasLayer, _ directions: [(role: String, scope: String, path: String)], _ r: KerasLayer.Recurrence,
    _ channels: Int
  ) -> LayerSlots {
    var slots: [Slot] = [], constants: [(key: String, shape: [Int], value: Float)] = []
    for (role, scope, path) in directions {
      let cell = path + "lstm_cell/"
      slots += [
        Slot(
          role: role + "kernel", shape: [channels, 4 * r.units], key: scope + ".weight_ih_l0", isTransposed: true,
          path: cell + "kernel"),
        Slot(
          role: role + "recurrent_kernel", shape: [r.units, 4 * r.units], key: scope + ".weight_hh_l0",
          isTransposed: true, path: cell + "recurrent_kernel"),
      ]
      guard r.hasBias else { continue }
      slots.append(
        Slot(
          role: role + "bias", shape: [4 * r.units], key: scope + ".bias_ih_l0", isTransposed: false,
          path: cell + "bias"))
      constants.append((scope + ".bias_hh_l0", [4 * r.units], 0))
    }
    return LayerSlots(layer: layer, slots: slots, constants: constants)
  }

  // MARK: From Keras

  /// The parameters of the graph from a file's tensors.
  ///
  /// Layers are found by name (Keras 2), or by class and order (Keras 3); where no name fits, by order.
  /// - Throws: `ForeignError.contradiction` with everything that does not fit.
  func parameters(from file: ForeignFile, _ report: inout ImportReport) throws -> Parameters {
    let wanted = slots()
    let found = Self.match(wanted, file, &report)
    var parameters = Parameters(), mismatches: [String] = [], used: Set<String> = []
    for (index, item) in wanted.enumerated() {
      let title = "\(item.layer.className) '\(item.layer.name)'"
      guard let layer = found[index] else {
        if !item.slots.isEmpty { mismatches.append("there are no weights for \(title)") }
        continue
      }
      used.formUnion(layer.tensors)
      guard layer.tensors.count == item.slots.count else {
        mismatches.append(
          "\(title) needs \(item.slots.map(\.role).joined(separator: ", ")), and the file has \(layer.tensors.count) "
            + "tensors for it")
        continue
      }
      for (slot, key) in zip(item.slots, layer.tensors) {
        guard let tensor = file.tensors[key] else { continue }
        guard tensor.shape == slot.shape else {
          mismatches.append(
            "the \(slot.role) of \(title) must have shape \(slot.shape), and the file has \(tensor.shape)")
          continue
        }
        parameters[slot.key] = slot.isTransposed ? tensor.transposed : tensor
        if slot.isTransposed {
          report.transposed.append("\(key) \(tensor.shape) -> \(slot.key) \(tensor.shape.reversed())")
        }
      }
      for constant in item.constants {
        parameters[constant.key] = Tensor(shape: constant.shape, repeating: constant.value)
      }
    }
    let unused = file.tensors.names.filter { !used.contains($0) }
    let ownerless = file.layers.filter { layer in
      !layer.tensors.isEmpty && !layer.tensors.contains { used.contains($0) }
    }
    if !ownerless.isEmpty {
      mismatches.append(
        "the file has weights of \(ownerless.map { "'\($0.name)'" }.joined(separator: ", ")), which the architecture lacks"
      )
    }
    report.unused = unused
    guard mismatches.isEmpty else { throw ForeignError.contradiction(file: file.path, mismatches: mismatches) }
    return parameters
  }

  /// For each wanted layer, the file's layer.
  private static func match(
    _ wanted: [LayerSlots], _ file: ForeignFile, _ report: inout ImportReport
  ) -> [Int: ForeignFile.Layer] {
    var found: [Int: ForeignFile.Layer] = [:]
    if file.layers.contains(where: { $0.kind != nil }) {
      // Per class, in order; a layer of another class never stands in.
      for kind in Set(wanted.map(\.layer.snakeName)) {
        let places = wanted.indices.filter { wanted[$0].layer.snakeName == kind }
        for (place, layer) in zip(places, file.layers.filter({ $0.kind == kind })) { found[place] = layer }
      }
      return found
    }
    let byName = Dictionary(file.layers.map { ($0.name.replacingSlashes, $0) }) { first, _ in first }
    let places = wanted.indices.filter { !wanted[$0].slots.isEmpty }
    if places.allSatisfy({ byName[wanted[$0].layer.name] != nil }) {
      for place in wanted.indices { found[place] = byName[wanted[place].layer.name] }
      return found
    }
    let withWeights = file.layers.filter { !$0.tensors.isEmpty }
    for (place, layer) in zip(places, withWeights) {
      found[place] = layer
      if layer.name != wanted[place].layer.name {
        report.notes.append(
          "layer '\(layer.name)' of the file is taken for '\(wanted[place].layer.name)', by its place")
      }
    }
    return found
  }

  // MARK: To Keras

  /// The file's tensors of a layer, in Keras's order.
  /// - Throws: `ExportError.contents` where a parameter is missing or can't be written as Keras has it.
  func tensors(of item: LayerSlots, _ parameters: Parameters) throws -> [(slot: Slot, tensor: Tensor)] {
    for constant in item.constants where constant.shape != [] {
      guard constant.key.hasSuffix(".bias_hh_l0") else {
        guard let tensor = parameters[constant.key], tensor.values.allSatisfy({ $0 == constant.value }) else {
          throw ExportError.layer(
            layer: item.layer.name, format: "Keras 2",
            reason: "'\(constant.key)' is \(constant.value) throughout there, and is not here")
        }
        continue
      }
    }
    return try item.slots.map { slot in
      guard var tensor = parameters[slot.key] else {
        throw ExportError.layer(layer: item.layer.name, format: "Keras 2", reason: "it has no '\(slot.key)'")
      }
      if slot.key.hasSuffix(".bias_ih_l0"), let other = parameters[slot.key.replacing("bias_ih", with: "bias_hh")] {
        // Both biases are added at each step: one is their sum.
        tensor = Tensor(shape: tensor.shape, values: zip(tensor.values, other.values).map(+))
      }
      return (slot, slot.isTransposed ? tensor.transposed : tensor)
    }
  }
}

extension String {
  fileprivate var replacingSlashes: String { String(map { $0 == "/" ? "_" : $0 }) }
}

extension Tensor {
  /// The same numbers with the axes in reverse order.
  var transposed: Tensor {
    guard shape.count > 1 else { return self }
    let extents = Array(shape.reversed())
    var result = [Float](repeating: 0, count: values.count)
    // Walks through the source; the target's place moves by the strides of the reversed shape.
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var index = [Int](repeating: 0, count: shape.count), place = 0
    for value in values {
      result[place] = value
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < shape[axis] { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return Tensor(shape: extents, values: result)
  }
}
