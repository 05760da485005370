import CKernels
import LayerGraph
import Testing

/// Inputs that are no numbers, or too large, stay in their own row and column.
@Suite struct SaturationTests {
  /// A product of 7 rows with one bad number.
  private func product(_ bad: Float, row: Int, layout: zk_layout, columns: Int, table: KernelTable) -> [[Float]] {
    let functions = table.functions.pointee
    let arena = Arena()
    defer { arena.release() }
    var random = Seeded(columns)
    let weights = random.floats(3 * columns, 0.1...1)
    let packed = arena.room(functions.packed_floats(layout, 3, Int32(columns)))
    functions.pack(layout, 3, Int32(columns), arena.row(weights).input, packed.pointer)
    let x = arena.rows(7, 3) { $0 == row && $1 == 1 ? bad : 0.5 }
    let results = layout == ZK_GATED ? columns / 2 : columns
    let out = arena.rows(7, results, gap: 1), factors = arena.rows(7, columns)
    var product = zk_product()
    product.rows = 7
    product.operands = 1
    product.operand.0 = zk_operand(data: x.input, stride: 3, columns: 3, weight_row: 0)
    product.layout = layout
    product.weights = packed.input
    product.weight_rows = 3
    product.columns = Int32(columns)
    product.activation = layout == ZK_GATED ? ZK_IDENTITY : ZK_TANH
    product.out = out.pointer
    product.out_stride = out.stride
    functions.product(&product)
    #expect(out.isIntact)
    if layout == ZK_GATED {
      let plain = out.values
      product.factors = factors.pointer
      product.factors_stride = columns
      functions.product(&product)
      #expect(excess(out.values, plain, allowed: 1e-6) <= 1)
    }
    let values = out.values
    return (0..<7).map { Array(values[$0 * results..<($0 + 1) * results]) }
  }

  @Test(arguments: KernelTable.available, [0, 3, 6]) func productsOfBadNumbers(table: KernelTable, row: Int) {
    for (layout, columns) in [(ZK_PLAIN, 5), (ZK_PLAIN, 40), (ZK_PLAIN, 64), (ZK_GATED, 10), (ZK_GATED, 70)] {
      let good = product(0.5, row: row, layout: layout, columns: columns, table: table)
      for (bad, limit): (Float, Float?) in [(.nan, nil), (.infinity, 1), (-.infinity, layout == ZK_GATED ? 0 : -1)] {
        let found = product(bad, row: row, layout: layout, columns: columns, table: table)
        for other in 0..<7 where other != row { #expect(sameBits(found[other], good[other])) }
        if let limit {
          #expect(found[row].allSatisfy { abs($0 - limit) < 1e-11 }, "\(found[row].first ?? 0), expected \(limit)")
        } else {
          #expect(found[row].allSatisfy { $0.isNaN })
        }
      }
    }
  }

  /// tanh and sigmoid at their ends, with the derivatives that belong there.
  @Test(arguments: KernelTable.available) func derivativesOfSaturatedGates(table: KernelTable) {
    let functions = table.functions.pointee
    let arena = Arena()
    defer { arena.release() }
    let packed = arena.room(functions.packed_floats(ZK_GATED, 2, 2))
    functions.pack(ZK_GATED, 2, 2, arena.row([1, 0, 0, 1]).input, packed.pointer)
    let ends: [Float] = [-1e30, -50, 0, 50, 1e30]
    let x = arena.rows(25, 2) { ends[$1 == 0 ? $0 / 5 : $0 % 5] }
    let out = arena.rows(25, 1), factors = arena.rows(25, 2)
    var product = zk_product()
    product.rows = 25
    product.operands = 1
    product.operand.0 = zk_operand(data: x.input, stride: 2, columns: 2, weight_row: 0)
    product.layout = ZK_GATED
    product.weights = packed.input
    product.weight_rows = 2
    product.columns = 2
    product.out = out.pointer
    product.out_stride = 1
    product.factors = factors.pointer
    product.factors_stride = 2
    functions.product(&product)
    for row in 0..<25 {
      let tanh: Float = [-1, -1, 0, 1, 1][row / 5], sigmoid: Float = [0, 0, 0.5, 1, 1][row % 5]
      #expect(abs(out.values[row] - tanh * sigmoid) < 1e-11)
      #expect(abs(factors.values[2 * row] - sigmoid * (1 - tanh * tanh)) < 1e-6)
      #expect(abs(factors.values[2 * row + 1] - tanh * sigmoid * (1 - sigmoid)) < 1e-6)
    }
  }

  /// A recurrent layer keeps a bad trajectory to itself and passes it on in time.
  @Test(arguments: KernelTable.available, [1, 3, 7]) func recurrentLayers(table: KernelTable, batch: Int) throws {
    for layer in [LSTM(2, hidden: 19), GRU(2, hidden: 19), LSTM(2, hidden: 5, layers: 2, isBidirectional: true)]
      as [any Layer]
    {
      let probe = try LayerProbe(
        layer, inputs: [.sequence(steps: 5, channels: 2)], batch: batch,
        parameters: Parameters(initialising: layer.parameters, seed: 1), table: table, training: false)
      let channels = probe.outputShape.channels
      var random = Seeded(batch)
      var input = random.floats(batch * 10)
      let good = probe.forward([input])
      for bad: Float in [.nan, .infinity, -.infinity, 1e30] {
        // The third step of the last trajectory.
        input[(batch - 1) * 10 + 4] = bad
        let found = probe.forward([input])
        let others = (batch - 1) * 5 * channels
        #expect(sameBits(Array(found[..<others]), Array(good[..<others])))
        let own = found[others...]
        if bad.isNaN {
          #expect(own.dropFirst(2 * channels).allSatisfy { $0.isNaN })
        } else {
          #expect(own.allSatisfy { abs($0) <= 1 }, "\(bad): \(own.first { !(abs($0) <= 1) } ?? 0)")
        }
      }
    }
  }
}
