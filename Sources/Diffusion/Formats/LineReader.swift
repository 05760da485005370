import Foundation

/// Lines of a text file, one after the other, in bounded memory.
final class LineReader {
  let file: String
  /// The number of the line that was read last, from 1.
  private(set) var number = 0
  private let handle: UnsafeMutablePointer<FILE>
  private var buffer: UnsafeMutablePointer<CChar>?
  private var capacity = 0

  init(_ path: String) throws {
    file = path
    var status = stat()
    guard stat(path, &status) == 0, let handle = fopen(path, "r") else {
      throw FormatError.system(file: path, reason: String(cString: strerror(errno)))
    }
    self.handle = handle
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FormatError.system(file: path, reason: "it is a folder")
    }
  }

  deinit {
    fclose(handle)
    free(buffer)
  }

  /// Calls `body` with the next line, without its end (LF or CRLF) and closed by a zero; false at the end of the file.
  func next(_ body: (UnsafeBufferPointer<CChar>) throws -> Void) throws -> Bool {
    errno = 0
    var count = getline(&buffer, &capacity, handle)
    guard count >= 0, let buffer else {
      if ferror(handle) != 0 { throw FormatError.system(file: file, reason: String(cString: strerror(errno))) }
      return false
    }
    number += 1
    if count > 0, buffer[count - 1] == 10 { count -= 1 }
    if count > 0, buffer[count - 1] == 13 { count -= 1 }
    buffer[count] = 0
    try body(UnsafeBufferPointer(start: buffer, count: count))
    return true
  }

  /// Numbers between semicolons.
  /// - Throws: `FormatError.line` for an empty field, text that is no number, or a number that is not finite.
  func numbers(_ line: UnsafeBufferPointer<CChar>, into values: inout [Double]) throws {
    values.removeAll(keepingCapacity: true)
    guard line.count > 0 else {
      throw FormatError.line(file: file, number: number, expected: "numbers between semicolons", found: "an empty line")
    }
    var place = UnsafeMutablePointer(mutating: line.baseAddress!)
    let end = place + line.count
    while true {
      var after: UnsafeMutablePointer<CChar>?
      let value = strtod(place, &after)
      let field = values.count + 1
      // strtod skips blanks and takes hexadecimal numbers; the format has neither.
      let isPlain =
        place < end
        && (place.pointee == 45 || place.pointee == 43 || place.pointee == 46 || isDigit(place.pointee)
          || isLetter(place.pointee))
      guard let after, after > place, isPlain, after == end || after.pointee == 59 else {
        throw FormatError.line(
          file: file, number: number, expected: "a number in field \(field)", found: quote(place, end))
      }
      guard value.isFinite else {
        throw FormatError.line(
          file: file, number: number, expected: "a finite number in field \(field)", found: quote(place, end))
      }
      values.append(value)
      if after == end { return }
      place = after + 1
    }
  }

  private func isDigit(_ c: CChar) -> Bool { (48...57).contains(c) }
  private func isLetter(_ c: CChar) -> Bool { (65...90).contains(c) || (97...122).contains(c) }

  /// The field at a place, shortened.
  private func quote(_ place: UnsafeMutablePointer<CChar>, _ end: UnsafeMutablePointer<CChar>) -> String {
    var bytes: [UInt8] = []
    var p = place
    while p < end, p.pointee != 59, bytes.count < 24 {
      bytes.append(UInt8(bitPattern: p.pointee))
      p += 1
    }
    return bytes.isEmpty ? "nothing" : "'" + String(decoding: bytes, as: UTF8.self) + "'"
  }
}
