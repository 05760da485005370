import CKernels
import LayerGraph
import Testing

/// Rows times packed matrices: every table agrees with the plain loops and stays inside its memory.
@Suite struct ProductTests {
  static let rowCounts = [1, 5, 6, 7, 23, 24, 25]
  static let columnCounts = [1, 2, 5, 15, 16, 17, 31, 32, 33, 64, 65, 96, 97]

  @Test(arguments: KernelTable.fast) func plainAtEveryTileEdge(table: KernelTable) {
    for rows in Self.rowCounts {
      for columns in Self.columnCounts {
        let product = ProductCase(
          rows: rows, operandColumns: [columns % 19 + 1], layout: ZK_PLAIN, columns: columns, gap: columns % 3,
          seed: rows * 100 + columns)
        #expect(product.excess(of: table) <= 1, "\(product)")
      }
    }
  }

  @Test(arguments: KernelTable.fast) func gatedAtEveryTileEdge(table: KernelTable) {
    for rows in Self.rowCounts {
      for channels in Self.columnCounts {
        let product = ProductCase(
          rows: rows, operandColumns: [channels % 7 + 1], layout: ZK_GATED, columns: 2 * channels,
          hasFactors: channels % 2 == 0, gap: channels % 3, seed: rows * 100 + channels)
        #expect(product.excess(of: table) <= 1, "\(product)")
      }
    }
  }

  @Test(arguments: KernelTable.fast) func everyCombinationOfOperandsAndResults(table: KernelTable) {
    for seed in 0..<600 {
      var random = Seeded(seed)
      let isGated = random.flip(), columns = random.pick(Self.columnCounts)
      var product = ProductCase(
        rows: random.pick(Self.rowCounts + [0, 11, 12, 13, 40]),
        operandColumns: (0..<random.int(0...8)).map { _ in random.pick([1, 2, 3, 8, 17]) },
        layout: isGated ? ZK_GATED : ZK_PLAIN, columns: isGated ? 2 * columns : columns, seed: seed)
      product.hasBias = random.flip()
      product.gap = random.int(0...4)
      product.hasTotalOut = random.flip()
      product.hasTotalIn = product.hasTotalOut && random.flip()
      product.hasOut = !product.hasTotalOut || random.flip()
      if isGated {
        product.hasFactors = random.flip()
      } else {
        product.hasAddend = random.flip()
        product.activation = random.pick([ZK_IDENTITY, ZK_TANH, ZK_SIGMOID, ZK_RELU])
      }
      #expect(product.excess(of: table) <= 1, "seed \(seed): \(product)")
    }
  }

  @Test(arguments: KernelTable.fast) func longSumsAndManyRows(table: KernelTable) {
    for (rows, inputs, columns) in [(1, 1000, 65), (7, 513, 33), (300, 40, 40), (129, 64, 130)] {
      let product = ProductCase(rows: rows, operandColumns: [inputs], layout: ZK_PLAIN, columns: columns, seed: rows)
      #expect(product.excess(of: table) <= 1, "\(product)")
    }
  }

  /// Multiplying the unit matrix gives back the packed one: packing loses no column and no row.
  @Test(arguments: KernelTable.available) func packingKeepsEveryWeight(table: KernelTable) {
    let functions = table.functions.pointee
    let arena = Arena()
    defer { arena.release() }
    for (rows, columns) in [(1, 1), (3, 5), (6, 16), (7, 33), (13, 64), (5, 65), (9, 97), (2, 130)] {
      var random = Seeded(rows + columns)
      let weights = random.floats(rows * columns), bias = random.floats(columns)
      let packed = arena.room(functions.packed_floats(ZK_PLAIN, Int32(rows), Int32(columns)))
      functions.pack(ZK_PLAIN, Int32(rows), Int32(columns), arena.row(weights).input, packed.pointer)
      let packedBias = arena.room(functions.packed_bias_floats(ZK_PLAIN, Int32(columns)))
      functions.pack_bias(ZK_PLAIN, Int32(columns), arena.row(bias).input, packedBias.pointer)
      let unit = arena.rows(rows, rows) { $0 == $1 ? 1 : 0 }
      let out = arena.rows(rows, columns)
      var product = zk_product()
      product.rows = Int32(rows)
      product.operands = 1
      product.operand.0 = zk_operand(data: unit.input, stride: rows, columns: Int32(rows), weight_row: 0)
      product.weights = packed.input
      product.weight_rows = Int32(rows)
      product.columns = Int32(columns)
      product.out = out.pointer
      product.out_stride = columns
      functions.product(&product)
      #expect(out.values == weights, "\(rows) x \(columns)")
      product.bias = packedBias.input
      product.operands = 0
      functions.product(&product)
      #expect(out.values == (0..<rows).flatMap { _ in bias }, "\(rows) x \(columns)")
      #expect(packed.isIntact && packedBias.isIntact && out.isIntact)
    }
  }

  /// What is added up may stand where the result goes.
  @Test(arguments: KernelTable.available) func sumsInPlace(table: KernelTable) {
    let functions = table.functions.pointee
    let arena = Arena()
    defer { arena.release() }
    for columns in [5, 16, 33, 65] {
      var random = Seeded(columns)
      let packed = arena.room(functions.packed_floats(ZK_PLAIN, 3, Int32(columns)))
      functions.pack(ZK_PLAIN, 3, Int32(columns), arena.row(random.floats(3 * columns)).input, packed.pointer)
      let x = arena.rows(7, 3, &random), before = arena.rows(7, columns, gap: 2, &random)
      let separate = arena.copy(before)
      var product = zk_product()
      product.rows = 7
      product.operands = 1
      product.operand.0 = zk_operand(data: x.input, stride: 3, columns: 3, weight_row: 0)
      product.weights = packed.input
      product.weight_rows = 3
      product.columns = Int32(columns)
      let apart = arena.rows(7, columns)
      product.out = apart.pointer
      product.out_stride = columns
      product.addend = before.input
      product.addend_stride = before.stride
      functions.product(&product)
      product.out = before.pointer
      product.out_stride = before.stride
      functions.product(&product)
      #expect(sameBits(before.values, apart.values))
      product.addend = nil
      product.out = nil
      product.total_in = separate.input
      product.total_in_stride = separate.stride
      product.total_out = separate.pointer
      product.total_out_stride = separate.stride
      functions.product(&product)
      #expect(excess(separate.values, apart.values, allowed: 1e-6) <= 1)
      #expect(before.isIntact && separate.isIntact)
    }
  }

  /// The law that predictions rest on: a row's result is the same bits alone and among others.
  @Test(arguments: KernelTable.available) func aRowDoesNotSeeTheOthers(table: KernelTable) {
    for (layout, columns) in [(ZK_PLAIN, 5), (ZK_PLAIN, 33), (ZK_PLAIN, 65), (ZK_GATED, 34), (ZK_GATED, 128)] {
      var product = ProductCase(
        rows: 25, operandColumns: [9, 4], layout: layout, columns: columns, hasTotalIn: true, hasTotalOut: true,
        seed: columns)
      if layout == ZK_PLAIN { product.activation = ZK_TANH } else { product.hasFactors = true }
      let together = product.run(table)
      for row in 0..<25 {
        let alone = product.run(table, onlyRow: row)
        let results = product.results
        #expect(sameBits(alone.out, Array(together.out[row * results..<(row + 1) * results])), "row \(row), \(product)")
        #expect(sameBits(alone.total, Array(together.total[row * results..<(row + 1) * results])))
        if product.hasFactors {
          #expect(sameBits(alone.factors, Array(together.factors[row * columns..<(row + 1) * columns])))
        }
      }
    }
  }
}
