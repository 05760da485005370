import Foundation
import HDF5
import LayerGraph
import Testing

/// Every layer's result and gradients against numbers computed in 64-bit arithmetic elsewhere.
@Suite struct LayerParityTests {
  @Test(arguments: ReferenceSet.runs) func layers(table: KernelTable, set: ReferenceSet) throws {
    let file = try ReferenceFile(set.folder + "/layers.h5")
    for kind in try file.children("") {
      for name in try file.children(kind) {
        try LayerCase(file: file, path: kind + "/" + name, table: table).run(kind)
      }
    }
    try file.finish(table)
  }

  @Test(.enabled(if: ReferenceFile.hasWhole, "the whole reference set is not beside the checkout"))
  func theWholeSetHasEveryCase() throws {
    let file = try ReferenceFile(ReferenceFile.whole + "/layers.h5")
    #expect(try file.children("").reduce(0) { try $0 + file.children($1).count } == 122)
  }
}

/// One case of `layers.h5`.
private struct LayerCase {
  let file: ReferenceFile
  let path: String
  let table: KernelTable

  func run(_ kind: String) throws {
    switch kind {
    case "conv1d": try convolution()
    case "gated": try gated()
    case "linear": try dense()
    case "lstm", "gru": try recurrent(kind)
    case "batchnorm": try batchNorm()
    case "layernorm":
      let channels = try file.shape(path + "/input/x").last!
      try pointwise(LayerNorm(channels, epsilon: Float(file.number("eps", of: path))))
    case "tanh": try pointwise(Activation(.tanh))
    case "sigmoid": try pointwise(Activation(.sigmoid))
    case "relu": try pointwise(Activation(.relu))
    case "softmax": try pointwise(Softmax())
    case "global_average_pool": try channelsFirst(GlobalAveragePooling(), parameters: Parameters())
    default: Issue.record("no test for cases of kind \(kind)")
    }
  }

  private func integer(_ name: String) throws -> Int { try file.integer(name, of: path) }

  private var padding: Padding {
    get throws {
      switch try file.string("padding", of: path) {
      case "same": .same
      case "causal": .causal
      default: .valid
      }
    }
  }

  private func expectParameters(_ gradients: Parameters, prefix: String = "") throws {
    for name in gradients.names {
      let target = path + "/expected/grad_params/" + prefix + name
      // Without a bias in the case, there is none in the layer either.
      try file.expect(target, gradients[name]!.values)
    }
  }

  private func convolution() throws {
    let layer = Conv1D(
      try integer("in_channels"), to: try integer("out_channels"), kernelSize: try integer("kernel"),
      dilation: try integer("dilation"), padding: try padding, hasBias: try integer("bias") == 1)
    try channelsFirst(layer, parameters: file.parameters(path + "/params"))
  }

  /// Cases in (batch, channels, time).
  private func channelsFirst(_ layer: any Layer, parameters: Parameters) throws {
    let shape = try file.shape(path + "/input/x")
    let batch = shape[0], channels = shape[1], steps = shape[2]
    let probe = try LayerProbe(
      layer, inputs: [.sequence(steps: steps, channels: channels)], batch: batch, parameters: parameters,
      table: table, training: true)
    let out = probe.outputShape
    let output = probe.forward([transposed(try file.floats(path + "/input/x"), batch, channels, steps)])
    try file.expect(path + "/expected/output", transposed(output, batch, out.steps, out.channels))
    let upstream = transposed(try file.floats(path + "/upstream/output"), batch, out.channels, out.steps)
    let gradients = probe.backward(upstream)
    try file.expect(path + "/expected/grad_input/x", transposed(gradients.inputs[0], batch, steps, channels))
    try expectParameters(gradients.parameters)
  }

  private func gated() throws {
    let channels = try integer("channels"), batch = try integer("batch"), steps = try integer("length")
    let all = try file.parameters(path + "/params")
    var gatedParameters = Parameters(), pointwiseParameters = Parameters()
    for name in all.names {
      if name.hasPrefix("pointwise.") {
        pointwiseParameters[String(name.dropFirst("pointwise.".count))] = all[name]
      } else {
        gatedParameters[name] = all[name]
      }
    }
    let shape = Shape.sequence(steps: steps, channels: channels)
    let gated = try LayerProbe(
      GatedConvolution(
        channels, to: channels, kernelSize: try integer("kernel"), dilation: try integer("dilation"),
        padding: try padding),
      inputs: [shape], batch: batch, parameters: gatedParameters, table: table, training: true)
    let pointwise = try LayerProbe(
      Conv1D(channels, to: channels, kernelSize: 1), inputs: [shape], batch: batch, parameters: pointwiseParameters,
      table: table, training: true)
    let z = gated.forward([transposed(try file.floats(path + "/input/x"), batch, channels, steps)])
    try file.expect(path + "/expected/gated", transposed(z, batch, steps, channels))
    try file.expect(path + "/expected/output", transposed(pointwise.forward([z]), batch, steps, channels))
    let back = pointwise.backward(transposed(try file.floats(path + "/upstream/output"), batch, channels, steps))
    try expectParameters(back.parameters, prefix: "pointwise.")
    let first = gated.backward(back.inputs[0])
    try expectParameters(first.parameters)
    try file.expect(path + "/expected/grad_input/x", transposed(first.inputs[0], batch, steps, channels))
  }

