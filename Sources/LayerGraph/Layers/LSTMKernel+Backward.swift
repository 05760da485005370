import CKernels

/// The way back through a stack of LSTM layers, in runs of steps.
extension LSTMKernel {
  /// Rows of pre-activations that are worked off while they lie in the second-level cache.
  private static let runRows = 112

  /// Steps of the runs in which the way back goes.
  func runSteps(_ batch: Int) -> Int { min(steps, max(4, Self.runRows / batch)) }

  package func backward(
    _ call: BackwardCall, initial: RecurrentStates, finalGradients: RecurrentStates, initialGradients: RecurrentStates
  ) {
    let batch = call.output.batch
    let sequences = call.workspace + cellWorkspaceFloats(batch)
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
        run.pre_gradient = sequences + 2 * sequenceFloats(batch)
        run.h0_gradient = initialGradients.h.map { $0 + state }
        run.c0_gradient = initialGradients.c.map { $0 + state }
        run.workspace = call.workspace
        let sources = CellSources(
          cell: cell, batch: batch, input: below, output: output + direction * hidden,
          initial: initial.h.map { UnsafePointer($0 + state) })
        let target =
          index > 0
          ? BackwardCall.InputGradient(
            rows: GroupRows(data: belowGradient, steps: steps, batch: batch, channels: cell.inputs),
            accumulates: direction > 0)
          : call.inputGradients[0].map {
            BackwardCall.InputGradient(rows: $0.rows, accumulates: $0.accumulates || direction > 0)
          }
        backward(&run, sources, sums: call.parameterGradients + cell.gradientOffset, into: target)
      }
      outputGradient = belowGradient
    }
  }

  /// What the weight gradients of one layer in one direction are made from.
  private struct CellSources {
    let cell: Cell
    let batch: Int
    /// Rows of the layer below, and of this one.
    let input: UnsafePointer<Float>
    let output: UnsafePointer<Float>
    let initial: UnsafePointer<Float>?
  }

  /// Takes one layer in one direction back, run by run.
  private func backward(
    _ run: inout zk_lstm_gradient, _ sources: CellSources, sums: UnsafeMutablePointer<Float>,
    into target: BackwardCall.InputGradient?
  ) {
    let longest = runSteps(sources.batch)
    var end = steps
    while end > 0 {
      let begin = max(0, end - longest)
      run.begin = Int32(begin)
      run.end = Int32(end)
      table.functions.pointee.lstm_gradient(&run)
      let times = sources.cell.isReverse ? steps - end..<steps - begin : begin..<end
      addGradients(sources, pre: run.pre_gradient, times: times, sums: sums)
      if let target { inputGradient(sources, pre: run.pre_gradient, times: times, into: target) }
      end = begin
    }
  }

  private func inputGradient(
    _ sources: CellSources, pre: UnsafePointer<Float>, times: Range<Int>, into target: BackwardCall.InputGradient
  ) {
    guard let matrix = sources.cell.inputTransposed else { preconditionFailure("the kernel was made for inference") }
    let inputs = sources.cell.inputs
    var product = matrix.product(rows: times.count * sources.batch)
    product.append(pre, stride: 4 * hidden, columns: 4 * hidden, weightRow: 0)
    product.out = target.rows.data + times.lowerBound * sources.batch * inputs
    product.out_stride = inputs
    if target.accumulates {
      product.addend = UnsafePointer(product.out)
      product.addend_stride = inputs
    }
    table.functions.pointee.product(&product)
  }

  /// Weight gradients as products over time and batch; a step's recurrent input is the state before it.
  private func addGradients(
    _ sources: CellSources, pre: UnsafePointer<Float>, times: Range<Int>, sums: UnsafeMutablePointer<Float>
  ) {
    let functions = table.functions.pointee
    let cell = sources.cell, batch = sources.batch
    let gates = 4 * hidden
    /// Steps `range` of the pre-activations with rows that begin at `left`.
    func outer(_ range: Range<Int>, _ left: UnsafePointer<Float>, stride: Int, columns: Int, at row: Int) {
      guard !range.isEmpty else { return }
      var outer = zk_outer()
      outer.rows = Int32(range.count * batch)
      outer.left = left
      outer.left_stride = stride
      outer.left_columns = Int32(columns)
      outer.right = pre + (range.lowerBound - times.lowerBound) * batch * gates
      outer.right_stride = gates
      outer.right_columns = Int32(gates)
      outer.gradient = sums + row * gates
      outer.gradient_stride = gates
      functions.outer(&outer)
    }
    outer(
      times, sources.input + times.lowerBound * batch * cell.inputs, stride: cell.inputs, columns: cell.inputs, at: 0)
    let first = cell.isReverse ? steps - 1 : 0
    let later = times.clamped(to: cell.isReverse ? 0..<first : 1..<steps)
    let before = cell.isReverse ? later.lowerBound + 1 : later.lowerBound - 1
    outer(later, sources.output + before * batch * width, stride: width, columns: hidden, at: cell.inputs)
    if let initial = sources.initial, times.contains(first) {
      outer(first..<first + 1, initial, stride: hidden, columns: hidden, at: cell.inputs)
    }
    functions.column_sums(Int32(times.count * batch), Int32(gates), pre, gates, sums + (cell.inputs + hidden) * gates)
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
