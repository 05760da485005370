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

  /// - Parameters:
  ///   - seed: of a whole set; the key of the generator.
  ///   - index: of a trajectory in it.
  ///   - stream: what the numbers are for; streams of one trajectory are independent.
  public init(seed: UInt64, index: UInt64 = 0, stream: UInt32 = 0) {
    state = zs_random(seed: seed, index: index, stream: stream, block: 0)
  }

  init(seed: UInt64, index: Int, stream: Stream) {
    self.init(seed: seed, index: UInt64(index), stream: stream.rawValue)
  }

  /// 64 random bits.
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

  /// Uniform on the integers 0..<bound; `bound` is 1 or more.
  ///
  /// Unlike `Int.random(in:using:)` it does not change with the version of the standard library.
  /// - Source: Lemire (2019), "Fast random integer generation in an interval".
  public mutating func nextInteger(below bound: Int) -> Int {
    precondition(bound >= 1, "no integer is below \(bound) and not negative")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let unfair = (0 &- range) % range
      while product.low < unfair { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// The first `count` elements of a random order of all, fewer where there are fewer.
  ///
  /// Unlike `shuffled(using:)` it does not change with the version of the standard library.
  /// - Source: Durstenfeld (1964), algorithm 235.
  public mutating func selection<Element>(_ count: Int, of elements: [Element]) -> [Element] {
    var elements = elements
    let count = min(count, elements.count)
    for place in 0..<count { elements.swapAt(place, place + nextInteger(below: elements.count - place)) }
    return Array(elements.prefix(count))
  }

  /// `count` standard normal numbers; whole blocks of the stream are used up.
  public mutating func normals(_ count: Int) -> [Double] {
    words = []
    var result = [Double](repeating: 0, count: count)
    zs_normals(&state, count, &result)
    return result
  }
}
