import CKernels
import LayerGraph
import Testing

/// Functions of rows and columns, in every table, against their formulas in double precision.
@Suite struct ColumnTests {
  static let shapes = [1, 5, 16, 17, 33].flatMap { rows in
    [1, 2, 5, 15, 16, 17, 31, 33, 64, 65, 130].map { (rows: rows, channels: $0) }
  }

  @Test(arguments: KernelTable.available) func sums(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes {
      var random = Seeded(rows * 1000 + channels)
      let x = arena.rows(rows, channels, gap: channels % 3, &random), sums = arena.rows(1, channels, &random)
      let before = sums.values
      let expected = (0..<channels).map { channel in
        Float((0..<rows).reduce(Double(before[channel])) { $0 + Double(x.pointer[$1 * x.stride + channel]) })
      }
      table.functions.pointee.column_sums(Int32(rows), Int32(channels), x.input, x.stride, sums.pointer)
      #expect(sums.isIntact && excess(sums.values, expected, allowed: 2e-6) <= 1, "\(rows) x \(channels)")
    }
  }

  @Test(arguments: KernelTable.available) func momentsAndProducts(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes {
      var random = Seeded(rows * 1000 + channels)
      let a = arena.rows(rows, channels, gap: 1, &random), b = arena.rows(rows, channels, gap: channels % 3, &random)
      let start = (0..<channels).map { Double($0) }
      func column(_ rows: GuardedRows, _ channel: Int) -> [Double] {
        (0..<rows.rows).map { Double(rows.pointer[$0 * rows.stride + channel]) }
      }
      let sum = arena.doubles(start), squares = arena.doubles(start)
      table.functions.pointee.column_moments(
        Int32(rows), Int32(channels), a.input, a.stride, sum.baseAddress, squares.baseAddress)
      let plain = arena.doubles(start), products = arena.doubles(start)
      table.functions.pointee.column_products(
        Int32(rows), Int32(channels), a.input, a.stride, b.input, b.stride, plain.baseAddress, products.baseAddress)
      for channel in 0..<channels {
        let x = column(a, channel), y = column(b, channel)
        #expect(abs(sum[channel] - x.reduce(start[channel], +)) < 1e-12)
        #expect(abs(squares[channel] - x.reduce(start[channel]) { $0 + $1 * $1 }) < 1e-12)
        #expect(plain[channel] == sum[channel])
        #expect(abs(products[channel] - zip(x, y).reduce(start[channel]) { $0 + $1.0 * $1.1 }) < 1e-12)
      }
    }
  }

  /// A channel that hardly varies around a large mean keeps its variance.
  @Test(arguments: KernelTable.available) func momentsOfNearlyConstantChannels(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    let x = arena.rows(1000, 1) { row, _ in 1000 + (row % 2 == 0 ? 0.0625 : -0.0625) }
    let sum = arena.doubles([0]), squares = arena.doubles([0])
    table.functions.pointee.column_moments(1000, 1, x.input, 1, sum.baseAddress, squares.baseAddress)
    let mean = sum[0] / 1000
    #expect(mean == 1000)
    #expect(abs(squares[0] / 1000 - mean * mean - 0.0625 * 0.0625) < 1e-9)
  }

  @Test(arguments: KernelTable.available) func scaleAndShift(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes {
      var random = Seeded(rows * 1000 + channels)
      let x = arena.rows(rows, channels, gap: 2, &random), y = arena.rows(rows, channels, gap: channels % 4)
      let scale = arena.rows(1, channels, &random), shift = arena.rows(1, channels, &random)
      table.functions.pointee.scale_shift(
        Int32(rows), Int32(channels), x.input, x.stride, scale.input, shift.input, y.pointer, y.stride)
      let factors = scale.values, offsets = shift.values
      let expected = x.values.enumerated().map { $1 * factors[$0 % channels] + offsets[$0 % channels] }
      #expect(y.isIntact && excess(y.values, expected, allowed: 2e-7) <= 1, "\(rows) x \(channels)")
    }
  }

