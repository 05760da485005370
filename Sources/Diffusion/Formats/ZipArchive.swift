import Foundation

/// The members of a zip file, as numpy.savez writes them: stored or deflated.
struct ZipArchive {
  /// A member's place in the file.
  struct Member {
    let name: String
    let isDeflated: Bool
    /// In the file.
    let packed: Int
    let size: Int
    /// Of its own header.
    let header: Int
  }

  let file: RandomAccessFile
  let members: [Member]

  /// Reads the list of members.
  /// - Throws: `FormatError` where it is damaged, encrypted, or packed otherwise.
  init(_ file: RandomAccessFile) throws {
    self.file = file
    let tail = try file.read(at: max(0, file.size - 65_557), count: min(file.size, 65_557))
    guard
      let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
        tail.starts(with: [80, 75, 5, 6], at: $0)
      })
    else { throw Self.damaged(file, "the list of members at the end", "none: the file was cut off") }
    var count = tail.integer(end + 10, bytes: 2), length = tail.integer(end + 12, bytes: 4)
    var place = tail.integer(end + 16, bytes: 4)
    // Sizes beyond 32 bits stand in a record of their own in front of that.
    if count == 0xFFFF || length == 0xFFFF_FFFF || place == 0xFFFF_FFFF {
      guard end >= 20, tail.starts(with: [80, 75, 6, 7], at: end - 20) else {
        throw Self.damaged(file, "a record of 64-bit sizes", "none")
      }
      let record = try file.read(at: tail.integer(end - 20 + 8, bytes: 8), count: 56)
      count = record.integer(32, bytes: 8)
      length = record.integer(40, bytes: 8)
      place = record.integer(48, bytes: 8)
    }
    guard length <= 1 << 26 else { throw Self.damaged(file, "a list of members", "one of \(length) bytes") }
    members = try Self.members(try file.read(at: place, count: length), count: count, file)
  }

  private static func damaged(_ file: RandomAccessFile, _ expected: String, _ found: String) -> FormatError {
    .contents(file: file.path, object: "zip", expected: expected, found: found)
  }

  private static func members(_ list: [UInt8], count: Int, _ file: RandomAccessFile) throws -> [Member] {
    var members: [Member] = [], place = 0
    while members.count < count {
      guard place + 46 <= list.count, list.starts(with: [80, 75, 1, 2], at: place) else {
        throw damaged(file, "\(count) members", "\(members.count)")
      }
      let nameLength = list.integer(place + 28, bytes: 2), extraLength = list.integer(place + 30, bytes: 2)
      let next = place + 46 + nameLength + extraLength + list.integer(place + 32, bytes: 2)
      guard next <= list.count else { throw damaged(file, "\(count) members", "\(members.count)") }
      let name = String(decoding: list[place + 46..<place + 46 + nameLength], as: UTF8.self)
      var packed = list.integer(place + 20, bytes: 4), size = list.integer(place + 24, bytes: 4)
      var header = list.integer(place + 42, bytes: 4)
      // Numbers that are all ones stand in the extra field, in this order.
      var extra = place + 46 + nameLength
      while extra + 4 <= place + 46 + nameLength + extraLength {
        let length = list.integer(extra + 2, bytes: 2)
        if list.integer(extra, bytes: 2) == 1 {
          var item = extra + 4
          func take(_ value: inout Int) {
            guard value == 0xFFFF_FFFF, item + 8 <= min(extra + 4 + length, list.count) else { return }
            value = list.integer(item, bytes: 8)
            item += 8
          }
          take(&size)
          take(&packed)
          take(&header)
        }
        extra += 4 + length
      }
      let method = list.integer(place + 10, bytes: 2), isEncrypted = list.integer(place + 8, bytes: 2) & 1 == 1
      guard method == 0 || method == 8, !isEncrypted else {
        throw FormatError.refused(
          file: file.path,
          found: "has a member '\(name)' that is " + (isEncrypted ? "encrypted" : "packed by method \(method)"),
          wayOut: "write it with numpy.savez")
      }
      members.append(
        Member(name: name, isDeflated: method == 8, packed: packed, size: size, header: header))
      place = next
    }
    return members
  }

  /// The bytes of a member, from its beginning.
  func stream(_ member: Member) throws -> ByteStream {
    let header = try file.read(at: member.header, count: 30)
    guard header.starts(with: [80, 75, 3, 4], at: 0) else {
      throw Self.damaged(file, "a header of '\(member.name)'", "other bytes")
    }
    let start = member.header + 30 + header.integer(26, bytes: 2) + header.integer(28, bytes: 2)
    return ByteStream(
      file, start: start, packed: member.packed, size: member.size, isDeflated: member.isDeflated, name: member.name)
  }
}

extension [UInt8] {
  /// Little-endian, not negative; more than 63 bits become the largest number, which no check lets through.
  func integer(_ place: Int, bytes: Int) -> Int {
    let value = (0..<bytes).reduce(UInt64(0)) { $0 | UInt64(self[place + $1]) << (8 * UInt64($1)) }
    return Int(clamping: value)
  }

  func starts(with bytes: [UInt8], at place: Int) -> Bool {
    place >= 0 && place + bytes.count <= count && Array(self[place..<place + bytes.count]) == bytes
  }
}
