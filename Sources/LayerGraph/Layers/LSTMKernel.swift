import CKernels

/// Computes a stack of LSTM layers; each layer and direction is one run over time.
package final class LSTMKernel: RecurrentKernel, @unchecked Sendable {

  /// One layer in one direction.
  private struct Cell {
    let layer: Int
    let isReverse: Bool
    let inputs: Int
    let forward: PackedMatrix
    let recurrentTransposed: PackedMatrix?
    let inputTransposed: PackedMatrix?
    /// Where its gradient sums start: input weights `[inputs][4H]`, recurrent weights `[H][4H]`, bias `[4H]`.
    let gradientOffset: Int
  }

  private let layer: LSTM
  private let steps: Int
  private let table: KernelTable
  private var cells: [Cell]
  package let gradientFloats: Int

  private var hidden: Int { layer.hidden }
  private var width: Int { layer.hidden * layer.directions }

  init(layer: LSTM, steps: Int, setting: KernelSetting) {
    self.layer = layer
    self.steps = steps
    table = setting.table
    var cells: [Cell] = []
    var offset = 0
    let hidden = layer.hidden
    for index in 0..<layer.layers {
      for direction in 0..<layer.directions {
        let inputs = layer.inputs(of: index)
        func transposed(_ columns: Int) -> PackedMatrix? {
          guard setting.training else { return nil }
          return PackedMatrix(setting.table, layout: ZK_PLAIN, rows: 4 * hidden, columns: columns, hasBias: false)
        }
        cells.append(
          Cell(
            layer: index, isReverse: direction == 1, inputs: inputs,
            forward: PackedMatrix(
              setting.table, layout: ZK_LSTM, rows: inputs + hidden, columns: 4 * hidden, hasBias: true),
            recurrentTransposed: transposed(hidden), inputTransposed: transposed(inputs), gradientOffset: offset))
        offset += (inputs + hidden + 1) * 4 * hidden
      }
    }
    self.cells = cells
    gradientFloats = offset
  }

  package func share(with other: any LayerKernel) -> Bool {
    guard let other = other as? LSTMKernel else { return false }
    cells = other.cells
    return true
  }

  package func load(_ parameters: LayerParameters) {
    for cell in cells {
      let suffix = LSTM.suffix(layer: cell.layer, reverse: cell.isReverse)
      let input = parameters["weight_ih" + suffix], recurrent = parameters["weight_hh" + suffix]
      let first = parameters["bias_ih" + suffix], second = parameters["bias_hh" + suffix]
      let gates = 4 * hidden, rows = cell.inputs + hidden
      withUnsafeTemporaryAllocation(of: Float.self, capacity: (rows + 1) * gates) { scratch in
        let matrix = scratch.baseAddress!, bias = matrix + rows * gates
        for gate in 0..<gates {
          for k in 0..<cell.inputs { matrix[k * gates + gate] = input[gate * cell.inputs + k] }
          for k in 0..<hidden { matrix[(cell.inputs + k) * gates + gate] = recurrent[gate * hidden + k] }
          bias[gate] = first[gate] + second[gate]
        }
        cell.forward.load(matrix, bias: bias)
      }
      cell.recurrentTransposed?.load(recurrent)
      cell.inputTransposed?.load(input)
    }
  }

  // MARK: Memory

  private func cellSavedFloats(_ batch: Int) -> Int {
    table.functions.pointee.lstm_saved_floats(Int32(steps), Int32(batch), Int32(hidden)).roundedToCacheLine
  }
  private func sequenceFloats(_ batch: Int) -> Int { (steps * batch * width).roundedToCacheLine }
  private func cellWorkspaceFloats(_ batch: Int) -> Int {
    let functions = table.functions.pointee
    let inputs = cells.map(\.inputs).max() ?? 1
    return functions.lstm_workspace_floats(Int32(steps), Int32(batch), Int32(hidden), Int32(inputs)).roundedToCacheLine
  }

  /// Saved: for each cell what its kernel keeps, then the outputs of all layers but the last.
  package func savedFloats(batch: Int) -> Int {
    cells.count * cellSavedFloats(batch) + (layer.layers - 1) * sequenceFloats(batch)
  }

  /// Forwards: two sequences in turn. Backwards: gradients of pre-activations and of two sequences.
  package func workspaceFloats(batch: Int) -> Int {
    let pre = (steps * batch * 4 * hidden).roundedToCacheLine
    let needsGradient = cells.contains { $0.recurrentTransposed != nil }
    return cellWorkspaceFloats(batch) + 2 * sequenceFloats(batch) + (needsGradient ? pre : 0)
  }

  /// The output of a layer that is not the last: saved in training, else one of two places in turn.
  private func sequence(
    _ index: Int, batch: Int, saved: UnsafeMutablePointer<Float>?, workspace: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    if let saved { return saved + cells.count * cellSavedFloats(batch) + index * sequenceFloats(batch) }
    return workspace + cellWorkspaceFloats(batch) + (index & 1) * sequenceFloats(batch)
  }

  // MARK: Forwards

  package func forward(_ call: ForwardCall, initial: RecurrentStates, final: RecurrentStates) {
    let batch = call.output.batch
    let stateFloats = batch * hidden
    for (index, cell) in cells.enumerated() {
      let isLast = cell.layer == layer.layers - 1
      let input =
        cell.layer == 0
        ? call.inputs[0].data : sequence(cell.layer - 1, batch: batch, saved: call.saved, workspace: call.workspace)
      let output =
        isLast
        ? call.output.data : sequence(cell.layer, batch: batch, saved: call.saved, workspace: call.workspace)
      var run = zk_lstm()
      run.steps = Int32(steps)
      run.batch = Int32(batch)
      run.hidden = Int32(hidden)
      run.input = Int32(cell.inputs)
      run.reverse = cell.isReverse ? 1 : 0
      run.x = UnsafePointer(input)
      run.x_stride = cell.inputs
      run.weights = cell.forward.weightPointer
      run.bias = cell.forward.biasPointer
      run.h0 = initial.h.map { UnsafePointer($0 + index * stateFloats) }
      run.c0 = initial.c.map { UnsafePointer($0 + index * stateFloats) }
      run.h = output + (cell.isReverse ? hidden : 0)
      run.h_stride = width
      run.h_last = final.h.map { $0 + index * stateFloats }
      run.c_last = final.c.map { $0 + index * stateFloats }
      run.saved = call.saved.map { $0 + index * cellSavedFloats(batch) }
      run.workspace = call.workspace
      table.functions.pointee.lstm(&run)
    }
  }

  // MARK: Backwards

  package func backward(
    _ call: BackwardCall, initial: RecurrentStates, finalGradients: RecurrentStates, initialGradients: RecurrentStates
  ) {
    let batch = call.output.batch
    let functions = table.functions.pointee
    let sequences = call.workspace + cellWorkspaceFloats(batch)
    let pre = sequences + 2 * sequenceFloats(batch)
    var outputGradient = call.outputGradient.data
    for index in stride(from: layer.layers - 1, through: 0, by: -1) {
      let below =
        index == 0
        ? call.inputs[0].data : sequence(index - 1, batch: batch, saved: call.saved, workspace: call.workspace)
      let output =
        index == layer.layers - 1
        ? call.output.data : sequence(index, batch: batch, saved: call.saved, workspace: call.workspace)
      let belowGradient = sequences + (index & 1) * sequenceFloats(batch)
      for direction in 0..<layer.directions {
        let number = index * layer.directions + direction
        let cell = cells[number]
        let state = number * batch * hidden
        var run = zk_lstm_gradient()
        run.steps = Int32(steps)
        run.batch = Int32(batch)
        run.hidden = Int32(hidden)
        run.reverse = cell.isReverse ? 1 : 0
        run.saved = UnsafePointer(call.saved + number * cellSavedFloats(batch))
        run.c0 = initial.c.map { UnsafePointer($0 + state) }
        run.transposed = cell.recurrentTransposed?.weightPointer
        run.h_gradient = UnsafePointer(outputGradient + direction * hidden)
        run.h_gradient_stride = width
        run.h_last_gradient = finalGradients.h.map { UnsafePointer($0 + state) }
        run.c_last_gradient = finalGradients.c.map { UnsafePointer($0 + state) }
        run.pre_gradient = pre
        run.h0_gradient = initialGradients.h.map { $0 + state }
        run.c0_gradient = initialGradients.c.map { $0 + state }
        run.workspace = call.workspace
        functions.lstm_gradient(&run)
        addGradients(
          of: cell, input: below, output: output + direction * hidden, pre: pre, batch: batch,
          initial: initial.h.map { UnsafePointer($0 + state) }, sums: call.parameterGradients + cell.gradientOffset)
        if index > 0 {
          inputGradient(of: cell, pre: pre, batch: batch, into: belowGradient, accumulates: direction > 0)
        } else if let target = call.inputGradients[0] {
          inputGradient(
            of: cell, pre: pre, batch: batch, into: target.rows.data, accumulates: target.accumulates || direction > 0)
        }
      }
      outputGradient = belowGradient
    }
  }

  private func inputGradient(
    of cell: Cell, pre: UnsafeMutablePointer<Float>, batch: Int, into target: UnsafeMutablePointer<Float>,
    accumulates: Bool
  ) {
    guard let matrix = cell.inputTransposed else { preconditionFailure("the kernel was made for inference") }
    var product = matrix.product(rows: steps * batch)
    product.append(pre, stride: 4 * hidden, columns: 4 * hidden, weightRow: 0)
    product.out = target
    product.out_stride = cell.inputs
    if accumulates {
      product.addend = UnsafePointer(target)
      product.addend_stride = cell.inputs
    }
    table.functions.pointee.product(&product)
  }

  /// Weight gradients as products over time and batch; a step's recurrent input is the state before it.
  private func addGradients(
    of cell: Cell, input: UnsafePointer<Float>, output: UnsafePointer<Float>, pre: UnsafePointer<Float>, batch: Int,
    initial: UnsafePointer<Float>?, sums: UnsafeMutablePointer<Float>
  ) {
    let functions = table.functions.pointee
    let gates = 4 * hidden
    func outer(
      _ rows: Int, _ left: UnsafePointer<Float>, stride: Int, columns: Int, _ right: UnsafePointer<Float>, at row: Int
    ) {
      guard rows > 0 else { return }
      var outer = zk_outer()
      outer.rows = Int32(rows)
      outer.left = left
      outer.left_stride = stride
      outer.left_columns = Int32(columns)
      outer.right = right
      outer.right_stride = gates
      outer.right_columns = Int32(gates)
      outer.gradient = sums + row * gates
      outer.gradient_stride = gates
      functions.outer(&outer)
    }
    let rows = steps * batch, later = rows - batch
    outer(rows, input, stride: cell.inputs, columns: cell.inputs, pre, at: 0)
    if cell.isReverse {
      outer(later, output + batch * width, stride: width, columns: hidden, pre, at: cell.inputs)
    } else {
      outer(later, output, stride: width, columns: hidden, pre + batch * gates, at: cell.inputs)
    }
    if let initial {
      let first = cell.isReverse ? pre + later * gates : pre
      outer(batch, initial, stride: hidden, columns: hidden, first, at: cell.inputs)
    }
    functions.column_sums(Int32(rows), Int32(gates), pre, gates, sums + (cell.inputs + hidden) * gates)
  }

  package func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let gates = 4 * hidden
    for cell in cells {
      let suffix = LSTM.suffix(layer: cell.layer, reverse: cell.isReverse)
      let input = gradients["weight_ih" + suffix], recurrent = gradients["weight_hh" + suffix]
      let first = gradients["bias_ih" + suffix], second = gradients["bias_hh" + suffix]
      let source = sums + cell.gradientOffset
      for gate in 0..<gates {
        for k in 0..<cell.inputs { input[gate * cell.inputs + k] += source[k * gates + gate] }
        for k in 0..<hidden { recurrent[gate * hidden + k] += source[(cell.inputs + k) * gates + gate] }
        let bias = source[(cell.inputs + hidden) * gates + gate]
        first[gate] += bias
        second[gate] += bias
      }
    }
  }
}
