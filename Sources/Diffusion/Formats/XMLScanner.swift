import Foundation

/// Elements and attributes of an XML file, one tag after the other; text between tags is passed over.
///
/// What tracking programs write is read; a document type, and with it every entity of its own, is refused, so that no
/// file can grow while it is read. One tag at a time is in memory.
final class XMLScanner {
  /// A tag.
  enum Tag {
    case start
    case end
  }

  let bytes: ByteSource
  /// The line on which the latest tag begins, from 1.
  private(set) var line = 1
  /// Open elements around the latest tag, itself included.
  private(set) var depth = 0
  /// The latest tag's bytes, from `<` to `>` and a zero, and where its name and attributes stand in them.
  private(set) var text: [UInt8] = []
  private(set) var name: Range<Int> = 0..<0
  private(set) var attributes: [(name: Range<Int>, value: Range<Int>)] = []
  private var openElements: [Int] = []
  private var isEmpty = false
  private static let mostDepth = 1000
  private static let longestTag = 1 << 24

  init(_ bytes: ByteSource) { self.bytes = bytes }

  /// What is wrong at the latest tag.
  func error(expected: String, found: String) -> FormatError {
    .line(file: bytes.file, number: line, expected: expected, found: found)
  }

  /// The next tag; an empty element is a start and an end. Nil at the end of the file.
  /// - Throws: `FormatError.line` where the file is no well-formed XML.
  func next() throws -> Tag? {
    if isEmpty {
      isEmpty = false
      depth -= 1
      return .end
    }
    while try skipText() {
      try bytes.fill(atLeast: 9)
      let unread = bytes.unread
      func begins(_ text: StaticString) -> Bool {
        unread.count >= text.utf8CodeUnitCount
          && memcmp(unread.baseAddress!, text.utf8Start, text.utf8CodeUnitCount) == 0
      }
      if begins("<!--") {
        try skip(through: "-->", from: 4)
      } else if begins("<![CDATA[") {
        try skip(through: "]]>", from: 9)
      } else if begins("<?") {
        try skip(through: "?>", from: 2)
      } else if begins("<!") {
        throw error(expected: "elements alone", found: "a document type, which no tracking program writes")
      } else {
        try readTag()
        return try take()
      }
    }
    guard openElements.isEmpty else {
      throw error(expected: "the end of \(openElements.count) elements", found: "the end of the file; it was cut off")
    }
    return nil
  }

  // MARK: Bytes

  private func consume(_ count: Int) {
    let unread = bytes.unread
    for index in 0..<count where unread[index] == 10 { line += 1 }
    bytes.consume(count)
  }

  /// Goes to the next `<`; false at the end of the file.
  private func skipText() throws -> Bool {
    while true {
      let unread = bytes.unread
      if let start = unread.baseAddress, let found = memchr(start, 60, unread.count) {
        consume(found - UnsafeMutableRawPointer(start))
        return true
      }
      consume(unread.count)
      if try !bytes.fill() { return false }
    }
  }

  /// Goes behind an end mark, `from` bytes on or later.
  private func skip(through mark: StaticString, from: Int) throws {
    consume(from)
    let length = mark.utf8CodeUnitCount
    while true {
      let unread = bytes.unread
      var found = 0
      while let place = unread[found...].firstIndex(of: CChar(bitPattern: mark.utf8Start.pointee)),
        place + length <= unread.count
      {
        if memcmp(unread.baseAddress! + place, mark.utf8Start, length) == 0 {
          consume(place + length)
          return
        }
        found = place + 1
      }
      consume(max(0, unread.count - length + 1))
      if try !bytes.fill() { throw error(expected: "\(mark)", found: "the end of the file; it was cut off") }
    }
  }

  /// Copies the tag's bytes, from `<` to `>`, to `text`.
  private func readTag() throws {
    var quote: CChar = 0, searched = 0
    while true {
      let unread = bytes.unread
      while searched < unread.count {
        let byte = unread[searched]
        searched += 1
        if quote != 0 {
          if byte == quote { quote = 0 }
        } else if byte == 34 || byte == 39 {
          quote = byte
        } else if byte == 62 {
          text.removeAll(keepingCapacity: true)
          text.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(unread)[..<searched]))
          text.append(0)
          consume(searched)
          return
        }
      }
      guard searched < Self.longestTag, try bytes.fill() else {
        throw error(expected: "the > of a tag", found: "none; the file was cut off or is no XML")
      }
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 10 || byte == 9 || byte == 13 }

  /// Takes the tag in `text` apart.
  private func take() throws -> Tag {
    let isEnd = text[1] == 47
    var place = isEnd ? 2 : 1
    let last = text.count - 2  // the >
    let start = place
    while place < last, !isSpace(text[place]), text[place] != 47 { place += 1 }
    name = start..<place
    guard !name.isEmpty else { throw error(expected: "an element's name behind <", found: "none") }
    attributes.removeAll(keepingCapacity: true)
    var hasher = Hasher()
    for index in name { hasher.combine(text[index]) }
    let hash = hasher.finalize()
    if isEnd {
      guard openElements.last == hash else {
        throw error(
          expected: openElements.isEmpty ? "no further end" : "the end of another element", found: "</\(elementName)>")
      }
      openElements.removeLast()
      depth -= 1
      return .end
    }
    while place < last {
      if isSpace(text[place]) {
        place += 1
      } else if text[place] == 47, place == last - 1 {
        isEmpty = true
        place += 1
      } else {
        place = try takeAttribute(from: place, to: last)
      }
    }
    depth += 1
    if !isEmpty { openElements.append(hash) }
    guard depth <= Self.mostDepth else {
      throw error(expected: "elements in at most \(Self.mostDepth) others", found: "more")
    }
    return .start
  }

  private func takeAttribute(from start: Int, to last: Int) throws -> Int {
    var place = start
    while place < last, text[place] != 61, !isSpace(text[place]) { place += 1 }
    let name = start..<place
    while place < last, isSpace(text[place]) { place += 1 }
    guard place < last, text[place] == 61 else {
      throw error(expected: "= behind the name of an attribute of <\(elementName)>", found: "none")
    }
    place += 1
    while place < last, isSpace(text[place]) { place += 1 }
    guard place < last, text[place] == 34 || text[place] == 39 else {
      throw error(expected: "quotes around the value of an attribute of <\(elementName)>", found: "none")
    }
    let quote = text[place]
    let begin = place + 1
    place = begin
    while place < last, text[place] != quote { place += 1 }
    guard place < last else { throw error(expected: "quotes around the value of an attribute", found: "one") }
    attributes.append((name, begin..<place))
    return place + 1
  }
}
