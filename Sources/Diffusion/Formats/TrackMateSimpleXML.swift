import Foundation

/// TrackMate's "Export tracks to XML file": `<Tracks>` of `<particle>` of `<detection t= x= y= z=>`.
///
/// `t` is the number of the frame, positions are in `spaceUnits`. Tracks have no names; they are numbered from 1 in the
/// order of the file.
final class TrackMateSimpleXML: TrackReader {
  let format = "TrackMate tracks XML"
  private(set) var units = TrackUnits()
  private let rows: RowTracks

  private var unitNote: String?

  var notes: [String] { [unitNote].compactMap { $0 } + rows.notes }

  /// Reads the whole file; it is at its beginning.
  init(_ bytes: ByteSource) throws {
    rows = try RowTracks(coordinates: 3, clock: .frames)
    let xml = XMLScanner(bytes)
    var particles = 0
    while let tag = try xml.next() {
      guard tag == .start else { continue }
      if xml.isNamed("detection"), xml.depth == 3 {
        let frame = try xml.required("t")
        guard frame == frame.rounded(), abs(frame) < 1e15 else {
          throw xml.error(expected: "a whole frame number as t of <detection>", found: "\(frame)")
        }
        try rows.add(
          track: "\(particles)", line: xml.line, time: frame,
          position: (try xml.required("x"), try xml.required("y"), xml.number("z") ?? .nan))
      } else if xml.isNamed("particle"), xml.depth == 2 {
        particles += 1
      } else if xml.depth == 1 {
        guard xml.isNamed("Tracks") else {
          throw xml.error(expected: "<Tracks>", found: "<\(xml.elementName)>")
        }
        unitNote = TrackUnits.note(xml.attribute("spaceUnits"))
        units.micrometres = xml.attribute("spaceUnits").flatMap(TrackUnits.micrometres)
        if let unit = xml.attribute("timeUnits").flatMap(TrackUnits.seconds),
          let interval = xml.number("frameInterval"), interval > 0, interval.isFinite
        {
          units.seconds = interval * unit
        }
      }
    }
  }

  func next() throws -> TrackEntry? { try rows.next() }
}
