import Foundation

/// Entries of a zip archive that are stored as they are: what a `.keras` file consists of.
struct ZipArchive {
  /// Contents by name.
  let entries: [String: [UInt8]]

  /// Whether bytes start as an archive does.
  static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 3, 4]) }

  /// Reads the central directory and the entries that it names.
  /// - Source: PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16.
  /// - Throws: `ForeignError.damaged` where offsets, sizes or checksums are not right, or an entry is compressed.
  init(_ bytes: [UInt8], path: String) throws {
    func damaged(_ reason: String) -> ForeignError { .damaged(file: path, reason: reason) }
    func number(_ at: Int, _ count: Int) throws -> Int {
      guard at >= 0, at <= bytes.count - count else { throw damaged("its directory points outside the file") }
      return (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
    }
    // The end record is at the end, but for a comment of up to 65,535 bytes.
    let earliest = max(0, bytes.count - 22 - 65_535)
    guard bytes.count >= 22,
      let end = (earliest...bytes.count - 22).last(where: { bytes[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
    else { throw damaged("the archive has no directory; it is cut short") }
    let count = try number(end + 10, 2)
    var place = try number(end + 16, 4)
    var entries: [String: [UInt8]] = [:], total = 0
    for _ in 0..<count {
      guard try number(place, 4) == 0x0201_4B50 else { throw damaged("its directory is broken") }
      let method = try number(place + 10, 2), checksum = try number(place + 16, 4), size = try number(place + 24, 4)
      let nameBytes = try number(place + 28, 2), local = try number(place + 42, 4)
      guard place + 46 + nameBytes <= bytes.count else { throw damaged("its directory points outside the file") }
      let name = String(decoding: bytes[place + 46..<place + 46 + nameBytes], as: UTF8.self)
      guard method == 0, try number(place + 20, 4) == size else {
        throw damaged("'\(name)' is compressed; Keras stores entries as they are. Unpack it and zip it with -0")
      }
      guard try number(local, 4) == 0x0403_4B50 else { throw damaged("'\(name)' is not where the directory says") }
      let start = local + 30 + (try number(local + 26, 2)) + (try number(local + 28, 2))
      guard start <= bytes.count, size <= bytes.count - start else { throw damaged("'\(name)' ends outside the file") }
      total += size
      guard total <= bytes.count else { throw damaged("its entries are larger than the file") }
      let contents = Array(bytes[start..<start + size])
      guard Self.checksum(contents) == UInt32(truncatingIfNeeded: checksum) else {
        throw damaged("'\(name)' has another checksum than the directory says")
      }
      entries[name] = contents
      place += 46 + nameBytes + (try number(place + 30, 2)) + (try number(place + 32, 2))
    }
    self.entries = entries
  }

  private static let checksumTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  /// CRC-32.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { checksumTable[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }
}
