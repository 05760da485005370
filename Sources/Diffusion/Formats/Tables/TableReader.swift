import CDiffusion
import Foundation

/// Reads the tracks of a table whose columns are known.
final class TableReader: TrackReader {
  let format: String
  let units: TrackUnits
  private let rows: RowTracks

  private let unitNote: String?

  var notes: [String] { [unitNote].compactMap { $0 } + rows.notes }
  func next() throws -> TrackEntry? { try rows.next() }

  /// What the parts of a spot are, and in which units.
  private struct Meaning {
    var title: String
    var skipsNegative = false
    /// Nil: whole numbers are frames, others times.
    var hasTimes: Bool?
    var lengthUnit: String?
    var timeUnit: String?
    /// Of a time beside the frame number.
    var timeColumn: Int?
  }

  /// Reads the whole file; it is at its beginning.
  /// - Throws: `FormatError` where the table is of no known kind, or a line does not fit.
  init(_ bytes: ByteSource, options: TrackOptions) throws {
    let isWhole = try !bytes.fill(atLeast: 1 << 18)
    let lines = TableHead.Lines(bytes.unread.map { UInt8(bitPattern: $0) }, isWhole: isWhole)
    let delimiter = options.delimiter?.asciiValue
    guard var head = TableHead(lines, delimiter: delimiter) else { throw FormatError.empty(file: bytes.file) }
    var meaning: Meaning
    let columns: [TableFormat.Part: Int]
    if let map = options.columns {
      columns = try Self.columns(map, head, file: bytes.file)
      meaning = Meaning(title: "table")
    } else {
      let found = try Self.recognise(head, lines, file: bytes.file)
      columns = found.columns(head.plainNames)
      meaning = Meaning(
        title: found.title, skipsNegative: found.skipsNegative, hasTimes: found.hasTimes,
        lengthUnit: found.lengthUnit, timeUnit: found.timeUnit,
        timeColumn: found.time.flatMap { head.plainNames.firstIndex(of: $0) })
      head.skipRows(until: columns[.frame] ?? 0, most: found.moreHeaderRows, lines)
    }
    func unit(_ column: Int?) -> String? {
      guard let column else { return nil }
      let below = head.moreRows.lazy.compactMap { row -> String? in
        guard row.indices.contains(column), row[column].hasPrefix("("), row[column].hasSuffix(")") else { return nil }
        return String(row[column].dropFirst().dropLast())
      }.first
      return below ?? (head.names.indices.contains(column) ? TableHead.split(head.names[column]).unit : nil)
    }
    meaning.lengthUnit = unit(columns[.x]) ?? meaning.lengthUnit
    meaning.timeUnit = unit(meaning.timeColumn ?? columns[.frame]) ?? meaning.timeUnit
    format = meaning.title
    unitNote = TrackUnits.note(meaning.lengthUnit)
    let second = meaning.timeUnit.flatMap(TrackUnits.seconds)
    let givenStep = options.frameInterval.map { $0 / (second ?? 1) }
    rows = try RowTracks(
      coordinates: columns[.z] != nil ? 3 : columns[.y] != nil ? 2 : 1,
      clock: meaning.hasTimes == true ? .times(step: givenStep) : .frames)
    let interval = meaning.timeColumn.flatMap { Self.interval($0, columns, head, lines) }
    try Self.read(bytes, into: rows, head, columns, meaning)
    if meaning.hasTimes == nil, rows.table.has_fractions != 0 { rows.clock = .times(step: givenStep) }
    units = TrackUnits(
      micrometres: meaning.lengthUnit.flatMap(TrackUnits.micrometres),
      seconds: Self.seconds(rows, interval: interval, second: second, given: options.frameInterval))
  }

  /// Seconds from one step to the next; nil where nobody knows.
  private static func seconds(_ rows: RowTracks, interval: Double?, second: Double?, given: Double?) -> Double? {
    switch rows.clock {
    case .frames:
      // A given interval is that of frame numbers, of which a step may have several.
      return (given ?? interval.flatMap { interval in second.map { interval * $0 } }).map { $0 * rows.step }
    case .times: return second.map { rows.step * $0 } ?? given
    }
  }

