import CDiffusion
import Foundation

/// Lines of a text file, one after the other; one line at a time is in memory.
final class LineReader {
  /// The number of the line that was read last, from 1.
  private(set) var number = 0
  private let bytes: ByteSource

  /// - Throws: `FormatError.system` where the file can't be read.
  convenience init(_ path: String) throws { self.init(try ByteSource(path)) }

  /// Lines of what is unread.
  init(_ bytes: ByteSource) { self.bytes = bytes }

  var file: String { bytes.file }
  /// Where the next line begins in the file.
  var offset: Int { bytes.offset }

  /// Goes on at the beginning of a line.
  func seek(to place: Int, number: Int) throws {
    try bytes.seek(to: place)
    self.number = number - 1
  }

  /// Calls `body` with the next line, without its end (LF or CRLF) and closed by a zero; false at the end of the file.
  func next(_ body: (UnsafeBufferPointer<CChar>) throws -> Void) throws -> Bool {
    var searched = 0
    while true {
      let unread = bytes.unread
      let feed = unread.baseAddress.flatMap { memchr($0 + searched, 10, unread.count - searched) }
      if let start = unread.baseAddress, let feed {
        try take(start, count: feed - UnsafeMutableRawPointer(start), end: 1, body)
        return true
      }
      searched = unread.count
      if try !bytes.fill() { break }
    }
    guard let start = bytes.unread.baseAddress, bytes.unread.count > 0 else { return false }
    try take(start, count: bytes.unread.count, end: 0, body)
    return true
  }

  private func take(
    _ start: UnsafeMutablePointer<CChar>, count: Int, end: Int, _ body: (UnsafeBufferPointer<CChar>) throws -> Void
  ) throws {
    number += 1
    bytes.consume(count + end)
    let length = count > 0 && start[count - 1] == 13 ? count - 1 : count
    start[length] = 0
    try body(UnsafeBufferPointer(start: start, count: length))
  }

  /// What is wrong with the line that was read last.
  func error(expected: String, found: String) -> FormatError {
    FormatError.line(file: file, number: number, expected: expected, found: found)
  }

  /// Numbers between semicolons.
  /// - Throws: `FormatError.line` for an empty field, text that is no number, or a number that is not finite.
  func numbers(_ line: UnsafeBufferPointer<CChar>, into values: inout [Double]) throws {
    values.removeAll(keepingCapacity: true)
    guard line.count > 0 else {
      throw error(expected: "numbers between semicolons", found: "an empty line")
    }
    var place = UnsafeMutablePointer(mutating: line.baseAddress!)
    let end = place + line.count
    while true {
      var after: UnsafeMutablePointer<CChar>?
      let value = zs_decimal_within(place, end, &after)
      let field = values.count + 1
      // strtod skips blanks and takes hexadecimal numbers; the format has neither.
      guard let after, after > place, !isBlank(place.pointee), !isHexadecimal(place),
        after == end || after.pointee == 59
      else {
        throw error(expected: "a number in field \(field) between semicolons", found: quote(place, end))
      }
      guard value.isFinite else {
        throw error(expected: "a finite number in field \(field)", found: quote(place, end))
      }
      values.append(value)
      if after == end { return }
      place = after + 1
    }
  }

  /// Numbers between blanks; a coordinate may be nan.
  /// - Throws: `FormatError.line` for text that is no number, and fewer than `least` numbers.
  func words(_ line: UnsafeBufferPointer<CChar>, into values: inout [Double], least: Int) throws {
    values.removeAll(keepingCapacity: true)
    var place = UnsafeMutablePointer(mutating: line.baseAddress!)
    let end = place + line.count
    while true {
      while place < end, isBlank(place.pointee) { place += 1 }
      if place == end { break }
      var after: UnsafeMutablePointer<CChar>?
      let value = zs_decimal_within(place, end, &after)
      guard let after, after > place, !isHexadecimal(place), after == end || isBlank(after.pointee) else {
        throw error(
          expected: "a number in field \(values.count + 1) between blanks", found: quote(place, end, blanks: true))
      }
      values.append(value)
      place = after
    }
    guard values.count >= least else {
      throw error(expected: "\(least) numbers or more", found: values.count == 1 ? "1" : "\(values.count)")
    }
  }

  private func isBlank(_ c: CChar) -> Bool { c == 32 || (9...13).contains(c) }

  /// Whether a field starts with 0x behind its sign; the line ends with a zero, which stops the look ahead.
  private func isHexadecimal(_ place: UnsafeMutablePointer<CChar>) -> Bool {
    let digits = place.pointee == 43 || place.pointee == 45 ? place + 1 : place
    return digits.pointee == 48 && (digits[1] == 88 || digits[1] == 120)
  }

  /// The field at a place, shortened.
  private func quote(
    _ place: UnsafeMutablePointer<CChar>, _ end: UnsafeMutablePointer<CChar>, blanks: Bool = false
  ) -> String {
    quoted(UnsafeBufferPointer(start: place, count: end - place).prefix { blanks ? !isBlank($0) : $0 != 59 })
  }
}

/// The beginning of a text in quotes; control characters would not be seen, or spoil the terminal, and are escaped.
func quoted(_ field: some Collection<CChar>, most: Int = 24) -> String {
  if field.isEmpty { return "nothing" }
  let text = String(decoding: field.prefix(most).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return "'" + visible(text) + (field.count > most ? "..." : "") + "'"
}

/// A text of a file as it may stand on a terminal: control characters are escaped.
func visible(_ text: String) -> String {
  text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }.joined()
}
