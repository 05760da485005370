import Foundation

/// A shared library as bytes of a file: what can be known of it before the system's loader touches it.
///
/// The loader believes what it reads, and a library that was cut short ends the process inside `dlopen`. Here nothing is
/// believed: every offset is checked against the size of the file.
struct SharedObject {
  /// Why a file is no shared library for this machine.
  enum Fault: Error, Equatable {
    /// It is something else.
    case foreign(String)
    /// It is shorter than its own header says.
    case truncated(needed: UInt64, found: Int)
  }

  let bytes: [UInt8]
  /// Parts of the file that are loaded, and where.
  private var segments: [(address: UInt64, offset: UInt64, size: UInt64)] = []
  /// The dynamic table: what the loader itself reads.
  private var table: [UInt64: UInt64] = [:]

  /// - Throws: `Fault` where the bytes are not a whole 64-bit shared library for this kind of processor.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { throw Fault.foreign("it does not begin as one") }
    guard bytes.count >= 64 else { throw Fault.truncated(needed: 64, found: bytes.count) }
    guard bytes[4] == 2, bytes[5] == 1 else { throw Fault.foreign("it is not for 64-bit little-endian machines") }
    let machine = try integer(UInt16.self, 18)
    guard machine == Self.machine else { throw Fault.foreign("it is for another kind of processor (\(machine))") }
    guard try integer(UInt16.self, 16) == 3 else { throw Fault.foreign("it is a program or an object file") }
    try readProgramHeaders()
    // The table of sections is what a linker writes last: a file that holds it is whole.
    let sections = UInt64(try integer(UInt16.self, 58)) * UInt64(try integer(UInt16.self, 60))
    _ = try place(try integer(UInt64.self, 40), plus: 0, size: sections)
  }

  /// `e_machine` of the processor that this was compiled for.
  private static var machine: UInt16 {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }

  private mutating func readProgramHeaders() throws {
    let start = try integer(UInt64.self, 32), size = try integer(UInt16.self, 54), count = try integer(UInt16.self, 56)
    guard size == 56, count > 0 else { throw Fault.foreign("it has no segments") }
    var dynamic: (offset: UInt64, size: UInt64)?
    for index in 0..<UInt64(count) {
      let header = try place(start, plus: index * 56, size: 56)
      let kind = try integer(UInt32.self, header)
      let offset = try integer(UInt64.self, header + 8), size = try integer(UInt64.self, header + 32)
      guard kind == 1 || kind == 2 else { continue }
      _ = try place(offset, plus: 0, size: size)
      if kind == 1 { segments.append((try integer(UInt64.self, header + 16), offset, size)) }
      if kind == 2 { dynamic = (offset, size) }
    }
    guard let dynamic else { throw Fault.foreign("it has no table of symbols") }
    for entry in stride(from: 0, to: dynamic.size / 16 * 16, by: 16) {
      let at = try place(dynamic.offset, plus: entry, size: 16)
      let tag = try integer(UInt64.self, at)
      if tag == 0 { break }
      table[tag] = try integer(UInt64.self, at + 8)
    }
  }

  /// A place in the file, checked to hold `size` bytes.
  private func place(_ offset: UInt64, plus more: UInt64, size: UInt64) throws -> Int {
    let (start, isTooFar) = offset.addingReportingOverflow(more)
    let (end, isTooLong) = start.addingReportingOverflow(size)
    guard !isTooFar, !isTooLong, end <= UInt64(bytes.count) else {
      throw Fault.truncated(needed: isTooFar || isTooLong ? .max : end, found: bytes.count)
    }
    return Int(start)
  }

  private func integer<T: FixedWidthInteger>(_ type: T.Type, _ offset: Int) throws -> T {
    let start = try place(UInt64(offset), plus: 0, size: UInt64(MemoryLayout<T>.size))
    return bytes.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: T.self)) }
  }

  /// Where in the file the loader finds an address.
  private func offset(of address: UInt64) throws -> UInt64 {
    for segment in segments where address >= segment.address && address - segment.address < segment.size {
      return segment.offset + (address - segment.address)
    }
    throw Fault.foreign("its table of symbols points outside of it")
  }

  // MARK: Symbols

  /// Where a symbol that the library defines is in the file; nil where it defines none of that name.
  func definition(of name: String) throws -> Int? {
    guard let symbols = table[6], let strings = table[5] else { return nil }
    let symbolStart = try offset(of: symbols), stringStart = try offset(of: strings)
    let wanted = Array(name.utf8) + [0]
    for index in 1..<max(1, try symbolCount()) {
      let symbol = try place(symbolStart, plus: index * 24, size: 24)
      guard try integer(UInt16.self, symbol + 6) != 0 else { continue }  // defined elsewhere
      let text = try place(stringStart, plus: UInt64(try integer(UInt32.self, symbol)), size: 1)
      guard bytes[text...].starts(with: wanted) else { continue }
      return try Int(offset(of: integer(UInt64.self, symbol + 8)))
    }
    return nil
  }

  /// The text that a C string constant of the library holds; nil where there is none of that name.
  func text(of symbol: String, longest: Int = 300) throws -> String? {
    guard let start = try definition(of: symbol) else { return nil }
    let part = bytes[start..<min(bytes.count, start + longest)]
    guard let end = part.firstIndex(of: 0) else { return nil }
    return String(bytes: part[..<end], encoding: .utf8)
  }

  /// Entries of the table of symbols, which only its hash tables know.
  private func symbolCount() throws -> UInt64 {
    if let hash = table[4] {  // DT_HASH: the number of chains
      return UInt64(try integer(UInt32.self, place(offset(of: hash), plus: 4, size: 4)))
    }
    guard let hash = table[0x6FFF_FEF5] else { return 0 }  // DT_GNU_HASH: the end of the last chain
    let start = try offset(of: hash)
    let header = try place(start, plus: 0, size: 16)
    let bucketCount = UInt64(try integer(UInt32.self, header)), first = UInt64(try integer(UInt32.self, header + 4))
    let buckets = 16 + 8 * UInt64(try integer(UInt32.self, header + 8))
    _ = try place(start, plus: buckets, size: 4 * bucketCount)
    var last: UInt64 = 0
    for bucket in 0..<bucketCount {
      last = max(last, UInt64(try integer(UInt32.self, place(start, plus: buckets + 4 * bucket, size: 4))))
    }
    guard last >= first, last > 0 else { return first }
    let chains = buckets + 4 * bucketCount
    while try integer(UInt32.self, place(start, plus: chains + 4 * (last - first), size: 4)) & 1 == 0 { last += 1 }
    return last + 1
  }
}