  // MARK: Columns

  private static func columns(_ map: ColumnMap, _ head: TableHead, file: String) throws -> [TableFormat.Part: Int] {
    var columns: [TableFormat.Part: Int] = [:], missing: [String] = []
    let names = head.names.map { $0.lowercased() }, plain = head.plainNames
    for part in TableFormat.Part.allCases {
      guard let wanted = map.columns[part.rawValue] else { continue }
      let lower = wanted.lowercased()
      if let place = names.firstIndex(of: lower) ?? plain.firstIndex(of: lower) {
        columns[part] = place
        try checkUnique(names[place], names, file: file)
      } else if let number = Int(wanted), (1...head.columns).contains(number) {
        columns[part] = number - 1
      } else {
        missing.append(wanted)
      }
    }
    guard missing.isEmpty else {
      let found = head.names.isEmpty ? ["1 to \(head.columns), without names"] : head.names
      throw FormatError.columns(file: file, format: "a table of tracks", missing: missing, found: found)
    }
    guard Set(columns.values).count == columns.count else {
      throw FormatError.refused(
        file: file, found: "has one column under two names in --columns", wayOut: "each part needs a column of its own")
    }
    return columns
  }

  private static func checkUnique(_ name: String, _ names: [String], file: String) throws {
    guard names.filter({ $0 == name }).count > 1 else { return }
    throw FormatError.refused(
      file: file, found: "has several columns '\(name)'", wayOut: "give columns by number, e.g. --columns track=1,...")
  }

  private static func recognise(_ head: TableHead, _ lines: TableHead.Lines, file: String) throws -> TableFormat {
    let names = head.plainNames, line = max(1, head.rows)
    if let other = TableFormat.otherTrackMateTable(names) {
      throw FormatError.refused(
        file: file, found: "is TrackMate's table of \(other)", wayOut: "export the Spots table, which has the positions"
      )
    }
    if let found = TableFormat.all.first(where: { $0.fits(names) }) {
      for column in found.columns(names).values { try checkUnique(names[column], names, file: file) }
      return found
    }
    // A table whose tracks are named as a format names them lacks something else.
    let near = TableFormat.all.filter { format in
      let found = format.columns(names)
      return found[.track] != nil && found.count >= 2 && format.missing(names).count == 1 && !format.hasTimes
    }
    if let format = near.first, !head.names.isEmpty {
      throw FormatError.columns(file: file, format: format.title, missing: format.missing(names), found: head.names)
    }
    let text =
      lines.ranges.indices.contains(line - 1)
      ? quoted(lines.bytes[lines.ranges[line - 1].line].map { CChar(bitPattern: $0) }, most: 60) : "nothing"
    throw FormatError.unknown(
      file: file, line: line, text: text,
      reason: head.names.isEmpty
        ? "a table needs names of columns, or --columns track=1,frame=2,x=3,y=4 by number"
        : names.contains("x")
          ? "no column is known to name the tracks and frames; name all with --columns track=ID,frame=T,x=X,y=Y"
          : "no known names of columns; name them with --columns track=ID,frame=T,x=X,y=Y",
      tried: TrackFile.kinds)
  }

  // MARK: Rows

  /// Difference of time over difference of frame number, from the first lines.
  private static func interval(
    _ time: Int, _ columns: [TableFormat.Part: Int], _ head: TableHead, _ lines: TableHead.Lines
  ) -> Double? {
    guard let frame = columns[.frame] else { return nil }
    var first: (frame: Double, time: Double)?
    let all = TableHead.Lines(lines.bytes, isWhole: false, most: 20_000)
    for index in all.ranges.indices.dropFirst(head.rows) {
      let fields = all.fields(index, head.delimiter)
      guard fields.indices.contains(max(time, frame)), let f = Double(fields[frame]), let t = Double(fields[time])
      else { continue }
      if let first, f != first.frame {
        let interval = (t - first.time) / (f - first.frame)
        return interval > 0 && interval.isFinite ? interval : nil
      }
      first = first ?? (f, t)
    }
    return nil
  }

