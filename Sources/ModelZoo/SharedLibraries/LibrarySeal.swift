import CCrypto

/// The last line of a library: `zoo seal ` and the SHA-256 of all bytes before it, in hexadecimal digits.
///
/// A changed byte in code shows only when that code runs, long after the library was tried. The system's loader does not
/// mind what stands behind the last section of a file.
enum LibrarySeal {
  private static let word = Array("zoo seal ".utf8)

  /// Whether a file ends in the digest of what stands before.
  static func isWhole(_ bytes: [UInt8]) -> Bool {
    let count = bytes.count - word.count - 65
    guard count > 0 else { return false }
    var digest = [UInt8](repeating: 0, count: 32)
    _ = bytes.withUnsafeBytes { SHA256($0.baseAddress?.assumingMemoryBound(to: UInt8.self), count, &digest) }
    let digits = Array("0123456789abcdef".utf8)
    return bytes[count...].elementsEqual(
      word + digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] } + [UInt8(ascii: "\n")])
  }
}
