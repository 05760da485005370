import CDiffusion
import Foundation

/// Puts rows that come in any order together by track, in bounded memory.
///
/// Tracking programs write spots frame by frame, so that a track's rows lie all over the file. Rows are gathered up to
/// a million, sorted by track, and written to a temporary file as one run; in the end the runs are read side by side.
/// A set that fits into one run stays in memory.
final class RowStore {
  /// Points of a track that are held in memory at a time; a longer one is not handed out.
  static let mostPoints = 1 << 20

  private let room: Int
  /// Coordinates that are kept; z is the last.
  private let coordinates: Int
  private var rows: UnsafeMutablePointer<zs_row>
  private(set) var free: Int
  private var order: [UInt32] = []
  private var runs: [Run] = []
  private var spill: TemporaryFile?
  private var isSorted = false

  /// A part of the temporary file, sorted by track, or the rows in memory.
  private final class Run {
    var place: Int, end: Int
    var buffer: [UInt8] = []
    var used = 0

    init(_ range: Range<Int>) { (place, end) = (range.lowerBound, range.upperBound) }
  }

  /// - Parameters:
  ///   - coordinates: 1, 2 or 3 of each row are kept.
  ///   - room: rows of a run.
  init(coordinates: Int, room: Int = 1 << 20) {
    self.coordinates = coordinates
    self.room = room
    free = room
    rows = .allocate(capacity: room)
  }

  deinit { rows.deallocate() }

  /// Memory for the next `free` rows.
  var next: UnsafeMutablePointer<zs_row> { rows + (room - free) }

  /// Keeps the first `count` rows of `next`.
  /// - Throws: `FormatError.system` where the temporary file can't be written.
  func keep(_ count: Int) throws {
    free -= count
    if free == 0 { try writeRun() }
  }

  private var bytesOfRow: Int { MemoryLayout<zs_row>.size - (3 - coordinates) * 8 }

  private func sort() {
    let count = room - free
    order = [UInt32](repeating: 0, count: count)
    var scratch = order
    zs_rows_order(rows, count, &order, &scratch)
  }

  private func writeRun() throws {
    let file = try spill ?? TemporaryFile()
    spill = file
    sort()
    let size = bytesOfRow, start = file.size
    var buffer = [UInt8](repeating: 0, count: size * 8192)
    for begin in stride(from: 0, to: order.count, by: 8192) {
      let count = min(8192, order.count - begin)
      buffer.withUnsafeMutableBytes { bytes in
        for index in 0..<count {
          memcpy(bytes.baseAddress! + index * size, rows + Int(order[begin + index]), size)
        }
      }
      try file.append(buffer, count: count * size)
    }
    runs.append(Run(start..<file.size))
    free = room
  }

  /// Hands out the rows of one track; call it with 0, 1, 2, ... once all rows are kept.
  ///
  /// Rows come in the order in which they were kept.
  /// - Returns: the number of rows, where there are more than fit into `found`.
  func take(track: UInt32, into found: inout [zs_row]) throws -> Int {
    if !isSorted {
      isSorted = true
      if runs.isEmpty {
        sort()
        runs = [Run(0..<order.count)]
      } else {
        if free < room { try writeRun() }
        order = []
      }
    }
    found.removeAll(keepingCapacity: true)
    var count = 0
    for run in runs {
      while let row = try peek(run), row.track == track {
        count += 1
        if count <= Self.mostPoints { found.append(row) }
        advance(run)
      }
    }
    return count
  }

  private func peek(_ run: Run) throws -> zs_row? {
    guard let spill else { return run.place < run.end ? rows[Int(order[run.place])] : nil }
    let size = bytesOfRow
    if run.used == run.buffer.count {
      guard run.place < run.end else { return nil }
      run.buffer = try spill.read(at: run.place, count: min(run.end - run.place, size * 4096))
      run.place += run.buffer.count
      run.used = 0
    }
    var row = zs_row(track: 0, line: 0, time: 0, position: (.nan, .nan, .nan))
    run.buffer.withUnsafeBytes { _ = memcpy(&row, $0.baseAddress! + run.used, size) }
    return row
  }

  private func advance(_ run: Run) {
    if spill == nil { run.place += 1 } else { run.used += bytesOfRow }
  }
}

/// A file without a name, gone when it is closed.
private final class TemporaryFile {
  private let descriptor: Int32
  private let folder: String
  private(set) var size = 0

  init() throws {
    folder = FileManager.default.temporaryDirectory.path
    var template = Array((folder + "/zoo-tracks-XXXXXX").utf8CString)
    descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Self.failure(folder) }
    unlink(template)
  }

  deinit { close(descriptor) }

  private static func failure(_ folder: String) -> FormatError {
    FormatError.system(
      file: "A temporary file in \(folder)",
      reason: String(cString: strerror(errno)) + "; the environment variable TMPDIR names another folder")
  }

  func append(_ bytes: [UInt8], count: Int) throws {
    var done = 0
    while done < count {
      let written = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, count - done, off_t(size + done))
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.failure(folder) }
      done += written
    }
    size += count
  }

  func read(at place: Int, count: Int) throws -> [UInt8] {
    var done = 0
    var bytes = [UInt8](repeating: 0, count: count)
    while done < count {
      let found = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, count - done, off_t(place + done))
      }
      if found < 0, errno == EINTR { continue }
      guard found > 0 else { throw Self.failure(folder) }
      done += found
    }
    return bytes
  }
}