  private static func read(
    _ bytes: ByteSource, into rows: RowTracks, _ head: TableHead, _ columns: [TableFormat.Part: Int],
    _ meaning: Meaning
  ) throws {
    bytes.consume(head.length)
    let codes: [TableFormat.Part: zs_role] = [.track: ZS_TRACK, .frame: ZS_TIME, .x: ZS_X, .y: ZS_Y, .z: ZS_Z]
    var roles = [UInt8](repeating: 0, count: head.columns)
    for (part, column) in columns { roles[column] = UInt8(codes[part]!.rawValue) }
    rows.table.delimiter = CChar(head.delimiter)
    rows.table.whole_frames = meaning.hasTimes == false ? 1 : 0
    rows.table.skips_negative = meaning.skipsNegative ? 1 : 0
    rows.table.columns = Int32(head.columns)
    rows.table.last = Int32(columns.values.max() ?? 0)
    rows.table.line = UInt64(head.rows)
    try roles.withUnsafeBufferPointer { roles in
      rows.table.roles = roles.baseAddress
      defer { rows.table.roles = nil }
      var isMore = true
      while isMore || bytes.unread.count > 0 {
        let unread = bytes.unread
        let feed = unread.lastIndex(of: 10)
        guard let start = unread.baseAddress, feed != nil || !isMore else {
          isMore = try bytes.fill(most: 1 << 26)
          continue
        }
        // At the end of the file a line needs no line feed.
        let whole = UnsafePointer(start) + (isMore ? feed! + 1 : unread.count)
        var rest: UnsafePointer<CChar>?
        let count = zs_table_read(&rows.table, start, whole, rows.store.next, rows.store.free, &rest)
        if rows.table.problem != 0 { throw problem(rows.table, bytes, head) }
        try rows.store.keep(count)
        bytes.consume(rest! - UnsafePointer(start))
      }
    }
  }

  private static func problem(_ table: zs_table, _ bytes: ByteSource, _ head: TableHead) -> FormatError {
    let line = Int(table.line) + 1, column = Int(table.column)
    let name = head.names.indices.contains(column) ? "'\(head.names[column])' (\(column + 1))" : "\(column + 1)"
    // The decimal comma that is complained about belongs to the field.
    var field: [CChar] = [], place = table.place
    var commas = zs_problem(UInt32(table.problem)) == ZS_COMMA ? 1 : 0
    while let c = place?.pointee, c != 0, c != 10, c != 13, field.count < 25 {
      if c == 44, head.delimiter == 44 || commas > 0 { commas -= 1 }
      if commas < 0 || c == CChar(head.delimiter) && c != 44 || c == 34 && !field.isEmpty { break }
      field.append(c)
      place = place.map { $0 + 1 }
    }
    func wrong(_ expected: String, _ found: String? = nil) -> FormatError {
      .field(file: bytes.file, line: line, column: name, expected: expected, found: found ?? quoted(field))
    }
    switch zs_problem(UInt32(table.problem)) {
    case ZS_NUMBER: return wrong("a number")
    case ZS_COMMA: return wrong("a decimal point (export the file again with another language setting)")
    case ZS_NO_TIME: return wrong("a frame number or time")
    case ZS_FRACTION: return wrong("a whole frame number")
    case ZS_QUOTE: return wrong("a quote that is closed before the next delimiter or the end of the line")
    case ZS_FIELDS:
      let isMore = table.column > table.columns
      let hint = isMore ? head.delimiter == 44 ? " (decimal commas, or R's row names?)" : " (R's row names?)" : ""
      return .line(
        file: bytes.file, number: line, expected: "\(table.columns) fields as in the first line",
        found: "\(table.column)\(hint)")
    case ZS_TOO_MANY: return wrong("fewer than 4294967295 lines", "more")
    default: return .system(file: bytes.file, reason: "there is too little memory for the names of its tracks")
    }
  }
}
