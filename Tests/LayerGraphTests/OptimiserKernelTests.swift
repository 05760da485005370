import CKernels
import Foundation
import LayerGraph
import Testing

/// Updates of parameters, in every table, against their formulas in double precision.
@Suite struct OptimiserKernelTests {
  static let counts = [1, 2, 5, 15, 16, 17, 33, 65, 1000]

  @Test(arguments: KernelTable.available, [0, 0.01] as [Float]) func adam(table: KernelTable, decay: Float) {
    let arena = Arena()
    defer { arena.release() }
    for count in Self.counts {
      var random = Seeded(count)
      let w = arena.rows(1, count, &random), g = arena.rows(1, count, &random), m = arena.rows(1, count, &random)
      let v = arena.rows(1, count, &random, 0...1)
      let old = (w: w.values.map(Double.init), m: m.values.map(Double.init), v: v.values.map(Double.init))
      table.functions.pointee.adam(
        count, w.pointer, g.input, m.pointer, v.pointer, 0.5, 0.875, 0.984375, 0.01, 1.25, 1e-3, decay)
      var expected: (w: [Float], m: [Float], v: [Float]) = ([], [], [])
      for (index, gradient) in g.values.enumerated() {
        let slope = 0.5 * Double(gradient)
        let first = 0.875 * old.m[index] + 0.125 * slope
        let second = 0.984375 * old.v[index] + 0.015625 * slope * slope
        let step = 0.01 * first / (second.squareRoot() * 1.25 + 1e-3)
        expected.w.append(Float(old.w[index] * (1 - Double(decay)) - step))
        expected.m.append(Float(first))
        expected.v.append(Float(second))
      }
      #expect(excess(w.values, expected.w, allowed: 3e-7) <= 1 && w.isIntact, "\(count)")
      #expect(excess(m.values, expected.m, allowed: 2e-7) <= 1 && m.isIntact)
      #expect(excess(v.values, expected.v, allowed: 2e-7) <= 1 && v.isIntact)
    }
  }

  @Test(arguments: KernelTable.available) func adamLeavesPaddingAlone(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let w = arena.row([0, 0, 1]), g = arena.row([0, 0, 0]), m = arena.row([0, 0, 0]), v = arena.row([0, 0, 0])
    table.functions.pointee.adam(3, w.pointer, g.input, m.pointer, v.pointer, 1, 0.9, 0.999, 0.1, 30, 1e-8, 0)
    #expect(w.values == [0, 0, 1])
  }

  @Test(arguments: KernelTable.available, [0, 0.75] as [Float]) func sgd(table: KernelTable, momentum: Float) {
    let arena = Arena()
    defer { arena.release() }
    for count in Self.counts {
      var random = Seeded(count)
      let w = arena.rows(1, count, &random), g = arena.rows(1, count, &random), u = arena.rows(1, count, &random)
      let old = (w: w.values, u: u.values)
      table.functions.pointee.sgd(count, w.pointer, g.input, u.pointer, 2, momentum, 0.125, 0.25)
      let velocity = zip(old.u, g.values).map { momentum * $0 + 2 * $1 }
      #expect(excess(w.values, (0..<count).map { 0.75 * old.w[$0] - 0.125 * velocity[$0] }, allowed: 4e-7) <= 1)
      if momentum == 0 {
        #expect(u.values == old.u)
      } else {
        #expect(excess(u.values, velocity, allowed: 4e-7) <= 1)
      }
      #expect(w.isIntact && u.isIntact)
    }
  }

  @Test(arguments: KernelTable.available) func averages(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for count in Self.counts {
      var random = Seeded(count)
      let x = arena.rows(1, count, &random), mean = arena.rows(1, count, &random), before = mean.values
      table.functions.pointee.average(count, 0.25, x.input, mean.pointer)
      let expected = zip(before, x.values).map { 0.75 * $0 + 0.25 * $1 }
      #expect(excess(mean.values, expected, allowed: 2e-7) <= 1 && mean.isIntact)
    }
  }

  @Test(arguments: KernelTable.available) func sumsOfSquares(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for count in Self.counts {
      var random = Seeded(count)
      let x = arena.rows(1, count, &random)
      let expected = x.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(table.functions.pointee.sum_of_squares(count, x.input) / expected - 1) < 3e-7)
    }
    #expect(table.functions.pointee.sum_of_squares(0, arena.room(1).input) == 0)
    // Large numbers among many small ones.
    let x = arena.rows(1, 100_001) { _, column in column == 50_000 ? 1e4 : 0.01 }
    #expect(abs(table.functions.pointee.sum_of_squares(100_001, x.input) - 1e8 - 10) < 1)
  }
}
