import CKernels
import LayerGraph
import Testing

/// One GRU layer, forwards and backwards, against the plain loops.
@Suite struct GRUKernelTests {
  struct Case: CustomStringConvertible {
    let steps: Int
    let batch: Int
    let hidden: Int
    let input: Int
    var hasStates = false
    var isSaved = true
    var gap = 0
    var scale: Float = 0.4
    let seed: Int

    var description: String {
      "\(steps) steps, batch \(batch), hidden \(hidden), input \(input), states \(hasStates), saved \(isSaved), "
        + "gap \(gap), seed \(seed)"
    }

    struct Result {
      var results: [String: [Float]] = [:]
      var isIntact = true
    }

    func run(_ table: KernelTable, only: Int? = nil) -> Result {
      let functions = table.functions.pointee
      let arena = Arena()
      defer { arena.release() }
      var random = Seeded(seed)
      let size = only == nil ? batch : 1
      func rows(_ repeats: Int, _ width: Int, gap: Int = 0, _ values: [Float]) -> GuardedRows {
        arena.rows(repeats * size, width, gap: gap) { row, column in
          values[(row / size * batch + (only ?? row % size)) * width + column]
        }
      }
      let gates = 3 * hidden
      func packed(_ rows: Int, _ columns: Int, _ values: [Float]) -> GuardedRows {
        let room = arena.room(functions.packed_floats(ZK_PLAIN, Int32(rows), Int32(columns)))
        functions.pack(ZK_PLAIN, Int32(rows), Int32(columns), arena.row(values).input, room.pointer)
        return room
      }
      func packedBias(_ values: [Float]) -> GuardedRows {
        let room = arena.room(functions.packed_bias_floats(ZK_PLAIN, Int32(gates)))
        functions.pack_bias(ZK_PLAIN, Int32(gates), arena.row(values).input, room.pointer)
        return room
      }
      let inputWeights = packed(input, gates, random.floats(input * gates, -scale...scale))
      let recurrent = random.floats(hidden * gates, -scale...scale)
      let recurrentWeights = packed(hidden, gates, recurrent)
      let inputBias = packedBias(random.floats(gates)), recurrentBias = packedBias(random.floats(gates))
      let x = rows(steps, input, gap: gap, random.floats(steps * batch * input, -2...2))
      let h0 = rows(1, hidden, random.floats(batch * hidden))
      let h = arena.rows(steps * size, hidden, gap: gap), hLast = arena.rows(size, hidden)
      let saved = arena.room(functions.gru_saved_floats(Int32(steps), Int32(size), Int32(hidden)))
      let floats = functions.gru_workspace_floats(Int32(steps), Int32(size), Int32(hidden), Int32(input))
      let workspace = arena.room(floats), back = arena.room(floats)
      var run = zk_gru()
      run.steps = Int32(steps)
      run.batch = Int32(size)
      run.hidden = Int32(hidden)
      run.input = Int32(input)
      run.x = x.input
      run.x_stride = x.stride
      run.input_weights = inputWeights.input
      run.recurrent_weights = recurrentWeights.input
      run.input_bias = inputBias.input
      run.recurrent_bias = recurrentBias.input
      run.h0 = hasStates ? h0.input : nil
      run.h = h.pointer
      run.h_stride = h.stride
      run.h_last = hLast.pointer
      run.saved = isSaved ? saved.pointer : nil
      run.workspace = workspace.pointer
      functions.gru(&run)
      var result = Result(results: ["h": h.values, "hLast": hLast.values])
      result.isIntact = [h, hLast, saved, workspace].allSatisfy(\.isIntact)
      guard isSaved else { return result }

      let transposed = packed(
        gates, hidden, (0..<gates * hidden).map { recurrent[$0 % hidden * gates + $0 / hidden] })
      let hGradient = rows(steps, hidden, gap: gap, random.floats(steps * batch * hidden))
      let hLastGradient = rows(1, hidden, random.floats(batch * hidden))
      let inputPre = arena.rows(steps * size, gates), recurrentPre = arena.rows(steps * size, gates)
      let h0Gradient = arena.rows(size, hidden)
      var gradient = zk_gru_gradient()
      gradient.steps = Int32(steps)
      gradient.batch = Int32(size)
      gradient.hidden = Int32(hidden)
      gradient.saved = saved.input
      gradient.h = h.input
      gradient.h_stride = h.stride
      gradient.h0 = hasStates ? h0.input : nil
      gradient.transposed = transposed.input
      gradient.h_gradient = hGradient.input
      gradient.h_gradient_stride = hGradient.stride
      gradient.h_last_gradient = hasStates ? hLastGradient.input : nil
      gradient.input_pre_gradient = inputPre.pointer
      gradient.recurrent_pre_gradient = recurrentPre.pointer
      gradient.h0_gradient = hasStates ? h0Gradient.pointer : nil
      gradient.workspace = back.pointer
      functions.gru_gradient(&gradient)
      result.results["inputPre"] = inputPre.values
      result.results["recurrentPre"] = recurrentPre.values
      if hasStates { result.results["h0Gradient"] = h0Gradient.values }
      result.isIntact =
        result.isIntact && [inputPre, recurrentPre, h0Gradient, back, saved].allSatisfy(\.isIntact)
      return result
    }
  }

  private func expectAgreement(_ test: Case, _ table: KernelTable) {
    let found = test.run(table), expected = test.run(.reference)
    #expect(found.isIntact, "\(test)")
    for (name, values) in expected.results {
      let largest = values.reduce(1) { max($0, abs($1)) }
      #expect(excess(found.results[name] ?? [], values, allowed: 3e-6 * largest) <= 1, "\(name) of \(test)")
    }
  }

  @Test(arguments: KernelTable.fast) func everyBatchAndEverySize(table: KernelTable) {
    for batch in [1, 2, 5, 6, 7, 23, 24, 25] {
      for hidden in [1, 2, 5, 15, 16, 17, 31, 32, 33] {
        let test = Case(
          steps: 3, batch: batch, hidden: hidden, input: hidden % 4 + 1, hasStates: (batch + hidden) % 2 == 0,
          gap: hidden % 3, seed: batch * 100 + hidden)
        expectAgreement(test, table)
      }
    }
  }

  @Test(arguments: KernelTable.fast) func everyOption(table: KernelTable) {
    for seed in 0..<40 {
      var random = Seeded(seed)
      var test = Case(
        steps: random.pick([1, 2, 6]), batch: random.pick([1, 3, 8]), hidden: random.pick([3, 16, 20, 65]),
        input: random.pick([1, 2, 17, 33]), seed: seed)
      test.hasStates = random.flip()
      test.isSaved = random.flip()
      test.gap = random.int(0...5)
      test.scale = random.pick([0.03, 0.1, 0.3])
      expectAgreement(test, table)
    }
  }

  @Test(arguments: KernelTable.available) func aTrajectoryDoesNotSeeTheOthers(table: KernelTable) {
    for batch in [2, 5, 7, 13, 25] {
      for hidden in [3, 16, 33] {
        let test = Case(steps: 3, batch: batch, hidden: hidden, input: 3, hasStates: true, seed: batch + hidden)
        let together = test.run(table)
        for trajectory in [0, batch - 1] {
          let alone = test.run(table, only: trajectory)
          for (name, values) in together.results {
            let width = name.hasSuffix("Pre") ? 3 * hidden : hidden
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
