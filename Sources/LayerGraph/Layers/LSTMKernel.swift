import CKernels

/// Computes a stack of LSTM layers; each layer and direction is one run over time.
package final class LSTMKernel: RecurrentKernel, @unchecked Sendable {

  /// One layer in one direction.
  struct Cell {
    let layer: Int
    let isReverse: Bool
    let inputs: Int
    let forward: PackedMatrix
    let recurrentTransposed: PackedMatrix?
    let inputTransposed: PackedMatrix?
    /// Where its gradient sums start: input weights `[inputs][4H]`, recurrent weights `[H][4H]`, bias `[4H]`.
    let gradientOffset: Int
  }

  let layer: LSTM
  let steps: Int
  let table: KernelTable
  private(set) var cells: [Cell]
  package let gradientFloats: Int

  var hidden: Int { layer.hidden }
  var width: Int { layer.hidden * layer.directions }

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

  func cellSavedFloats(_ batch: Int) -> Int {
    table.functions.pointee.lstm_saved_floats(Int32(steps), Int32(batch), Int32(hidden)).roundedToCacheLine
  }
  func sequenceFloats(_ batch: Int) -> Int { (steps * batch * width).roundedToCacheLine }
  func cellWorkspaceFloats(_ batch: Int, steps: Int? = nil) -> Int {
    let functions = table.functions.pointee
    let inputs = cells.map(\.inputs).max() ?? 1
    return functions.lstm_workspace_floats(Int32(steps ?? self.steps), Int32(batch), Int32(hidden), Int32(inputs))
      .roundedToCacheLine
  }

  /// Saved: for each cell what its kernel keeps, then the outputs of all layers but the last.
  package func savedFloats(batch: Int) -> Int {
    cells.count * cellSavedFloats(batch) + (layer.layers - 1) * sequenceFloats(batch)
  }

  /// Forwards: two sequences in turn. Backwards: gradients of a run's pre-activations and of two sequences.
  package func workspaceFloats(batch: Int) -> Int {
    let needsGradient = cells.contains { $0.recurrentTransposed != nil }
    func layerByLayer(_ batch: Int) -> Int {
      let pre = (runSteps(batch) * batch * 4 * hidden).roundedToCacheLine
      return cellWorkspaceFloats(batch) + 2 * sequenceFloats(batch) + (needsGradient ? pre : 0)
    }
    // Smaller groups may run in the same memory, and few trajectories take another way.
    let few = min(batch, Self.few)
    let together = cells.count * cellWorkspaceFloats(few, steps: Self.stageSteps) + cells.count * sequenceFloats(few)
    return max(layerByLayer(batch), layerByLayer(few), together)
  }

  /// The output of a layer that is not the last: saved in training, else one of two places in turn.
  func sequence(
    _ index: Int, batch: Int, saved: UnsafeMutablePointer<Float>?, workspace: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    if let saved { return saved + cells.count * cellSavedFloats(batch) + index * sequenceFloats(batch) }
    return workspace + cellWorkspaceFloats(batch) + (index & 1) * sequenceFloats(batch)
  }

  // MARK: Forwards

  /// Up to so many trajectories, layers advance together, some steps at a time: what one hands to the next stays near,
  /// and the layers can be on several threads. More trajectories fill the tiles layer by layer.
  private static let few = 4
  private static let stageSteps = 16

  package func forward(_ call: ForwardCall, initial: RecurrentStates, final: RecurrentStates) {
    let batch = call.output.batch
    if call.saved == nil, batch <= Self.few, layer.directions == 1, layer.layers > 1, steps > Self.stageSteps {
      return forwardTogether(call, initial: initial, final: final)
    }
    func sequence(_ index: Int) -> UnsafeMutablePointer<Float> {
      index == layer.layers - 1
        ? call.output.data : self.sequence(index, batch: batch, saved: call.saved, workspace: call.workspace)
    }
    for (index, cell) in cells.enumerated() {
      var run = run(
        index, batch: batch, input: cell.layer == 0 ? call.inputs[0].data : sequence(cell.layer - 1),
        output: sequence(cell.layer), initial: initial, final: final)
      run.saved = call.saved.map { $0 + index * cellSavedFloats(batch) }
      run.workspace = call.workspace
      table.functions.pointee.lstm(&run)
    }
  }

  /// Layers as stages of a pipeline: a stage is one layer over some steps, and follows the same steps of the layer below
  /// and the steps before of its own.
  private func forwardTogether(_ call: ForwardCall, initial: RecurrentStates, final: RecurrentStates) {
    let batch = call.output.batch, layers = cells.count
    let cellWorkspace = cellWorkspaceFloats(batch, steps: Self.stageSteps)
    func sequence(_ index: Int) -> UnsafeMutablePointer<Float> {
      index == layers - 1
        ? call.output.data : call.workspace + layers * cellWorkspace + index * sequenceFloats(batch)
    }
    let runs = cells.indices.map { index in
      var run = run(
        index, batch: batch, input: index == 0 ? call.inputs[0].data : sequence(index - 1), output: sequence(index),
        initial: initial, final: final)
      run.workspace = call.workspace + index * cellWorkspace
      return run
    }
    let parts = (steps + Self.stageSteps - 1) / Self.stageSteps
    let stages = (0..<parts + layers - 1).flatMap { sum in
      (max(0, sum - parts + 1)...min(layers - 1, sum)).map { (layer: $0, part: sum - $0) }
    }
    let progress = RunProgress(count: layers)
    call.team.run(stages.count) { number in
      let (layer, part) = stages[number]
      if layer > 0 { progress.wait(for: layer - 1, part + 1) }
      progress.wait(for: layer, part)
      var run = runs[layer]
      run.begin = Int32(part * Self.stageSteps)
      run.end = Int32(min(steps, (part + 1) * Self.stageSteps))
      table.functions.pointee.lstm(&run)
      progress.advance(layer)
    }
  }

  /// A run of one layer in one direction over all steps, without memory.
  private func run(
    _ index: Int, batch: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    initial: RecurrentStates, final: RecurrentStates
  ) -> zk_lstm {
    let cell = cells[index], stateFloats = batch * hidden
    var run = zk_lstm()
    run.steps = Int32(steps)
    run.end = run.steps
    run.batch = Int32(batch)
    run.hidden = Int32(hidden)
    run.input = Int32(cell.inputs)
    run.reverse = cell.isReverse ? 1 : 0
    run.x = input
    run.x_stride = cell.inputs
    run.weights = cell.forward.weightPointer
    run.bias = cell.forward.biasPointer
    run.h0 = initial.h.map { UnsafePointer($0 + index * stateFloats) }
    run.c0 = initial.c.map { UnsafePointer($0 + index * stateFloats) }
    run.h = output + (cell.isReverse ? hidden : 0)
    run.h_stride = width
    run.h_last = final.h.map { $0 + index * stateFloats }
    run.c_last = final.c.map { $0 + index * stateFloats }
    return run
  }
}
