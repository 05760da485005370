import CKernels

/// One layer of long short-term memory with activation functions of one's choice, and with or without biases.
///
/// c' = f c + i g, h' = o activation(c'); i, f, o by `gateActivation`, g by `activation`; blocks of rows in the order
/// i, f, g, o. With tanh and sigmoid it computes what `LSTM` does, more slowly: networks of other programs need it.
/// - Input: `[steps, inputs]`.
/// - Output: `[steps, hidden]`.
/// - Parameters: those of a one-layer `LSTM`, biases only where it has some.
/// - Source: Hochreiter and Schmidhuber (1997).
public struct ActivatedLSTM: Layer, Equatable {
  /// Channels of the input.
  public let inputs: Int
  /// Channels of the output and of the cell's state.
  public let hidden: Int
  /// Of the cell's candidate g, and of its state on the way out.
  public let activation: Activation.Function
  /// Of the gates i, f and o.
  public let gateActivation: Activation.Function
  /// Whether the gates have biases; they count as 0 where not.
  public let hasBias: Bool

  /// A layer that is plain LSTM by default.
  /// - Parameters:
  ///   - inputs: channels of the input.
  ///   - hidden: channels of the output.
  ///   - activation: of the candidate and of the state on the way out.
  ///   - gateActivation: of the three gates.
  ///   - hasBias: whether there are biases.
  public init(
    _ inputs: Int, hidden: Int, activation: Activation.Function = .tanh,
    gateActivation: Activation.Function = .sigmoid, hasBias: Bool = true
  ) {
    self.inputs = inputs
    self.hidden = hidden
    self.activation = activation
    self.gateActivation = gateActivation
    self.hasBias = hasBias
  }

  public var isRecurrent: Bool { true }

  public var parameters: [ParameterSpec] {
    LSTM(inputs, hidden: hidden).parameters.filter { hasBias || !$0.name.hasPrefix("bias") }
  }

  public func outputShape(for shapes: [Shape]) throws -> Shape {
    try LSTM(inputs, hidden: hidden).outputShape(for: shapes)
  }

  public func multiplyAdds(for shapes: [Shape]) -> Int {
    LSTM(inputs, hidden: hidden).multiplyAdds(for: shapes)
  }

  public func makeKernel(for shapes: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: shapes)
    return ActivatedLSTMKernel(layer: self, steps: shapes[0].steps, setting: setting)
  }
}

private final class ActivatedLSTMKernel: LayerKernel, @unchecked Sendable {
  private let layer: ActivatedLSTM
  private let steps: Int
  private let table: KernelTable
  private let weights: PackedMatrix
  private let recurrentTransposed: PackedMatrix?
  private let inputTransposed: PackedMatrix?

  private var hidden: Int { layer.hidden }
  private var gates: Int { 4 * layer.hidden }

  init(layer: ActivatedLSTM, steps: Int, setting: KernelSetting) {
    self.layer = layer
    self.steps = steps
    table = setting.table
    let gates = 4 * layer.hidden
    func matrix(_ rows: Int, _ columns: Int, hasBias: Bool) -> PackedMatrix {
      PackedMatrix(setting.table, layout: ZK_PLAIN, rows: rows, columns: columns, hasBias: hasBias)
    }
    weights = matrix(layer.inputs + layer.hidden, gates, hasBias: true)
    recurrentTransposed = setting.training ? matrix(gates, layer.hidden, hasBias: false) : nil
    inputTransposed = setting.training ? matrix(gates, layer.inputs, hasBias: false) : nil
  }

  func load(_ parameters: LayerParameters) {
    let input = parameters["weight_ih_l0"], recurrent = parameters["weight_hh_l0"]
    let inputs = layer.inputs, rows = inputs + hidden
    var matrix = [Float](repeating: 0, count: rows * gates), bias = [Float](repeating: 0, count: gates)
    for gate in 0..<gates {
      for k in 0..<inputs { matrix[k * gates + gate] = input[gate * inputs + k] }
      for k in 0..<hidden { matrix[(inputs + k) * gates + gate] = recurrent[gate * hidden + k] }
      if layer.hasBias { bias[gate] = parameters["bias_ih_l0"][gate] + parameters["bias_hh_l0"][gate] }
    }
    weights.load(matrix, bias: bias)
    recurrentTransposed?.load(recurrent)
    inputTransposed?.load(input)
  }

  // Saved: pre-activations of all steps, then cells of all steps. Without a way back one step of each is enough.
  func savedFloats(batch: Int) -> Int { steps * batch * (gates + hidden) }
  func workspaceFloats(batch: Int) -> Int {
    // Forwards: pre-activations and cells of a step. Backwards: gradients of all pre-activations, of a state and a cell.
    max(batch * (gates + hidden), steps * batch * gates + 2 * batch * hidden)
  }

