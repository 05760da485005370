import CDiffusion
import Foundation

/// Lines of a text file, one after the other; one line at a time is in memory.
final class LineReader {
  let file: String
  /// The number of the line that was read last, from 1.
  private(set) var number = 0
  private let handle: UnsafeMutablePointer<FILE>
  private var buffer: UnsafeMutablePointer<CChar>?
  private var capacity = 0
  /// Where the next line starts, and where no line starts any more.
  private var place = 0
  private let end: Int

  /// - Parameter bytes: of the file; lines that start inside are read. All, where none are given.
  init(_ path: String, bytes: Range<Int>? = nil) throws {
    file = path
    var status = stat()
    guard stat(path, &status) == 0, let handle = fopen(path, "r") else {
      throw FormatError.system(file: path, reason: String(cString: strerror(errno)))
    }
    self.handle = handle
    end = bytes?.upperBound ?? .max
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FormatError.system(file: path, reason: "it is a folder")
    }
    if let bytes, bytes.lowerBound > 0 {
      // A line that starts before the range ends in it, at the earliest with the byte before.
      guard fseek(handle, bytes.lowerBound - 1, SEEK_SET) == 0 else {
        throw FormatError.system(file: path, reason: String(cString: strerror(errno)))
      }
      place = bytes.lowerBound - 1 + max(0, getline(&buffer, &capacity, handle))
    }
  }

  deinit {
    fclose(handle)
    free(buffer)
  }

  /// Calls `body` with the next line, without its end (LF or CRLF) and closed by a zero; false at the end of the file.
  func next(_ body: (UnsafeBufferPointer<CChar>) throws -> Void) throws -> Bool {
    guard place < end else { return false }
    errno = 0
    var count = getline(&buffer, &capacity, handle)
    guard count >= 0, let buffer else {
      if ferror(handle) != 0 { throw FormatError.system(file: file, reason: String(cString: strerror(errno))) }
      return false
    }
    number += 1
    place += count
    if count > 0, buffer[count - 1] == 10 { count -= 1 }
    if count > 0, buffer[count - 1] == 13 { count -= 1 }
    buffer[count] = 0
    try body(UnsafeBufferPointer(start: buffer, count: count))
    return true
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
      let value = zs_decimal(place, &after)
      let field = values.count + 1
      // zs_decimal skips blanks and takes hexadecimal numbers; the format has neither.
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

  private func isBlank(_ c: CChar) -> Bool { c == 32 || (9...13).contains(c) }

  /// Whether a field starts with 0x behind its sign; the line ends with a zero, which stops the look ahead.
  private func isHexadecimal(_ place: UnsafeMutablePointer<CChar>) -> Bool {
    let digits = place.pointee == 43 || place.pointee == 45 ? place + 1 : place
    return digits.pointee == 48 && (digits[1] == 88 || digits[1] == 120)
  }

  /// The field at a place, shortened.
  private func quote(_ place: UnsafeMutablePointer<CChar>, _ end: UnsafeMutablePointer<CChar>) -> String {
    let field = UnsafeBufferPointer(start: place, count: end - place).prefix { $0 != 59 }
    if field.isEmpty { return "nothing" }
    // Control characters would not be seen, or spoil the terminal.
    let text = String(decoding: field.prefix(24).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let visible = text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }
    return "'" + visible.joined() + (field.count > 24 ? "..." : "") + "'"
  }
}
