import CKernels
import LayerGraph

/// One call of `product` with random numbers, which any table can run.
struct ProductCase: CustomStringConvertible {
  let rows: Int
  let operandColumns: [Int]
  let layout: zk_layout
  /// Columns of the packed matrix.
  let columns: Int
  var activation = ZK_IDENTITY
  var hasBias = true
  var hasAddend = false
  var hasOut = true
  var hasFactors = false
  var hasTotalIn = false
  var hasTotalOut = false
  var gap = 0
  var weightRange: ClosedRange<Float> = -1...1
  let seed: Int

  var description: String {
    "\(rows) rows, operands \(operandColumns), layout \(layout.rawValue), \(columns) columns, activation "
      + "\(activation.rawValue), bias \(hasBias), addend \(hasAddend), out \(hasOut), factors \(hasFactors), "
      + "totals \(hasTotalIn) \(hasTotalOut), gap \(gap)"
  }

  var results: Int { layout == ZK_GATED ? columns / 2 : columns }

  struct Result {
    var out: [Float] = []
    var factors: [Float] = []
    var total: [Float] = []
    var isIntact = true
  }

  /// Runs the case.
  /// - Parameter onlyRow: leaves out all other rows.
  func run(_ table: KernelTable, magnitude: Bool = false, onlyRow: Int? = nil) -> Result {
    let functions = table.functions.pointee
    let arena = Arena()
    defer { arena.release() }
    var random = Seeded(seed)
    func rectified(_ values: [Float]) -> [Float] { magnitude ? values.map(abs) : values }
    func guarded(_ values: [Float], _ width: Int) -> GuardedRows {
      let chosen = onlyRow.map { Array(values[$0 * width..<($0 + 1) * width]) } ?? values
      return arena.rows(onlyRow == nil ? rows : 1, width, gap: gap) { chosen[$0 * width + $1] }
    }
    let rowCount = onlyRow == nil ? rows : 1
    // Unused weight rows in front of, between and behind the operands' rows.
    let starts = operandColumns.reduce(into: [2]) { $0.append($0.last! + $1 + 1) }
    let weightRows = starts.last! + 1
    let weights = rectified(random.floats(weightRows * columns, weightRange))
    let bias = rectified(random.floats(columns))
    let packed = arena.room(functions.packed_floats(layout, Int32(weightRows), Int32(columns)))
    functions.pack(layout, Int32(weightRows), Int32(columns), arena.row(weights).input, packed.pointer)
    let packedBias = arena.room(functions.packed_bias_floats(layout, Int32(columns)))
    functions.pack_bias(layout, Int32(columns), arena.row(bias).input, packedBias.pointer)
    let operands = operandColumns.map { guarded(rectified(random.floats(rows * $0)), $0) }
    let addend = guarded(rectified(random.floats(rows * columns)), columns)
    let totalIn = guarded(rectified(random.floats(rows * results)), results)
    let out = arena.rows(rowCount, results, gap: gap)
    let factors = arena.rows(rowCount, columns, gap: gap)
    let total = arena.rows(rowCount, results, gap: gap)

    var product = zk_product()
    product.rows = Int32(rowCount)
    product.layout = layout
    product.weights = packed.input
    product.weight_rows = Int32(weightRows)
    product.columns = Int32(columns)
    product.bias = hasBias ? packedBias.input : nil
    withUnsafeMutableBytes(of: &product.operand) { bytes in
      let places = bytes.bindMemory(to: zk_operand.self)
      for (index, operand) in operands.enumerated() {
        places[index] = zk_operand(
          data: operand.input, stride: operand.stride, columns: Int32(operand.columns),
          weight_row: Int32(starts[index]))
      }
    }
    product.operands = Int32(operands.count)
    product.activation = activation
    if hasAddend {
      product.addend = addend.input
      product.addend_stride = addend.stride
    }
    if hasOut {
      product.out = out.pointer
      product.out_stride = out.stride
    }
    if hasFactors {
      product.factors = factors.pointer
      product.factors_stride = factors.stride
    }
    if hasTotalIn {
      product.total_in = totalIn.input
      product.total_in_stride = totalIn.stride
    }
    if hasTotalOut {
      product.total_out = total.pointer
      product.total_out_stride = total.stride
    }
    functions.product(&product)
    return Result(
      out: hasOut ? out.values : [], factors: hasFactors ? factors.values : [], total: hasTotalOut ? total.values : [],
      isIntact: out.isIntact && factors.isIntact && total.isIntact && packed.isIntact && packedBias.isIntact)
  }

  /// How far the results of a table are from the plain twin's, in units of what rounding explains.
  func excess(of table: KernelTable) -> Float {
    let found = run(table), expected = run(.reference)
    var plain = self
    plain.activation = ZK_IDENTITY
    plain.hasFactors = false
    plain.hasOut = true
    // Sums of magnitudes; for a gated result its bound of 1 is added below.
    let magnitude =
      layout == ZK_GATED
      ? [Float](repeating: magnitudeBound, count: expected.out.count) : plain.run(.reference, magnitude: true).out
    let worst = max(
      LayerGraphTests.excess(found.out, expected.out) { 1e-6 * (1 + magnitude[$0]) },
      LayerGraphTests.excess(found.total, expected.total) {
        1e-6 * (2 + (magnitude.isEmpty ? magnitudeBound : magnitude[$0]))
      },
      LayerGraphTests.excess(found.factors, expected.factors, allowed: 1e-6 * (1 + magnitudeBound)))
    return found.isIntact ? worst : .infinity
  }

  /// No pre-activation is larger.
  private var magnitudeBound: Float {
    Float(operandColumns.reduce(2, +)) * max(abs(weightRange.lowerBound), abs(weightRange.upperBound), 1)
  }
}