  @Test(arguments: KernelTable.available, [false, true])
  func gradientsOfNormalisation(table: KernelTable, accumulates: Bool) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes where rows < 20 {
      var random = Seeded(rows * 1000 + channels)
      let x = arena.rows(rows, channels, gap: 1, &random), dy = arena.rows(rows, channels, gap: 2, &random)
      let scale = arena.rows(1, channels, &random), mean = arena.rows(1, channels, &random)
      let slope = arena.rows(1, channels, &random), xMean = arena.rows(1, channels, &random)
      let dx = arena.rows(rows, channels, gap: 3, &random), before = dx.values
      table.functions.pointee.normalise_gradient(
        Int32(rows), Int32(channels), x.input, x.stride, dy.input, dy.stride, scale.input, mean.input, slope.input,
        xMean.input, dx.pointer, dx.stride, accumulates ? 1 : 0)
      let s = scale.values, m = mean.values, k = slope.values, c = xMean.values, xs = x.values, dys = dy.values
      let expected = xs.indices.map { index in
        let channel = index % channels
        return s[channel] * (dys[index] - m[channel] - k[channel] * (xs[index] - c[channel]))
          + (accumulates ? before[index] : 0)
      }
      #expect(dx.isIntact && excess(dx.values, expected, allowed: 1e-6) <= 1, "\(rows) x \(channels)")
    }
  }

  @Test(arguments: KernelTable.available) func layerNorm(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes {
      var random = Seeded(rows * 1000 + channels)
      let x = arena.rows(rows, channels, gap: 1, &random, -1...9), y = arena.rows(rows, channels, gap: 2)
      let weight = arena.rows(1, channels, &random), bias = arena.rows(1, channels, &random)
      let mean = arena.room(rows), inverse = arena.room(rows)
      table.functions.pointee.layer_norm(
        Int32(rows), Int32(channels), x.input, x.stride, weight.input, bias.input, 1e-3, y.pointer, y.stride,
        mean.pointer, inverse.pointer)
      let w = weight.values, b = bias.values, xs = x.values.map(Double.init)
      var expected: [Float] = []
      for row in 0..<rows {
        let values = xs[row * channels..<(row + 1) * channels]
        let m = values.reduce(0, +) / Double(channels)
        let variance = values.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(channels)
        let i = 1 / (variance + 1e-3).squareRoot()
        expected += values.enumerated().map { Float(($1 - m) * i * Double(w[$0]) + Double(b[$0])) }
        #expect(abs(Double(mean.values[row]) - m) < 1e-6)
        #expect(abs(Double(inverse.values[row]) / i - 1) < 1e-6)
      }
      #expect(excess(y.values, expected, allowed: 2e-6) <= 1, "\(rows) x \(channels)")
      #expect(y.isIntact && mean.isIntact && inverse.isIntact)
    }
  }

  @Test(arguments: KernelTable.available, [false, true])
  func gradientsOfLayerNorm(table: KernelTable, accumulates: Bool) {
    let arena = Arena()
    defer { arena.release() }
    for (rows, channels) in Self.shapes where channels > 1 && rows < 20 {
      var random = Seeded(rows * 1000 + channels)
      let x = arena.rows(rows, channels, gap: 1, &random), dy = arena.rows(rows, channels, gap: 2, &random)
      let weight = arena.rows(1, channels, &random), bias = arena.rows(1, channels) { _, _ in 0 }
      let y = arena.rows(rows, channels), mean = arena.room(rows), inverse = arena.room(rows)
      let functions = table.functions.pointee
      functions.layer_norm(
        Int32(rows), Int32(channels), x.input, x.stride, weight.input, bias.input, 1e-2, y.pointer, y.stride,
        mean.pointer, inverse.pointer)
      let dx = arena.rows(rows, channels, gap: 3, &random), before = dx.values
      let dw = arena.rows(1, channels) { _, _ in 1 }, db = arena.rows(1, channels) { _, _ in 2 }
      functions.layer_norm_gradient(
        Int32(rows), Int32(channels), x.input, x.stride, dy.input, dy.stride, weight.input, mean.input, inverse.input,
        dx.pointer, dx.stride, accumulates ? 1 : 0, dw.pointer, db.pointer)
      let w = weight.values.map(Double.init), xs = x.values.map(Double.init), dys = dy.values.map(Double.init)
      var expected: [Float] = [], weights = [Double](repeating: 1, count: channels)
      var biases = [Double](repeating: 2, count: channels)
      for row in 0..<rows {
        let place = row * channels
        let m = Double(mean.values[row]), i = Double(inverse.values[row]), count = Double(channels)
        let normal = (0..<channels).map { (xs[place + $0] - m) * i }
        let d = (0..<channels).map { dys[place + $0] * w[$0] }
        let sum = d.reduce(0, +) / count, product = zip(d, normal).reduce(0) { $0 + $1.0 * $1.1 } / count
        for channel in 0..<channels {
          expected.append(
            Float(i * (d[channel] - sum - normal[channel] * product))
              + (accumulates ? before[place + channel] : 0))
          weights[channel] += dys[place + channel] * normal[channel]
          biases[channel] += dys[place + channel]
        }
      }
      #expect(excess(dx.values, expected, allowed: 2e-5) <= 1, "\(rows) x \(channels)")
      #expect(excess(dw.values, weights.map(Float.init), allowed: 2e-5) <= 1)
      #expect(excess(db.values, biases.map(Float.init), allowed: 1e-5) <= 1)
      #expect(dx.isIntact && dw.isIntact && db.isIntact)
    }
  }

  @Test(arguments: KernelTable.available) func rowsOfTrajectories(table: KernelTable) {
    let arena = Arena()
    defer { arena.release() }
    for (steps, batch, channels) in [(1, 1, 1), (5, 1, 3), (1, 7, 2), (4, 3, 5), (3, 25, 17)] {
      var random = Seeded(steps + batch + channels)
      let trajectories = arena.rows(batch, steps * channels, gap: 3, &random)
      let rows = arena.rows(steps * batch, channels, gap: 2)
      table.functions.pointee.gather(
        Int32(steps), Int32(batch), Int32(channels), trajectories.input, trajectories.stride, rows.pointer, rows.stride)
      for step in 0..<steps {
        for trajectory in 0..<batch {
          for channel in 0..<channels {
            #expect(
              rows.pointer[(step * batch + trajectory) * rows.stride + channel]
                == trajectories.pointer[trajectory * trajectories.stride + step * channels + channel])
          }
        }
      }
      let back = arena.rows(batch, steps * channels, gap: 1) { _, _ in 1 }
      for (accumulates, expected) in [
        (0, trajectories.values), (1, trajectories.values.map { $0 + $0 }), (0, trajectories.values),
      ] {
        table.functions.pointee.scatter(
          Int32(steps), Int32(batch), Int32(channels), rows.input, rows.stride, back.pointer, back.stride,
          Int32(accumulates))
        #expect(back.values == expected)
      }
      #expect(rows.isIntact && back.isIntact)
    }
  }
}
