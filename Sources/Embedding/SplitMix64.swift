/// Random numbers from a seed, one after the other.
///
/// - Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in -1..<1.
  mutating func nextSigned() -> Double { Double(next() >> 11) * 0x1p-52 - 1 }

  /// Uniform on 0..<bound, for bounds far below 2^32.
  mutating func next(below bound: Int) -> Int { Int(((next() >> 32) &* UInt64(bound)) >> 32) }
}
