import Foundation

/// The first lines of a table: names of columns, units, and how its fields are divided.
struct TableHead {
  /// A comma, semicolon, tab, or blank for runs of blanks and tabs.
  var delimiter: UInt8
  /// Of the columns; empty where the first line is of numbers.
  var names: [String] = []
  /// Fields of a line.
  var columns: Int
  /// Lines above the first spot.
  var rows: Int
  /// Their bytes.
  var length: Int
  /// Fields of the rows below the names.
  var moreRows: [[String]] = []

  /// A text's lines, without ends, as far as they are whole.
  struct Lines {
    let bytes: [UInt8]
    /// Where each begins, and where it ends.
    let ranges: [(line: Range<Int>, next: Int)]

    init(_ bytes: [UInt8], isWhole: Bool, most: Int = 64) {
      self.bytes = bytes
      var ranges: [(Range<Int>, Int)] = [], start = 0
      while start < bytes.count, ranges.count < most {
        let feed = bytes[start...].firstIndex(of: 10)
        if feed == nil, !isWhole, !ranges.isEmpty { break }
        var end = feed ?? bytes.count
        let next = feed.map { $0 + 1 } ?? end
        if end > start, bytes[end - 1] == 13 { end -= 1 }
        ranges.append((start..<end, next))
        start = next
      }
      self.ranges = ranges
    }

    func fields(_ index: Int, _ delimiter: UInt8) -> [String] {
      TableHead.fields(bytes[ranges[index].line], delimiter)
    }

    func isBlank(_ index: Int) -> Bool { bytes[ranges[index].line].allSatisfy { $0 == 32 || $0 == 9 } }
  }

  /// - Parameter delimiter: nil where it is to be told from the first line.
  /// - Returns: nil where all lines are blank.
  init?(_ lines: Lines, delimiter: UInt8?) {
    guard let first = lines.ranges.indices.first(where: { !lines.isBlank($0) }) else { return nil }
    let line = lines.bytes[lines.ranges[first].line]
    self.delimiter = delimiter ?? Self.guess(line)
    let fields = lines.fields(first, self.delimiter)
    columns = fields.count
    rows = first
    length = first > 0 ? lines.ranges[first - 1].next : 0
    // A file of numbers alone has no names.
    if !fields.allSatisfy({ Self.isNumber($0) || $0.isEmpty }) {
      names = fields.map(visible)
      // `# track,frame` as numpy.savetxt writes it.
      if let name = names.first, name.hasPrefix("#") { names[0] = String(name.drop { $0 == "#" || $0 == " " }) }
      if self.delimiter == 32, names[0].isEmpty { names.removeFirst() }
      columns = names.count
      rows = first + 1
      length = lines.ranges[first].next
    }
  }

  /// Counts the rows below the names that are no spots yet: those whose field in a column is no number.
  mutating func skipRows(until column: Int, most: Int, _ lines: Lines) {
    while moreRows.count < most, rows < lines.ranges.count {
      let fields = lines.fields(rows, delimiter)
      guard fields.indices.contains(column), !Self.isNumber(fields[column]) else { break }
      moreRows.append(fields)
      length = lines.ranges[rows].next
      rows += 1
    }
  }

  /// Names as formats know them: lower case, without quotes, blanks and a unit in brackets.
  var plainNames: [String] { names.map { Self.split($0).name } }

  /// A name and its unit: `X pos (µm)`.
  static func split(_ text: String) -> (name: String, unit: String?) {
    let lower = text.lowercased()
    guard let open = lower.lastIndex(where: { $0 == "(" || $0 == "[" }), open != lower.startIndex,
      let last = lower.last, last == ")" || last == "]"
    else { return (lower, nil) }
    return (
      lower[..<open].trimmingCharacters(in: .whitespaces), String(lower[lower.index(after: open)...].dropLast())
    )
  }

  static func isNumber(_ text: String) -> Bool { Double(text) != nil }

  private static func guess(_ line: ArraySlice<UInt8>) -> UInt8 {
    var counts: [UInt8: Int] = [:], isQuoted = false
    for byte in line {
      if byte == 34 { isQuoted.toggle() }
      if !isQuoted, [44, 9, 59].contains(byte) { counts[byte, default: 0] += 1 }
    }
    return [44, 9, 59].max { (counts[$0] ?? 0) < (counts[$1] ?? 0) }.flatMap { counts[$0] == nil ? nil : $0 } ?? 32
  }

  /// The fields of a line, without blanks and quotes around them.
  static func fields(_ line: ArraySlice<UInt8>, _ delimiter: UInt8) -> [String] {
    var fields: [String] = [], field: [UInt8] = [], isQuoted = false, wasQuoted = false
    func text() -> String {
      let text = String(decoding: field, as: UTF8.self)
      return wasQuoted ? text : text.trimmingCharacters(in: .whitespaces)
    }
    var place = line.startIndex
    while place < line.endIndex {
      let byte = line[place]
      place += 1
      if isQuoted {
        if byte != 34 {
          field.append(byte)
        } else if place < line.endIndex, line[place] == 34 {
          field.append(34)
          place += 1
        } else {
          isQuoted = false
        }
      } else if byte == 34, field.allSatisfy({ $0 == 32 }) {
        (isQuoted, wasQuoted, field) = (true, true, [])
      } else if byte == delimiter || (delimiter == 32 && byte == 9) {
        if delimiter != 32 || !field.isEmpty || wasQuoted { fields.append(text()) }
        (field, wasQuoted) = ([], false)
      } else if !wasQuoted || byte != 32 {
        field.append(byte)
      }
    }
    if delimiter != 32 || !field.isEmpty || wasQuoted { fields.append(text()) }
    return fields
  }
}
