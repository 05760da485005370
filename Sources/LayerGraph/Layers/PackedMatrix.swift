import CKernels

/// A weight matrix in a kernel table's own order, with its bias.
final class PackedMatrix: @unchecked Sendable {
  let table: KernelTable
  let layout: zk_layout
  /// Rows (what is summed over) and columns (results).
  let rows: Int
  let columns: Int
  private let weights: AlignedBuffer
  private let bias: AlignedBuffer?

  init(_ table: KernelTable, layout: zk_layout, rows: Int, columns: Int, hasBias: Bool) {
    self.table = table
    self.layout = layout
    self.rows = rows
    self.columns = columns
    let functions = table.functions.pointee
    weights = AlignedBuffer(count: functions.packed_floats(layout, Int32(rows), Int32(columns)))
    bias = hasBias ? AlignedBuffer(count: functions.packed_bias_floats(layout, Int32(columns))) : nil
  }

  var weightPointer: UnsafePointer<Float> { UnsafePointer(weights.pointer) }
  var biasPointer: UnsafePointer<Float>? { bias.map { UnsafePointer($0.pointer) } }

  /// Packs a row-major `rows` x `columns` matrix and, where there is one, a bias of `columns`.
  func load(_ matrix: UnsafePointer<Float>, bias natural: UnsafePointer<Float>? = nil) {
    let functions = table.functions.pointee
    functions.pack(layout, Int32(rows), Int32(columns), matrix, weights.pointer)
    if let bias, let natural { functions.pack_bias(layout, Int32(columns), natural, bias.pointer) }
  }

  /// Packs the transpose of a row-major `columns` x `rows` matrix, e.g. a dense layer's `[outputs, inputs]`.
  func load(transposing matrix: UnsafePointer<Float>, bias natural: UnsafePointer<Float>? = nil) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * columns) { scratch in
      let target = scratch.baseAddress!
      for column in 0..<columns {
        for row in 0..<rows { target[row * columns + column] = matrix[column * rows + row] }
      }
      load(target, bias: natural)
    }
  }

  /// A product with this matrix on its right; operands and results are still to be filled in.
  func product(rows productRows: Int) -> zk_product {
    var product = zk_product()
    product.rows = Int32(productRows)
    product.layout = layout
    product.weights = weightPointer
    product.weight_rows = Int32(rows)
    product.columns = Int32(columns)
    product.bias = biasPointer
    return product
  }
}

extension zk_product {
  /// Adds a left factor.
  /// - Precondition: fewer than `ZK_MAX_OPERANDS` have been added.
  mutating func append(_ data: UnsafePointer<Float>, stride: Int, columns: Int, weightRow: Int) {
    precondition(Int(operands) < Int(ZK_MAX_OPERANDS), "a product takes \(ZK_MAX_OPERANDS) operands")
    let index = Int(operands)
    withUnsafeMutableBytes(of: &operand) {
      $0.bindMemory(to: zk_operand.self)[index] = zk_operand(
        data: data, stride: stride, columns: Int32(columns), weight_row: Int32(weightRow))
    }
    operands += 1
  }
}
