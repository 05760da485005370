import CKernels
import LayerGraph
import Testing

/// One direction of one LSTM layer, forwards and backwards, against the plain loops.
@Suite struct LSTMKernelTests {
  /// A run with random weights; every array of results is by trajectory-independent place, so tables can be compared.
  struct Case: CustomStringConvertible {
    let steps: Int
    let batch: Int
    let hidden: Int
    let input: Int
    var isReverse = false
    var hasStates = false
    var isSaved = true
    var gap = 0
    var scale: Float = 1
    let seed: Int

    var description: String {
      "\(steps) steps, batch \(batch), hidden \(hidden), input \(input), reverse \(isReverse), states \(hasStates), "
        + "saved \(isSaved), gap \(gap), seed \(seed)"
    }

    struct Result {
      var results: [String: [Float]] = [:]
      var isIntact = true
    }

    /// Forwards and, where the case is saved, backwards; without all but one trajectory where asked for.
    func run(_ table: KernelTable, only: Int? = nil) -> Result {
      let functions = table.functions.pointee
      let arena = Arena()
      defer { arena.release() }
      var random = Seeded(seed)
      let size = only == nil ? batch : 1
      /// Rows of trajectories beside each other, `repeats` times.
      func rows(_ repeats: Int, _ width: Int, gap: Int = 0, _ values: [Float]) -> GuardedRows {
        arena.rows(repeats * size, width, gap: gap) { row, column in
          values[(row / size * batch + (only ?? row % size)) * width + column]
        }
      }
      let gates = 4 * hidden, depth = input + hidden
      let weights = random.floats(depth * gates, -scale...scale), bias = random.floats(gates, -scale...scale)
      let x = rows(steps, input, gap: gap, random.floats(steps * batch * input, -2...2))
      let h0 = rows(1, hidden, random.floats(batch * hidden)), c0 = rows(1, hidden, random.floats(batch * hidden))
      let packed = arena.room(functions.packed_floats(ZK_LSTM, Int32(depth), Int32(gates)))
      functions.pack(ZK_LSTM, Int32(depth), Int32(gates), arena.row(weights).input, packed.pointer)
      let packedBias = arena.room(functions.packed_bias_floats(ZK_LSTM, Int32(gates)))
      functions.pack_bias(ZK_LSTM, Int32(gates), arena.row(bias).input, packedBias.pointer)
      let h = arena.rows(steps * size, hidden, gap: gap)
      let hLast = arena.rows(size, hidden), cLast = arena.rows(size, hidden)
      let saved = arena.room(functions.lstm_saved_floats(Int32(steps), Int32(size), Int32(hidden)))
      let workspace = arena.room(
        functions.lstm_workspace_floats(Int32(steps), Int32(size), Int32(hidden), Int32(input)))
      var run = zk_lstm()
      run.steps = Int32(steps)
      run.batch = Int32(size)
      run.hidden = Int32(hidden)
      run.input = Int32(input)
      run.reverse = isReverse ? 1 : 0
      run.x = x.input
      run.x_stride = x.stride
      run.weights = packed.input
      run.bias = packedBias.input
      run.h0 = hasStates ? h0.input : nil
      run.c0 = hasStates ? c0.input : nil
      run.h = h.pointer
      run.h_stride = h.stride
      run.h_last = hLast.pointer
      run.c_last = cLast.pointer
      run.saved = isSaved ? saved.pointer : nil
      run.workspace = workspace.pointer
      run.end = run.steps
      functions.lstm(&run)
      var result = Result(results: ["h": h.values, "hLast": hLast.values, "cLast": cLast.values])
      // In runs of three steps: the same bits.
      for begin in stride(from: 0, to: steps, by: 3) {
        run.begin = Int32(begin)
        run.end = Int32(min(steps, begin + 3))
        functions.lstm(&run)
      }
      result.isIntact =
        h.values == result.results["h"] && hLast.values == result.results["hLast"]
        && cLast.values == result.results["cLast"]
        && [h, hLast, cLast, saved, workspace, packed, packedBias].allSatisfy(\.isIntact)
      guard isSaved else { return result }

      let transposedWeights = (0..<gates * hidden).map { weights[(input + $0 % hidden) * gates + $0 / hidden] }
      let transposed = arena.room(functions.packed_floats(ZK_PLAIN, Int32(gates), Int32(hidden)))
      functions.pack(ZK_PLAIN, Int32(gates), Int32(hidden), arena.row(transposedWeights).input, transposed.pointer)
      let hGradient = rows(steps, hidden, gap: gap, random.floats(steps * batch * hidden))
      let hLastGradient = rows(1, hidden, random.floats(batch * hidden))
      let cLastGradient = rows(1, hidden, random.floats(batch * hidden))
      let pre = arena.rows(steps * size, gates)
      let h0Gradient = arena.rows(size, hidden), c0Gradient = arena.rows(size, hidden)
      let back = arena.room(
        functions.lstm_workspace_floats(Int32(steps), Int32(size), Int32(hidden), Int32(input)))
      var gradient = zk_lstm_gradient()
      gradient.steps = Int32(steps)
      gradient.batch = Int32(size)
      gradient.hidden = Int32(hidden)
      gradient.reverse = isReverse ? 1 : 0
      gradient.saved = saved.input
      gradient.c0 = hasStates ? c0.input : nil
      gradient.transposed = transposed.input
      gradient.h_gradient = hGradient.input
      gradient.h_gradient_stride = hGradient.stride
      gradient.h_last_gradient = hasStates ? hLastGradient.input : nil
      gradient.c_last_gradient = hasStates ? cLastGradient.input : nil
      gradient.pre_gradient = pre.pointer
      gradient.h0_gradient = hasStates ? h0Gradient.pointer : nil
      gradient.c0_gradient = hasStates ? c0Gradient.pointer : nil
      gradient.workspace = back.pointer
      gradient.end = gradient.steps
      functions.lstm_gradient(&gradient)
      result.results["pre"] = pre.values
      // In runs of three steps, the last ones first: the same bits.
      let whole = (pre: pre.values, h0: h0Gradient.values, c0: c0Gradient.values)
      var end = steps
      while end > 0 {
        gradient.begin = Int32(max(0, end - 3))
        gradient.end = Int32(end)
        let first = isReverse ? steps - end : Int(gradient.begin)
        gradient.pre_gradient = pre.pointer + first * size * gates
        functions.lstm_gradient(&gradient)
        end = Int(gradient.begin)
      }
      result.isIntact =
        result.isIntact && whole.pre == pre.values
        && (!hasStates || (whole.h0 == h0Gradient.values && whole.c0 == c0Gradient.values))
      if hasStates {
        result.results["h0Gradient"] = h0Gradient.values
        result.results["c0Gradient"] = c0Gradient.values
      }
      result.isIntact = result.isIntact && [pre, h0Gradient, c0Gradient, saved, back].allSatisfy(\.isIntact)
      return result
    }

