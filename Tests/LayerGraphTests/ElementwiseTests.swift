import CKernels
import Foundation
import LayerGraph
import Testing

/// Functions of single numbers, in every table, against their formulas in double precision.
@Suite struct ElementwiseTests {
  static let counts = [1, 2, 5, 15, 16, 17, 31, 32, 33, 64, 65, 200]
  static let kinds = [ZK_IDENTITY, ZK_TANH, ZK_SIGMOID, ZK_RELU]

  private static func formula(_ kind: zk_activation, _ x: Double) -> Double {
    switch kind {
    case ZK_TANH: tanh(x)
    case ZK_SIGMOID: 1 / (1 + exp(-x))
    case ZK_RELU: max(0, x)
    default: x
    }
  }

  @Test(arguments: KernelTable.available) func activations(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for kind in Self.kinds {
      for count in Self.counts {
        var random = Seeded(count)
        let x = arena.rows(1, count, &random, -6...6), y = arena.room(count)
        table.functions.pointee.activate(kind, count, x.input, y.pointer)
        let expected = x.values.map { Float(Self.formula(kind, Double($0))) }
        #expect(y.isIntact && excess(y.values, expected, allowed: 4e-7) <= 1, "kind \(kind.rawValue), \(count)")
      }
    }
  }

  @Test(arguments: KernelTable.available) func activationsKeepTheirPrecisionNearZero(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let x = arena.row((-40...40).map { Float($0) * 1e-3 } + [0, 0x1p-20, -0x1p-20]), y = arena.room(84)
    table.functions.pointee.activate(ZK_TANH, 84, x.input, y.pointer)
    #expect(excess(y.values, x.values.map { Float(tanh(Double($0))) }, allowed: 2e-7) <= 1)
    #expect(y.values[81] == 0 && y.values[40] == 0)
  }

  @Test(arguments: KernelTable.available) func activationsReachTheirLimits(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let large: [Float] = [-.infinity, -1e30, -1000, -100, 100, 1000, 1e30, .infinity, .nan, 0]
    // In every lane of every vector.
    for shift in 0..<large.count {
      let values = (0..<50).map { large[($0 + shift) % large.count] }
      let x = arena.row(values), y = arena.room(50)
      func expectLimits(_ kind: zk_activation, _ low: Float, _ high: Float) {
        table.functions.pointee.activate(kind, 50, x.input, y.pointer)
        for (value, result) in zip(values, y.values) {
          if value.isNaN {
            #expect(result.isNaN)
          } else if value == 0 {
            #expect(result == (kind == ZK_SIGMOID ? 0.5 : 0))
          } else {
            let limit = value < 0 ? low : high == .infinity ? value : high
            #expect(abs(result - limit) <= 1e-12 || result == limit, "\(kind.rawValue) of \(value) is \(result)")
          }
        }
      }
      expectLimits(ZK_TANH, -1, 1)
      expectLimits(ZK_SIGMOID, 0, 1)
      expectLimits(ZK_RELU, 0, .infinity)
    }
  }

  @Test(arguments: KernelTable.available, [false, true])
  func slopesOfActivations(table: KernelTable, accumulates: Bool) {
    let arena = Arena()
    defer { arena.release() }
    for kind in Self.kinds {
      for count in Self.counts {
        var random = Seeded(count)
        let y = arena.row(random.floats(count, -3...3).map { Float(Self.formula(kind, Double($0))) })
        let dy = arena.rows(1, count, &random), dx = arena.rows(1, count, &random), before = dx.values
        table.functions.pointee.activate_gradient(kind, count, y.input, dy.input, dx.pointer, accumulates ? 1 : 0)
        let ys = y.values, dys = dy.values
        let expected = (0..<count).map { index -> Float in
          let value = Double(ys[index])
          let slope =
            switch kind {
            case ZK_TANH: 1 - value * value
            case ZK_SIGMOID: value * (1 - value)
            case ZK_RELU: value > 0 ? 1.0 : 0
            default: 1.0
            }
          return Float(slope * Double(dys[index]) + (accumulates ? Double(before[index]) : 0))
        }
        #expect(dx.isIntact && excess(dx.values, expected, allowed: 3e-7) <= 1, "kind \(kind.rawValue), \(count)")
      }
    }
  }

  @Test(arguments: KernelTable.available) func sumsAndProducts(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let functions = table.functions.pointee
    for count in Self.counts {
      var random = Seeded(count)
      let a = arena.rows(1, count, &random), b = arena.rows(1, count, &random), out = arena.room(count)
      functions.add(count, a.input, b.input, out.pointer)
      #expect(out.values == zip(a.values, b.values).map { $0 + $1 })
      functions.multiply(count, a.input, b.input, out.pointer, 0)
      #expect(out.values == zip(a.values, b.values).map { $0 * $1 })
      functions.multiply(count, a.input, b.input, out.pointer, 1)
      #expect(excess(out.values, zip(a.values, b.values).map { 2 * $0 * $1 }, allowed: 2e-7) <= 1)
      functions.scale(count, -1.5, a.input, out.pointer, 0)
      #expect(out.values == a.values.map { -1.5 * $0 })
      functions.scale(count, 0.5, a.input, out.pointer, 1)
      #expect(excess(out.values, a.values.map { -$0 }, allowed: 2e-7) <= 1)
      // In place.
      let before = a.values
      functions.add(count, a.input, a.input, a.pointer)
      #expect(a.values == before.map { 2 * $0 })
      #expect(out.isIntact && a.isIntact)
    }
  }

  @Test(arguments: KernelTable.available) func slopesOfGates(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for rows in [1, 5, 7, 24] {
      for channels in [1, 2, 5, 15, 16, 17, 31, 32, 33] {
        var random = Seeded(rows * 100 + channels)
        let dz = arena.rows(rows, channels, gap: 2, &random), factors = arena.rows(rows, 2 * channels, gap: 1, &random)
        let pre = arena.rows(rows, 2 * channels, gap: 3)
        table.functions.pointee.gated_gradient(
          Int32(rows), Int32(channels), dz.input, dz.stride, factors.input, factors.stride, pre.pointer, pre.stride)
        let slopes = factors.values, dzs = dz.values
        let expected = (0..<rows * 2 * channels).map { index -> Float in
          let row = index / (2 * channels), column = index % (2 * channels)
          return slopes[index] * dzs[row * channels + column % channels]
        }
        #expect(pre.isIntact && pre.values == expected, "\(rows) x \(channels)")
      }
    }
  }
}
