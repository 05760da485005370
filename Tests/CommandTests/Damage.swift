/// Files as a bad disk or a broken transfer leaves them.
enum Damage {
  /// Some bytes that are wrong, or the first part alone.
  static func damaged(_ whole: [UInt8], seed: Int, isCut: Bool) -> [UInt8] {
    var random = SystemlessRandom(state: UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15)
    if isCut { return Array(whole.prefix(Int(random.next() % UInt64(whole.count)))) }
    var bytes = whole
    // The first part holds structure more than numbers.
    for _ in 0...(random.next() % 8) {
      bytes[Int(random.next() % UInt64(bytes.count / 2))] ^= UInt8(1 + random.next() % 255)
    }
    return bytes
  }
}

/// Repeatable numbers (a linear congruence with its high bits).
private struct SystemlessRandom {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
