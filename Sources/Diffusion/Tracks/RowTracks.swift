import CDiffusion
import Foundation

/// Makes tracks of the rows of a file, whatever its format: gathers them by track, puts them in order of time, and
/// turns times into frame numbers.
final class RowTracks {
  /// What the times of the rows are.
  enum Clock {
    /// Whole numbers.
    case frames
    /// Seconds or another unit; the step between frames is the smallest that occurs, if it is not given.
    case times(step: Double?)
  }

  /// Names, steps and ranges of what was kept.
  var table = zs_table()
  let store: RowStore
  /// May change until the first track is read.
  var clock: Clock
  private let coordinates: Int
  private var nextTrack = 0
  private var rows: [zs_row] = []

  /// - Parameter coordinates: of each row, 1 to 3.
  init(coordinates: Int, clock: Clock) throws {
    guard let names = zs_names_make() else { throw FormatError.system(file: "Memory", reason: "there is none") }
    table.names = names
    store = RowStore(coordinates: coordinates)
    self.coordinates = coordinates
    self.clock = clock
  }

  deinit {
    zs_table_free(&table)
    zs_names_free(table.names)
  }

  /// Keeps one point of a track.
  func add(track: String, line: Int, time: Double, position: (Double, Double, Double)) throws {
    let number = track.withCString { zs_names_number(table.names, $0, track.utf8.count) }
    guard number >= 0 else { throw FormatError.system(file: "Memory", reason: "there are too many tracks for it") }
    var row = zs_row(
      track: UInt32(number), line: UInt32(truncatingIfNeeded: line), time: time,
      position: (finite(position.0), finite(position.1), finite(position.2)))
    guard zs_table_note(&table, &row) != 0 else {
      throw FormatError.system(file: "Memory", reason: "there are too many tracks for it")
    }
    store.next.initialize(to: row)
    try store.keep(1)
  }

  private func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }

  /// Of all tracks: a z that never changes is that of a plane.
  var dimension: Int { coordinates == 3 && table.least_z >= table.most_z ? 2 : coordinates }

  /// Steps of frame numbers, or of time, from one frame to the next.
  var step: Double {
    switch clock {
    case .frames: max(1, table.least_step)
    case .times(let given):
      given ?? (table.step_count > 0 ? table.step_sum / Double(table.step_count) : 1)
    }
  }

  /// What a user should know of all tracks.
  var notes: [String] {
    var notes: [String] = []
    if coordinates == 3, dimension == 2 {
      let z = table.least_z.isFinite ? "is \(table.least_z) everywhere" : "is empty"
      notes.append("The z coordinate \(z): the tracks are taken as two-dimensional.")
    }
    if case .frames = clock, table.least_step > 1 {
      notes.append("Frame numbers are \(Int(table.least_step)) apart or more: that is taken as one time step.")
    }
    if case .times(nil) = clock, table.step_count > 0 {
      notes.append(String(format: "The time step is %.6g, the smallest in the file.", step))
    }
    if table.unassigned > 0 { notes.append(Self.unassigned(Int(table.unassigned))) }
    return notes
  }

  /// What is said of spots without a track.
  static func unassigned(_ count: Int) -> String {
    count == 1 ? "1 spot belongs to no track." : "\(count) spots belong to no track."
  }

  /// The next track, once all rows are kept; tracks come in the order of their first rows.
  func next() throws -> TrackEntry? {
    guard nextTrack < zs_names_count(table.names) else { return nil }
    let count = try store.take(track: UInt32(nextTrack), into: &rows)
    var length = 0
    let text = zs_names_text(table.names, nextTrack, &length)
    let id = String(
      decoding: UnsafeBufferPointer(start: text, count: length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    nextTrack += 1
    if count > RowStore.mostPoints {
      return .problem(id: id, points: count, .tooManyPoints(most: RowStore.mostPoints))
    }
    do { return .track(try track(id)) } catch { return .problem(id: id, points: count, error) }
  }

  private func track(_ id: String) throws(TrackProblem) -> Track {
    let isUnordered = zip(rows, rows.dropFirst()).contains { $0.time > $1.time }
    if isUnordered {
      // Rows of one time stay as they are in the file.
      rows.sort { ($0.time, $0.line) < ($1.time, $1.line) }
    }
    let whole = rows.count, dimension = dimension
    rows.removeAll { row in
      let (x, y, z) = row.position
      return !(x.isFinite && (dimension < 2 || y.isFinite) && (dimension < 3 || z.isFinite))
    }
    guard !rows.isEmpty else { throw .noPosition(points: whole) }
    var result = Track(id: id, dimension: dimension, frames: try frames(), positions: positions(dimension))
    result.lostPoints = whole - rows.count
    result.wasUnordered = isUnordered
    return result
  }

  private func positions(_ dimension: Int) -> [Double] {
    let count = rows.count
    return [Double](unsafeUninitializedCapacity: count * dimension) { buffer, used in
      for index in 0..<count {
        let (x, y, z) = rows[index].position
        buffer[index] = x
        if dimension > 1 { buffer[count + index] = y }
        if dimension > 2 { buffer[2 * count + index] = z }
      }
      used = count * dimension
    }
  }

  private func frames() throws(TrackProblem) -> [Int] {
    let step = step, first = (rows[0].time / step).rounded()
    guard abs(first) < 1e15, abs(rows[rows.count - 1].time / step) < 1e15 else {
      throw .frameNumber(abs(first) < 1e15 ? rows[rows.count - 1].time : rows[0].time)
    }
    // A frame keeps the number that it has in the file.
    if case .frames = clock, step == 1 {
      var frames: [Int] = []
      frames.reserveCapacity(rows.count)
      for (index, row) in rows.enumerated() {
        let frame = Int(row.time)
        if index > 0, frame == frames[index - 1] { throw duplicate(frame, index) }
        frames.append(frame)
      }
      return frames
    }
    var frames = [Int(first)]
    for index in 1..<max(1, rows.count) {
      // From point to point: rounded times would drift away from multiples of the step.
      let difference = rows[index].time - rows[index - 1].time, steps = (difference / step).rounded()
      if steps == 0 { throw duplicate(frames[index - 1], index) }
      guard abs(difference / step - steps) <= 0.25 else {
        throw .irregularTime(line: Int(rows[index].line), difference: difference, step: step)
      }
      frames.append(frames[index - 1] + Int(steps))
    }
    return frames
  }

  private func duplicate(_ frame: Int, _ index: Int) -> TrackProblem {
    .duplicateFrame(frame: frame, lines: [Int(rows[index - 1].line), Int(rows[index].line)].sorted())
  }
}
