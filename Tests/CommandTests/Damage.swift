import LayerGraph

/// Files as a bad disk or a broken transfer leaves them, or somebody who meant well.
enum Damage: Int, CaseIterable {
  /// Cut short at any place.
  case cut
  /// Up to eight changed bytes in the first half, which holds structure more than numbers.
  case structure
  /// Up to four changed bytes anywhere.
  case anywhere
  /// The first and the last extent of one tensor, of a file of HDF5 or safetensors.
  case shape

  /// Other bytes than the whole file's.
  func applied(to whole: [UInt8], seed: Int) -> [UInt8] {
    var random = SplitMix64(seed: UInt64(seed + 1) &* 0x9E37_79B9), bytes = whole
    func place(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
    func change(_ most: Int, within count: Int) {
      for _ in 0..<1 + place(most) { bytes[place(count)] ^= UInt8(1 + place(255)) }
    }
    switch self {
    case .cut: bytes = Array(bytes.prefix(place(bytes.count)))
    case .structure: change(8, within: bytes.count / 2)
    case .anywhere: change(4, within: bytes.count)
    case .shape:
      let isJSON = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
      let shapes = isJSON ? Self.shapes(inHeaderOf: bytes) : Self.dataspaces(in: bytes)
      let (first, last) = shapes[place(shapes.count)]
      let swapped = bytes[last] + bytes[first.upperBound..<last.lowerBound] + bytes[first]
      bytes.replaceSubrange(first.lowerBound..<last.upperBound, with: swapped)
    }
    return bytes == whole ? Array(whole.dropLast()) : bytes
  }

  /// Where the extents of HDF5's dataspaces lie that differ: version 1, two or three extents, then the largest ones.
  private static func dataspaces(in bytes: [UInt8]) -> [(Range<Int>, Range<Int>)] {
    var found: [(Range<Int>, Range<Int>)] = []
    for start in 0..<bytes.count - 64
    where bytes[start] == 1 && (2...3).contains(bytes[start + 1]) && bytes[start + 2] == 1
      && bytes[start + 3..<start + 8].allSatisfy({ $0 == 0 })
    {
      let rank = Int(bytes[start + 1]), extents = start + 8..<start + 8 + 8 * rank
      // Extents fit into two bytes here, and the largest ones are the same.
      guard bytes[extents] == ArraySlice(bytes[extents.upperBound..<extents.upperBound + 8 * rank]) else { continue }
      let first = extents.lowerBound..<extents.lowerBound + 8, last = extents.upperBound - 8..<extents.upperBound
      if Array(bytes[first]) != Array(bytes[last]) { found.append((first, last)) }
    }
    return found
  }

  /// The same in the header of safetensors: digits of the first and the last extent.
  private static func shapes(inHeaderOf bytes: [UInt8]) -> [(Range<Int>, Range<Int>)] {
    let text = Array("\"shape\":[".utf8)
    return bytes.indices.dropLast(64).compactMap { start in
      guard bytes[start...].starts(with: text) else { return nil }
      let list = start + text.count..<(bytes[start...].firstIndex(of: UInt8(ascii: "]")) ?? start + text.count)
      let numbers = bytes[list].split(separator: UInt8(ascii: ","))
      guard numbers.count > 1, let first = numbers.first, let last = numbers.last, Array(first) != Array(last) else {
        return nil
      }
      return (first.startIndex..<first.endIndex, last.startIndex..<last.endIndex)
    }
  }
}