  func forward(_ call: ForwardCall) {
    let batch = call.output.batch, inputs = layer.inputs, hidden = hidden, gates = gates
    let stepFloats = batch * gates, cellFloats = batch * hidden
    let allPre = call.saved ?? call.workspace
    let allCells = allPre + (call.saved == nil ? stepFloats : steps * stepFloats)
    for step in 0..<steps {
      let pre = call.saved == nil ? allPre : allPre + step * stepFloats
      let cells = call.saved == nil ? allCells : allCells + step * cellFloats
      let before = call.saved == nil ? allCells : allCells + (step - 1) * cellFloats
      let output = call.output.data + step * cellFloats
      var product = weights.product(rows: batch)
      product.append(call.inputs[0].data + step * batch * inputs, stride: inputs, columns: inputs, weightRow: 0)
      if step > 0 { product.append(output - cellFloats, stride: hidden, columns: hidden, weightRow: inputs) }
      product.out = pre
      product.out_stride = gates
      table.functions.pointee.product(&product)
      for row in 0..<batch {
        let z = pre + row * gates
        for unit in 0..<hidden {
          let place = row * hidden + unit
          let gate = Gates(z, unit, hidden, layer)
          let cell = gate.input * gate.candidate + (step > 0 ? gate.forget * before[place] : 0)
          cells[place] = cell
          output[place] = gate.output * layer.activation.value(cell)
        }
      }
    }
  }

  /// The four numbers that one unit computes at a step.
  private struct Gates {
    let input, forget, candidate, output: Float

    init(_ z: UnsafePointer<Float>, _ unit: Int, _ hidden: Int, _ layer: ActivatedLSTM) {
      input = layer.gateActivation.value(z[unit])
      forget = layer.gateActivation.value(z[hidden + unit])
      candidate = layer.activation.value(z[2 * hidden + unit])
      output = layer.gateActivation.value(z[3 * hidden + unit])
    }
  }

  /// Sums: weights `[inputs + H][4H]`, then the bias `[4H]`.
  var gradientFloats: Int { (layer.inputs + hidden + 1) * gates }

  func backward(_ call: BackwardCall) {
    guard let recurrentTransposed, let inputTransposed else { preconditionFailure("the kernel was made for inference") }
    let batch = call.output.batch, inputs = layer.inputs, hidden = hidden, gates = gates
    let stepFloats = batch * gates, cellFloats = batch * hidden, functions = table.functions.pointee
    let allPre = call.saved, allCells = call.saved + steps * stepFloats
    let preGradients = call.workspace
    let stateGradient = preGradients + steps * stepFloats, cellGradient = stateGradient + cellFloats
    stateGradient.update(repeating: 0, count: 2 * cellFloats)
    let gate = layer.gateActivation, activation = layer.activation
    for step in (0..<steps).reversed() {
      let cells = allCells + step * cellFloats, gradient = call.outputGradient.data + step * cellFloats
      for row in 0..<batch {
        let z = allPre + step * stepFloats + row * gates, dz = preGradients + step * stepFloats + row * gates
        for unit in 0..<hidden {
          let place = row * hidden + unit, cell = cells[place]
          let before = step > 0 ? allCells[(step - 1) * cellFloats + place] : 0
          let values = Gates(z, unit, hidden, layer)
          let byState = gradient[place] + stateGradient[place]
          let byCell = cellGradient[place] + byState * values.output * activation.derivative(cell)
          dz[unit] = byCell * values.candidate * gate.derivative(z[unit])
          dz[hidden + unit] = byCell * before * gate.derivative(z[hidden + unit])
          dz[2 * hidden + unit] = byCell * values.input * activation.derivative(z[2 * hidden + unit])
          dz[3 * hidden + unit] = byState * activation.value(cell) * gate.derivative(z[3 * hidden + unit])
          cellGradient[place] = byCell * values.forget
        }
      }
      var product = recurrentTransposed.product(rows: batch)
      product.append(preGradients + step * stepFloats, stride: gates, columns: gates, weightRow: 0)
      product.out = stateGradient
      product.out_stride = hidden
      functions.product(&product)
    }
    outer(steps * batch, call.inputs[0].data, inputs, preGradients, into: call.parameterGradients)
    outer(
      (steps - 1) * batch, call.output.data, hidden, preGradients + stepFloats,
      into: call.parameterGradients + inputs * gates)
    functions.column_sums(
      Int32(steps * batch), Int32(gates), preGradients, gates, call.parameterGradients + (inputs + hidden) * gates)
    guard let target = call.inputGradients[0] else { return }
    var product = inputTransposed.product(rows: steps * batch)
    product.append(preGradients, stride: gates, columns: gates, weightRow: 0)
    product.out = target.rows.data
    product.out_stride = inputs
    if target.accumulates {
      product.addend = UnsafePointer(target.rows.data)
      product.addend_stride = inputs
    }
    functions.product(&product)
  }

  /// Adds the products of a weight's inputs with the gradients of its results.
  private func outer(
    _ rows: Int, _ left: UnsafePointer<Float>, _ columns: Int, _ right: UnsafePointer<Float>,
    into sums: UnsafeMutablePointer<Float>
  ) {
    guard rows > 0 else { return }
    var outer = zk_outer()
    outer.rows = Int32(rows)
    outer.left = left
    outer.left_stride = columns
    outer.left_columns = Int32(columns)
    outer.right = right
    outer.right_stride = gates
    outer.right_columns = Int32(gates)
    outer.gradient = sums
    outer.gradient_stride = gates
    table.functions.pointee.outer(&outer)
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let input = gradients["weight_ih_l0"], recurrent = gradients["weight_hh_l0"], inputs = layer.inputs
    for gate in 0..<gates {
      for k in 0..<inputs { input[gate * inputs + k] += sums[k * gates + gate] }
      for k in 0..<hidden { recurrent[gate * hidden + k] += sums[(inputs + k) * gates + gate] }
      guard layer.hasBias else { continue }
      gradients["bias_ih_l0"][gate] += sums[(inputs + hidden) * gates + gate]
      gradients["bias_hh_l0"][gate] += sums[(inputs + hidden) * gates + gate]
    }
  }
}
