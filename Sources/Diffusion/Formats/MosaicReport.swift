import CDiffusion
import Foundation

/// The text report of MOSAIC ParticleTracker: `%% Trajectory 1` opens a track, then a line a spot: frame, x, y, z, and
/// moments, with blanks between; pixels.
final class MosaicReport: TrackReader {
  let format = "MOSAIC ParticleTracker report"
  let units = TrackUnits()
  private let rows: RowTracks
  var notes: [String] { rows.notes }

  /// Reads the whole file; it is at its beginning.
  init(_ bytes: ByteSource) throws {
    rows = try RowTracks(coordinates: 3, clock: .frames)
    let lines = LineReader(bytes)
    var track: String?
    var values: [Double] = []
    while try lines.next({ line in
      let text = line.drop { $0 == 32 || $0 == 9 }
      if text.isEmpty { return }
      if text.first == 37 {
        let words = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
          .drop { $0 == "%" || $0 == " " }.split(separator: " ")
        if words.count == 2, words[0].lowercased() == "trajectory" { track = String(words[1]) }
        return
      }
      guard let track else {
        throw lines.error(expected: "'%% Trajectory' and a number before the first spot", found: "numbers")
      }
      try lines.words(line, into: &values, least: 4)
      guard values[0] == values[0].rounded(), abs(values[0]) < 1e15 else {
        throw lines.error(expected: "a whole frame number in field 1", found: "\(values[0])")
      }
      try rows.add(track: track, line: lines.number, time: values[0], position: (values[1], values[2], values[3]))
    }) {}
  }

  func next() throws -> TrackEntry? { try rows.next() }
}
