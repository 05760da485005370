import CKernels

/// One layer of gated recurrent units with zero initial state.
///
/// n = tanh(W_n x + b_in + r (U_n h + b_hn)); h' = (1 - z) n + z h; blocks of rows in the order reset, update, new.
/// - Input: `[steps, inputs]`.
/// - Output: `[steps, hidden]`.
/// - Parameters: PyTorch's: `weight_ih_l0` `[3 hidden, inputs]`, `weight_hh_l0` `[3 hidden, hidden]`, `bias_ih_l0`,
///   `bias_hh_l0` `[3 hidden]`.
/// - Source: Cho et al. (2014), in the variant of cuDNN and PyTorch.
public struct GRU: Layer, Equatable {
  /// Numbers that enter at each step.
  public let inputs: Int
  /// Units.
  public let hidden: Int

  /// One layer of `hidden` units.
  public init(_ inputs: Int, hidden: Int) {
    self.inputs = inputs
    self.hidden = hidden
  }

  public var isRecurrent: Bool { true }

  public var parameters: [ParameterSpec] {
    let initial = ParameterSpec.Initial.uniform(bound: 1 / Float(hidden).squareRoot())
    return [
      ParameterSpec("weight_ih_l0", [3 * hidden, inputs], initial: initial),
      ParameterSpec("weight_hh_l0", [3 * hidden, hidden], initial: initial),
      ParameterSpec("bias_ih_l0", [3 * hidden], initial: initial),
      ParameterSpec("bias_hh_l0", [3 * hidden], initial: initial),
    ]
  }

  public func outputShape(for shapes: [Shape]) throws -> Shape {
    guard shapes.count == 1 else {
      throw GraphError.inputCount(layer: "GRU", expected: "one input", found: shapes.count)
    }
    try requirePositive(hidden, "hidden of GRU")
    guard shapes[0].isSequence, shapes[0].channels == inputs else {
      throw GraphError.shape(layer: "GRU", expected: "[steps, \(inputs)]", found: "\(shapes[0])")
    }
    return shapes[0].with(channels: hidden)
  }

  public func multiplyAdds(for shapes: [Shape]) -> Int { shapes[0].steps * (inputs + hidden) * 3 * hidden }

  public func makeKernel(for shapes: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: shapes)
    return GRUKernel(layer: self, steps: shapes[0].steps, setting: setting)
  }
}

