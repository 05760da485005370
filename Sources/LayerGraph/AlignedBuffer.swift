/// Floats on a cache line's boundary, owned once; zero at first.
public final class AlignedBuffer: @unchecked Sendable {
  /// The first number; valid as long as the buffer lives.
  public let pointer: UnsafeMutablePointer<Float>
  /// Numbers in the buffer.
  public let count: Int

  /// Zeros.
  public init(count: Int) {
    self.count = count
    pointer = UnsafeMutableRawPointer.allocate(byteCount: max(64, count * 4), alignment: 64)
      .bindMemory(to: Float.self, capacity: max(16, count))
    clear()
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// Sets all floats to zero.
  public func clear() { pointer.update(repeating: 0, count: count) }
}

extension Int {
  /// Rounded up to whole cache lines of 16 floats.
  var roundedToCacheLine: Int { (self + 15) & ~15 }
}
