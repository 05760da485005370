import CDiffusion

/// Random numbers that depend on a seed, an index and a stream alone, whatever thread asks and in which order.
///
/// Philox4x32-10; Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
public struct CounterBasedRandom: RandomNumberGenerator, Sendable {
  /// What numbers of one trajectory are for.
  enum Stream: UInt32 {
    case labels = 0
    case model, observation, noise, selection
  }

  var state: zs_random
  private var words: [UInt64] = []

  public init(seed: UInt64, index: UInt64 = 0, stream: UInt32 = 0) {
    state = zs_random(seed: seed, index: index, stream: stream, block: 0)
  }

  init(seed: UInt64, index: Int, stream: Stream) {
    self.init(seed: seed, index: UInt64(index), stream: stream.rawValue)
  }

  public mutating func next() -> UInt64 {
    if words.isEmpty {
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Int(ZS_BLOCK)) { block in
        zs_words(&state, block.baseAddress!)
        for i in stride(from: Int(ZS_BLOCK) - 2, through: 0, by: -2) {
          words.append(UInt64(block[i]) << 32 | UInt64(block[i + 1]))
        }
      }
    }
    return words.removeLast()
  }

  /// Uniform in 0..<1, 53 bits.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// `count` standard normal numbers; whole blocks of the stream are used up.
  public mutating func normals(_ count: Int) -> [Double] {
    words = []
    var result = [Double](repeating: 0, count: count)
    zs_normals(&state, count, &result)
    return result
  }
}
