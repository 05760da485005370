import Foundation

/// A number to compare ranks by: different contents have different ones, but for chance.
public struct Checksum: Sendable, Equatable, CustomStringConvertible {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// Of nothing yet.
  public init() {}

  /// Takes in bytes; where they are cut into pieces matters.
  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var place = 0
    while place + 8 <= bytes.count {
      mix(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    var rest: UInt64 = 0
    while place < bytes.count {
      rest = rest << 8 | UInt64(bytes[place])
      place += 1
    }
    mix(rest)
    mix(UInt64(bytes.count))
  }

  /// Takes in numbers as they lie in memory.
  public mutating func add<Number: BitwiseCopyable>(_ numbers: [Number]) { numbers.withUnsafeBytes { add($0) } }

  /// Takes in a file, as far as it can be read.
  public mutating func add(file path: String) {
    guard let handle = FileHandle(forReadingAtPath: path) else { return add(Array("no file".utf8)) }
    defer { try? handle.close() }
    while let piece = try? handle.read(upToCount: 1 << 22), !piece.isEmpty { piece.withUnsafeBytes { add($0) } }
  }

  private mutating func mix(_ word: UInt64) {
    state = (state ^ word) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 29
  }

  public var description: String { String(state, radix: 16) }
}