/// Computes one GRU layer.
package final class GRUKernel: RecurrentKernel, @unchecked Sendable {
  private let layer: GRU
  private let steps: Int
  private let table: KernelTable
  private let input, recurrent: PackedMatrix
  private let inputTransposed, recurrentTransposed: PackedMatrix?

  private var hidden: Int { layer.hidden }
  private var gates: Int { 3 * layer.hidden }

  init(layer: GRU, steps: Int, setting: KernelSetting) {
    self.layer = layer
    self.steps = steps
    let table = setting.table
    self.table = table
    let gates = 3 * layer.hidden
    input = PackedMatrix(table, layout: ZK_PLAIN, rows: layer.inputs, columns: gates, hasBias: true)
    recurrent = PackedMatrix(table, layout: ZK_PLAIN, rows: layer.hidden, columns: gates, hasBias: true)
    func transposed(_ columns: Int) -> PackedMatrix? {
      setting.training
        ? PackedMatrix(table, layout: ZK_PLAIN, rows: gates, columns: columns, hasBias: false) : nil
    }
    inputTransposed = transposed(layer.inputs)
    recurrentTransposed = transposed(layer.hidden)
  }

  package var gradientFloats: Int { (layer.inputs + hidden + 2) * gates }

  package func load(_ parameters: LayerParameters) {
    input.load(transposing: parameters["weight_ih_l0"], bias: parameters["bias_ih_l0"])
    recurrent.load(transposing: parameters["weight_hh_l0"], bias: parameters["bias_hh_l0"])
    inputTransposed?.load(parameters["weight_ih_l0"])
    recurrentTransposed?.load(parameters["weight_hh_l0"])
  }

  package func savedFloats(batch: Int) -> Int {
    table.functions.pointee.gru_saved_floats(Int32(steps), Int32(batch), Int32(hidden))
  }

  private func kernelWorkspace(_ batch: Int) -> Int {
    table.functions.pointee.gru_workspace_floats(Int32(steps), Int32(batch), Int32(hidden), Int32(layer.inputs))
      .roundedToCacheLine
  }
  private func preFloats(_ batch: Int) -> Int { (steps * batch * gates).roundedToCacheLine }
  package func workspaceFloats(batch: Int) -> Int {
    kernelWorkspace(batch) + (inputTransposed == nil ? 0 : 2 * preFloats(batch))
  }

  package func forward(_ call: ForwardCall, initial: RecurrentStates, final: RecurrentStates) {
    var run = zk_gru()
    run.steps = Int32(steps)
    run.batch = Int32(call.output.batch)
    run.hidden = Int32(hidden)
    run.input = Int32(layer.inputs)
    run.x = UnsafePointer(call.inputs[0].data)
    run.x_stride = layer.inputs
    run.input_weights = input.weightPointer
    run.recurrent_weights = recurrent.weightPointer
    run.input_bias = input.biasPointer
    run.recurrent_bias = recurrent.biasPointer
    run.h = call.output.data
    run.h_stride = hidden
    run.h0 = initial.h.map { UnsafePointer($0) }
    run.h_last = final.h
    run.saved = call.saved
    run.workspace = call.workspace
    table.functions.pointee.gru(&run)
  }

  package func backward(
    _ call: BackwardCall, initial: RecurrentStates, finalGradients: RecurrentStates, initialGradients: RecurrentStates
  ) {
    guard let inputTransposed, let recurrentTransposed else {
      preconditionFailure("the kernel was made for inference")
    }
    let functions = table.functions.pointee
    let batch = call.output.batch, rows = steps * batch
    let inputPre = call.workspace + kernelWorkspace(batch), recurrentPre = inputPre + preFloats(batch)
    var run = zk_gru_gradient()
    run.steps = Int32(steps)
    run.batch = Int32(batch)
    run.hidden = Int32(hidden)
    run.saved = UnsafePointer(call.saved)
    run.h = UnsafePointer(call.output.data)
    run.h_stride = hidden
    run.h0 = initial.h.map { UnsafePointer($0) }
    run.h_last_gradient = finalGradients.h.map { UnsafePointer($0) }
    run.h0_gradient = initialGradients.h
    run.transposed = recurrentTransposed.weightPointer
    run.h_gradient = UnsafePointer(call.outputGradient.data)
    run.h_gradient_stride = hidden
    run.input_pre_gradient = inputPre
    run.recurrent_pre_gradient = recurrentPre
    run.workspace = call.workspace
    functions.gru_gradient(&run)

    let sums = call.parameterGradients
    func outer(_ rows: Int, _ left: UnsafePointer<Float>, _ columns: Int, _ right: UnsafePointer<Float>, at row: Int) {
      guard rows > 0 else { return }
      var outer = zk_outer()
      outer.rows = Int32(rows)
      outer.left = left
      outer.left_stride = columns
      outer.left_columns = Int32(columns)
      outer.right = right
      outer.right_stride = gates
      outer.right_columns = Int32(gates)
      outer.gradient = sums + row * gates
      outer.gradient_stride = gates
      functions.outer(&outer)
    }
    outer(rows, call.inputs[0].data, layer.inputs, inputPre, at: 0)
    outer(rows - batch, call.output.data, hidden, recurrentPre + batch * gates, at: layer.inputs)
    if let initial = initial.h { outer(batch, initial, hidden, recurrentPre, at: layer.inputs) }
    let biases = sums + (layer.inputs + hidden) * gates
    functions.column_sums(Int32(rows), Int32(gates), inputPre, gates, biases)
    functions.column_sums(Int32(rows), Int32(gates), recurrentPre, gates, biases + gates)
    if let target = call.inputGradients[0] {
      var product = inputTransposed.product(rows: rows)
      product.append(inputPre, stride: gates, columns: gates, weightRow: 0)
      product.out = target.rows.data
      product.out_stride = layer.inputs
      if target.accumulates {
        product.addend = UnsafePointer(target.rows.data)
        product.addend_stride = layer.inputs
      }
      functions.product(&product)
    }
  }

  package func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let inputs = layer.inputs
    let input = gradients["weight_ih_l0"], recurrent = gradients["weight_hh_l0"]
    let first = gradients["bias_ih_l0"], second = gradients["bias_hh_l0"]
    for gate in 0..<gates {
      for k in 0..<inputs { input[gate * inputs + k] += sums[k * gates + gate] }
      for k in 0..<hidden { recurrent[gate * hidden + k] += sums[(inputs + k) * gates + gate] }
      first[gate] += sums[(inputs + hidden) * gates + gate]
      second[gate] += sums[(inputs + hidden + 1) * gates + gate]
    }
  }
}
