/// A smooth function of a squared distance, as a table: powers take most of a layout's time otherwise, and their last
/// bits depend on the mathematics library.
///
/// 64 straight pieces for each doubling, from 2^-40 to 2^40: forces are right within 1e-4 of their size. Beyond, the
/// outermost piece's end holds.
struct ForceTable {
  private static let lowest = -40, highest = 40
  private static let bits = 6
  /// Place of 2^lowest among all pieces of positive numbers.
  private static let base = (127 + lowest) << bits
  private let values: [Float]

  init(_ force: (Double) -> Double) {
    values = (0...(Self.highest - Self.lowest) << Self.bits).map { place in
      Float(force(Double(Float(bitPattern: UInt32(Self.base + place) << UInt32(23 - Self.bits)))))
    }
  }

  /// - Parameter square: 0 or more.
  @inline(__always) func callAsFunction(_ square: Float) -> Float {
    let pattern = square.bitPattern, shift = UInt32(23 - Self.bits)
    let place = Int(pattern >> shift) - Self.base
    return values.withUnsafeBufferPointer { values in
      if place < 0 { return values[0] }
      if place >= values.count - 1 { return values[values.count - 1] }
      let part = Float(pattern & (1 << shift - 1)) * (1 / Float(1 << shift))
      return values[place] + part * (values[place + 1] - values[place])
    }
  }
}
