/// Percentile bootstrap intervals of a mean, reproducible from a seed.
///
/// - Source: Efron (1979).
public struct Bootstrap: Sendable, Equatable {
  /// How often the values are resampled; 1 or more.
  public var draws: Int
  /// The same seed gives the same interval, bit by bit.
  public var seed: UInt64

  /// - Parameters:
  ///   - draws: 1 or more.
  ///   - seed: what the draws derive from.
  public init(draws: Int = 2000, seed: UInt64 = 1) {
    precondition(draws >= 1, "a bootstrap needs at least one draw")
    self.draws = draws
    self.seed = seed
  }

  /// The interval that holds the mean of resampled values with the given probability.
  /// - Parameters:
  ///   - values: one for each trajectory: its absolute error, or 1 where it was right and 0 where not; fewer than 2^32.
  ///   - level: above 0 and below 1.
  /// - Returns: nil where there are fewer than two values, or one is not finite.
  public func interval(_ values: [Double], level: Double = 0.95) -> ClosedRange<Double>? {
    precondition(level > 0 && level < 1 && values.count < 1 << 32, "no such interval")
    guard values.count > 1, values.allSatisfy(\.isFinite) else { return nil }
    var random = SmallRandom(state: seed)
    let bound = UInt64(values.count)
    var means = values.withUnsafeBufferPointer { values in
      (0..<draws).map { _ in
        var sum = 0.0
        // Two indices from one draw: the high half of a 32-bit product is uniform enough for 2^32 >> count.
        var left = values.count
        while left > 0 {
          let word = random.next()
          sum += values[Int(((word >> 32) &* bound) >> 32)]
          left -= 1
          if left > 0 {
            sum += values[Int(((word & 0xFFFF_FFFF) &* bound) >> 32)]
            left -= 1
          }
        }
        return sum / Double(values.count)
      }
    }
    means.sort()
    let tail = (1 - level) / 2
    return Self.quantile(means, tail)...Self.quantile(means, 1 - tail)
  }

  /// Linear interpolation between order statistics at position (n-1) p.
  static func quantile(_ sorted: [Double], _ p: Double) -> Double {
    let position = Double(sorted.count - 1) * p
    let low = Int(position), high = min(low + 1, sorted.count - 1)
    return sorted[low] + (position - Double(low)) * (sorted[high] - sorted[low])
  }
}

/// SplitMix64, which is faster than a counter-based generator and good enough to pick indices.
private struct SmallRandom {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