    /// What differs most between two tables, and by how much of what is allowed.
    func excess(of table: KernelTable) -> (name: String, ratio: Float) {
      let found = run(table), expected = run(.reference)
      var worst: (name: String, ratio: Float) = ("guards", found.isIntact ? 0 : .infinity)
      for (name, values) in expected.results {
        let largest = values.reduce(1) { max($0, abs($1)) }
        let ratio = LayerGraphTests.excess(found.results[name] ?? [], values, allowed: 3e-6 * largest)
        if ratio > worst.ratio { worst = (name, ratio) }
      }
      return worst
    }
  }

  static let batches = [1, 2, 3, 4, 5, 6, 7, 12, 23, 24, 25]
  static let sizes = [1, 2, 5, 15, 16, 17, 31, 32, 33]

  @Test(arguments: KernelTable.fast) func everyBatchAndEverySize(table: KernelTable) {
    for batch in Self.batches {
      for hidden in Self.sizes {
        let test = Case(
          steps: 3, batch: batch, hidden: hidden, input: hidden % 4 + 1, isReverse: hidden % 2 == 0,
          hasStates: batch % 2 == 0, gap: hidden % 3, scale: 1 / Float(hidden).squareRoot(), seed: batch * 100 + hidden)
        let worst = test.excess(of: table)
        #expect(worst.ratio <= 1, "\(worst.name) of \(test)")
      }
    }
  }

  @Test(arguments: KernelTable.fast) func everyOption(table: KernelTable) {
    for seed in 0..<60 {
      var random = Seeded(seed)
      var test = Case(
        steps: random.pick([1, 2, 5]), batch: random.pick(Self.batches), hidden: random.pick([3, 16, 20, 49, 65]),
        input: random.pick([1, 2, 17, 33]), seed: seed)
      test.isReverse = random.flip()
      test.hasStates = random.flip()
      test.isSaved = random.flip()
      test.gap = random.int(0...5)
      test.scale = 0.3
      let worst = test.excess(of: table)
      #expect(worst.ratio <= 1, "\(worst.name) of \(test)")
    }
  }

  /// Gates that are wide open or shut: pre-activations of 1e8 and more, results within their bounds.
  @Test(arguments: KernelTable.fast, [false, true]) func saturatedGates(table: KernelTable, isSaved: Bool) {
    for scale: Float in [1e8, 1e20] {
      for batch in [1, 3, 7, 25] {
        let test = Case(
          steps: 4, batch: batch, hidden: 17, input: 2, hasStates: true, isSaved: isSaved, scale: scale, seed: batch)
        let found = test.run(table), expected = test.run(.reference)
        for name in ["h", "hLast", "cLast"] {
          let ratio = excess(found.results[name]!, expected.results[name]!, allowed: 3e-6)
          #expect(ratio <= 1, "\(name) of \(test), scale \(scale)")
        }
        #expect(found.isIntact)
      }
    }
  }

  /// Without a way back the cell is computed in another order, but to the same accuracy.
  @Test(arguments: KernelTable.available) func savingChangesNothing(table: KernelTable) {
    for batch in [1, 4, 5, 24] {
      var test = Case(steps: 6, batch: batch, hidden: 20, input: 3, scale: 0.4, seed: batch)
      let saved = test.run(table)
      test.isSaved = false
      let plain = test.run(table)
      for name in ["h", "hLast", "cLast"] {
        #expect(excess(plain.results[name]!, saved.results[name]!, allowed: 2e-6) <= 1, "\(name) of \(test)")
      }
    }
  }

  /// Few trajectories run another way than many, and must give the same bits.
  @Test(arguments: KernelTable.available, [false, true])
  func aTrajectoryDoesNotSeeTheOthers(table: KernelTable, isSaved: Bool) {
    for batch in [2, 3, 4, 5, 7, 13, 24, 25] {
      for hidden in [3, 16, 40, 65] {
        let test = Case(
          steps: 3, batch: batch, hidden: hidden, input: 3, isReverse: batch % 2 == 1, hasStates: true,
          isSaved: isSaved, scale: 0.3, seed: batch + hidden)
        let together = test.run(table)
        for trajectory in [0, batch - 1] {
          let alone = test.run(table, only: trajectory)
          for (name, values) in together.results {
            let width = name == "pre" ? 4 * hidden : hidden
            let own = stride(from: trajectory * width, to: values.count, by: batch * width).flatMap {
              values[$0..<$0 + width]
            }
            #expect(sameBits(own, alone.results[name]!), "\(name) of trajectory \(trajectory), \(test)")
          }
        }
      }
    }
  }
}
