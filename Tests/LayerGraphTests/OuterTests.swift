import CKernels
import LayerGraph
import Testing

/// Gradients of weights: sums over rows of left times right.
@Suite struct OuterTests {
  private func expectAgreement(
    _ table: KernelTable, rows: Int, left: Int, right: Int, gap: Int, range: ClosedRange<Float> = -1...1
  ) {
    let arena = Arena()
    defer { arena.release() }
    var random = Seeded(rows * 10_000 + left * 100 + right)
    let x = arena.rows(rows, left, gap: gap, &random, range), y = arena.rows(rows, right, gap: gap, &random, range)
    let before = arena.rows(left, right, gap: gap, &random)
    func run(_ table: KernelTable) -> GuardedRows {
      let gradient = arena.copy(before)
      var outer = zk_outer()
      outer.rows = Int32(rows)
      outer.left = x.input
      outer.left_stride = x.stride
      outer.left_columns = Int32(left)
      outer.right = y.input
      outer.right_stride = y.stride
      outer.right_columns = Int32(right)
      outer.gradient = gradient.pointer
      outer.gradient_stride = gradient.stride
      table.functions.pointee.outer(&outer)
      return gradient
    }
    let found = run(table), expected = run(.reference)
    let largest = max(abs(range.lowerBound), abs(range.upperBound))
    let allowed = 1e-6 * (1 + Float(rows) * largest * largest)
    #expect(
      found.isIntact && excess(found.values, expected.values, allowed: allowed) <= 1, "\(rows), \(left) x \(right)")
  }

  @Test(arguments: KernelTable.fast) func atEveryTileEdge(table: KernelTable) {
    for rows in [0, 1, 5, 6, 7, 23, 24, 25, 127, 128, 129, 300] {
      for right in [1, 2, 5, 15, 16, 17, 31, 32, 33, 64, 65] {
        expectAgreement(table, rows: rows, left: right % 11 + 1, right: right, gap: right % 3)
      }
    }
  }

  @Test(arguments: KernelTable.fast) func everyNumberOfLeftColumns(table: KernelTable) {
    for left in 1...26 { expectAgreement(table, rows: 9, left: left, right: 37, gap: 1) }
  }

  @Test(arguments: KernelTable.available) func noRowsAddNothing(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let gradient = arena.rows(3, 20, gap: 1) { Float($0 * 20 + $1) }
    let before = gradient.values
    var outer = zk_outer()
    outer.left = UnsafePointer(gradient.pointer)
    outer.right = UnsafePointer(gradient.pointer)
    outer.left_columns = 3
    outer.right_columns = 20
    outer.gradient = gradient.pointer
    outer.gradient_stride = 21
    table.functions.pointee.outer(&outer)
    #expect(gradient.values == before && gradient.isIntact)
  }
}