  private func dense() throws {
    try pointwise(
      Dense(try integer("in_features"), to: try integer("out_features")), parameters: file.parameters(path + "/params"))
  }

  /// Cases whose last axis is the channels; the axis before it, where there are three, is time.
  private func pointwise(_ layer: any Layer, parameters: Parameters? = nil) throws {
    let shape = try file.shape(path + "/input/x")
    let input: Shape =
      shape.count == 3 ? .sequence(steps: shape[1], channels: shape[2]) : .vector(channels: shape[shape.count - 1])
    let probe = try LayerProbe(
      layer, inputs: [input], batch: shape[0], parameters: parameters ?? file.parameters(path + "/params"),
      table: table, training: true)
    try file.expect(path + "/expected/output", probe.forward([try file.floats(path + "/input/x")]))
    let gradients = probe.backward(try file.floats(path + "/upstream/output"))
    try file.expect(path + "/expected/grad_input/x", gradients.inputs[0])
    try expectParameters(gradients.parameters)
  }

  private func batchNorm() throws {
    let shape = try file.shape(path + "/input/x")
    let batch = shape[0], channels = shape[1], steps = shape.count == 3 ? shape[2] : 1
    var parameters = try file.parameters(path + "/params")
    parameters["running_mean"] = try file.tensor(path + "/input/running_mean")
    parameters["running_var"] = try file.tensor(path + "/input/running_var")
    parameters["num_batches_tracked"] = Tensor(shape: [], values: [0])
    let isTraining = try integer("training") == 1
    let layer = BatchNorm(
      channels, epsilon: Float(try file.number("eps", of: path)),
      momentum: Float(try file.number("momentum", of: path)),
      isFrozen: !isTraining)
    let probe = try LayerProbe(
      layer, inputs: [shape.count == 3 ? .sequence(steps: steps, channels: channels) : .vector(channels: channels)],
      batch: batch, parameters: parameters, table: table, training: true)
    let output = probe.forward([transposed(try file.floats(path + "/input/x"), batch, channels, steps)])
    try file.expect(path + "/expected/output", transposed(output, batch, steps, channels))
    for name in ["running_mean", "running_var"] {
      try file.expect(path + "/expected/" + name, probe.parameters[name]!.values)
    }
    let upstream = transposed(try file.floats(path + "/upstream/output"), batch, channels, steps)
    let gradients = probe.backward(upstream)
    try file.expect(path + "/expected/grad_input/x", transposed(gradients.inputs[0], batch, steps, channels))
    try expectParameters(gradients.parameters)
  }

  private func recurrent(_ kind: String) throws {
    let batch = try integer("batch"), steps = try integer("length"), hidden = try integer("hidden_size")
    let isBidirectional = try integer("bidirectional") == 1
    let inputs = try integer("input_size"), layers = try integer("layers")
    let layer: any Layer =
      kind == "gru"
      ? GRU(inputs, hidden: hidden)
      : LSTM(inputs, hidden: hidden, layers: layers, isBidirectional: isBidirectional)
    let probe = try LayerProbe(
      layer, inputs: [.sequence(steps: steps, channels: inputs)], batch: batch,
      parameters: file.parameters(path + "/params"), table: table, training: true)
    let kernel = try #require(probe.recurrentKernel)
    let names = kind == "gru" ? ["h"] : ["h", "c"]
    let count = layers * (isBidirectional ? 2 : 1) * batch * hidden

    /// Buffers for h and c, filled from datasets where those exist.
    func states(_ source: (String) -> String) throws -> [AlignedBuffer?] {
      try names.map { name in
        guard file.contains(source(name)) else { return nil }
        let buffer = AlignedBuffer(count: count)
        buffer.pointer.update(from: try file.floats(source(name)), count: count)
        return buffer
      }
    }
    func pointers(_ buffers: [AlignedBuffer?]) -> RecurrentStates {
      RecurrentStates(h: buffers[0]?.pointer, c: buffers.count > 1 ? buffers[1]?.pointer : nil)
    }
    func values(_ buffer: AlignedBuffer) -> [Float] { Array(UnsafeBufferPointer(start: buffer.pointer, count: count)) }

    let initial = try states { path + "/input/" + $0 + "0" }
    let final = names.map { _ in Optional(AlignedBuffer(count: count)) }
    let output = probe.forward([try file.floats(path + "/input/x")]) {
      kernel.forward($0, initial: pointers(initial), final: pointers(final))
    }
    try file.expect(path + "/expected/output", output)
    let finalGradients = try states { path + "/upstream/" + $0 + "_n" }
    let initialGradients = names.map { _ in Optional(AlignedBuffer(count: count)) }
    let gradients = probe.backward(try file.floats(path + "/upstream/output")) {
      kernel.backward(
        $0, initial: pointers(initial), finalGradients: pointers(finalGradients),
        initialGradients: pointers(initialGradients))
    }
    try file.expect(path + "/expected/grad_input/x", gradients.inputs[0])
    try expectParameters(gradients.parameters)
    for (index, name) in names.enumerated() {
      try file.expect(path + "/expected/" + name + "_n", values(final[index]!))
      let target = path + "/expected/grad_input/" + name + "0"
      if file.contains(target) { try file.expect(target, values(initialGradients[index]!)) }
    }
  }
}
