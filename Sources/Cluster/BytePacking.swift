/// Numbers and texts one after the other, for ranks of the same program: no format for files.
public struct ByteWriter {
  /// All that was written.
  public private(set) var bytes: [UInt8] = []

  /// Without anything yet.
  public init() {}

  /// Adds the bytes of a number as they lie in memory.
  public mutating func append<Number: BitwiseCopyable>(_ number: Number) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  /// Adds how many there are, and their bytes.
  public mutating func append<Number: BitwiseCopyable>(_ numbers: [Number]) {
    append(numbers.count)
    numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Adds a text of any length.
  public mutating func append(_ text: String) { append(Array(text.utf8)) }
}

/// Takes apart what a `ByteWriter` put together, in the same order.
/// - Precondition: it is asked for what was written.
public struct ByteReader {
  private let bytes: [UInt8]
  private var place = 0

  /// - Parameter bytes: those of a writer.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether all was read.
  public var isAtEnd: Bool { place == bytes.count }

  /// The next number.
  public mutating func next<Number: BitwiseCopyable>(_ type: Number.Type = Number.self) -> Number {
    let size = MemoryLayout<Number>.size
    precondition(place + size <= bytes.count, "another message was written than is read")
    defer { place += size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Number.self) }
  }

  /// The next numbers that were added together.
  public mutating func nextArray<Number: BitwiseCopyable>(_ type: Number.Type = Number.self) -> [Number] {
    let count = next(Int.self), size = count * MemoryLayout<Number>.stride
    precondition(count >= 0 && place + size <= bytes.count, "another message was written than is read")
    defer { place += size }
    guard count > 0 else { return [] }
    return [Number](unsafeUninitializedCapacity: count) { buffer, initialised in
      bytes.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[place..<place + size]))
      }
      initialised = count
    }
  }

  /// The next text.
  public mutating func nextText() -> String { String(decoding: nextArray(UInt8.self), as: UTF8.self) }
}
