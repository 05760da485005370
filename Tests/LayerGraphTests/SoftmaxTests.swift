import CKernels
import Foundation
import LayerGraph
import Testing

/// Probabilities from logits, in every table.
@Suite struct SoftmaxTests {
  static let channelCounts = [1, 2, 5, 15, 16, 17, 31, 32, 33, 64, 65]

  private func softmax(_ logits: [Float], table: KernelTable) -> [Float] {
    let arena = Arena()
    defer { arena.release() }
    let x = arena.row(logits), y = arena.room(logits.count)
    table.functions.pointee.softmax(1, Int32(logits.count), x.input, 0, y.pointer, 0)
    #expect(y.isIntact)
    return y.values
  }

  @Test(arguments: KernelTable.available) func probabilities(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for rows in [1, 5, 7] {
      for channels in Self.channelCounts {
        var random = Seeded(rows * 100 + channels)
        let x = arena.rows(rows, channels, gap: 1, &random, -8...8), y = arena.rows(rows, channels, gap: 2)
        table.functions.pointee.softmax(Int32(rows), Int32(channels), x.input, x.stride, y.pointer, y.stride)
        var expected: [Float] = []
        for row in 0..<rows {
          let exponentials = (0..<channels).map { exp(Double(x.pointer[row * x.stride + $0])) }
          let sum = exponentials.reduce(0, +)
          expected += exponentials.map { Float($0 / sum) }
        }
        #expect(y.isIntact && excess(y.values, expected) { 1e-9 + 2e-6 * expected[$0] } <= 1, "\(rows) x \(channels)")
      }
    }
  }

  @Test(arguments: KernelTable.available, [false, true])
  func gradients(table: KernelTable, accumulates: Bool) {
    let arena = Arena()
    defer { arena.release() }
    for channels in Self.channelCounts {
      var random = Seeded(channels)
      let x = arena.rows(3, channels, &random, -2...2), y = arena.rows(3, channels, gap: 1)
      table.functions.pointee.softmax(3, Int32(channels), x.input, x.stride, y.pointer, y.stride)
      let dy = arena.rows(3, channels, gap: 2, &random), dx = arena.rows(3, channels, gap: 3, &random)
      let before = dx.values, ys = y.values, dys = dy.values
      table.functions.pointee.softmax_gradient(
        3, Int32(channels), y.input, y.stride, dy.input, dy.stride, dx.pointer, dx.stride, accumulates ? 1 : 0)
      let expected = ys.indices.map { index -> Float in
        let row = index / channels * channels
        let mean = (0..<channels).reduce(0.0) { $0 + Double(ys[row + $1]) * Double(dys[row + $1]) }
        return Float(Double(ys[index]) * (Double(dys[index]) - mean)) + (accumulates ? before[index] : 0)
      }
      #expect(dx.isIntact && excess(dx.values, expected, allowed: 4e-7) <= 1, "\(channels)")
    }
  }

  @Test(arguments: KernelTable.available) func logitsOfAnySize(table: KernelTable) {
    func expect(_ logits: [Float], give expected: [Float]) {
      #expect(excess(softmax(logits, table: table), expected, allowed: 1e-37) <= 1, "\(logits)")
    }
    expect([1e30, -1e30, 0], give: [1, 0, 0])
    expect([-1e38, -1e38], give: [0.5, 0.5])
    expect([3e38, 3e38, -3e38, 3e38, 3e38], give: [0.25, 0.25, 0, 0.25, 0.25])
    expect([5, -.infinity, 5], give: [0.5, 0, 0.5])
    #expect(softmax([-200, 0] + [Float](repeating: -150, count: 40), table: table)[1] == 1)
  }

  @Test(arguments: KernelTable.available) func whatIsNoNumberStaysNone(table: KernelTable) {
    for place in [0, 1, 15, 16, 32] {
      var logits = [Float](repeating: 1, count: 33)
      logits[place] = .nan
      #expect(softmax(logits, table: table).allSatisfy { $0.isNaN }, "NaN at \(place)")
    }
    #expect(softmax([.infinity, 1, 2], table: table)[0].isNaN)
  }
}
