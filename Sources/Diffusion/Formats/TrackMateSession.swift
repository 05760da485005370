import Foundation

/// The file in which TrackMate saves a session: all spots, and tracks as edges between spots.
///
/// The file is read twice: first the edges, which say to which track a spot belongs, then the spots. Tracks that are
/// hidden by a filter (not listed in `FilteredTracks`) and spots without a track are left out and counted.
final class TrackMateSession: TrackReader {
  let format = "TrackMate session XML"
  private(set) var units = TrackUnits()
  private(set) var notes: [String] = []
  private let rows: RowTracks
  private let tracks: [String]

  /// Which track a spot belongs to, by the number of the spot.
  private struct Owners {
    /// 0 is none, else the track's place plus one; spots are numbered from 0 on, closely.
    private var near: [UInt32] = []
    /// For numbers that would make the list above much longer than the file.
    private var far: [Int: UInt32] = [:]
    private var count = 0

    subscript(spot: Int) -> UInt32 { near.indices.contains(spot) ? near[spot] : far[spot] ?? 0 }

    mutating func set(_ spot: Int, _ track: UInt32) {
      count += 1
      if spot >= 0, spot < 16 * count + 1_000_000 {
        if spot >= near.count { near += [UInt32](repeating: 0, count: max(spot + 1, 2 * near.count) - near.count) }
        near[spot] = track
      } else {
        far[spot] = track
      }
    }
  }

  /// Reads the whole file; it is at its beginning.
  init(_ bytes: ByteSource) throws {
    rows = try RowTracks(coordinates: 3, clock: .frames)
    var owners = Owners()
    var unit: String?
    (tracks, units, unit) = try Self.readTracks(XMLScanner(bytes), &owners)
    notes += [TrackUnits.note(unit)].compactMap { $0 }
    try bytes.seek(to: 0)
    try readSpots(XMLScanner(bytes), owners)
    notes += rows.notes
  }

  private static func whole(_ xml: XMLScanner, _ name: StaticString) throws -> Int {
    let value = try xml.required(name)
    guard let whole = Int(exactly: value) else {
      throw xml.error(expected: "a whole number as \(name) of <\(xml.elementName)>", found: "\(value)")
    }
    return whole
  }

  /// Names of the tracks, and units, that of length also by its name; the owners of spots are noted.
  private static func readTracks(
    _ xml: XMLScanner, _ owners: inout Owners
  ) throws -> (tracks: [String], units: TrackUnits, lengthUnit: String?) {
    var units = TrackUnits(), lengthUnit: String?, timeUnit: Double?
    var all: [String] = [], visible: Set<String>?
    while let tag = try xml.next() {
      guard tag == .start else { continue }
      if xml.isNamed("Edge") {
        guard !all.isEmpty else { throw xml.error(expected: "<Edge> in a <Track>", found: "one outside") }
        for name in ["SPOT_SOURCE_ID", "SPOT_TARGET_ID"] as [StaticString] {
          owners.set(try whole(xml, name), UInt32(all.count))
        }
      } else if xml.isNamed("Track") {
        all.append("\(try whole(xml, "TRACK_ID"))")
      } else if xml.isNamed("FilteredTracks") {
        visible = []
      } else if xml.isNamed("TrackID") {
        visible?.insert("\(try whole(xml, "TRACK_ID"))")
      } else if xml.isNamed("Model") {
        lengthUnit = xml.attribute("spatialunits")
        units.micrometres = lengthUnit.flatMap(TrackUnits.micrometres)
        timeUnit = xml.attribute("timeunits").flatMap(TrackUnits.seconds)
      } else if xml.isNamed("ImageData"), let interval = xml.number("timeinterval"), interval > 0, interval.isFinite {
        units.seconds = timeUnit.map { $0 * interval }
      } else if xml.depth == 1, !xml.isNamed("TrackMate") {
        throw xml.error(expected: "<TrackMate>", found: "<\(xml.elementName)>")
      }
    }
    // A hidden track's name is empty.
    return (all.map { visible?.contains($0) ?? true ? $0 : "" }, units, lengthUnit)
  }

  private func readSpots(_ xml: XMLScanner, _ owners: Owners) throws {
    var alone = 0, hidden = 0
    while let tag = try xml.next() {
      guard tag == .start, xml.isNamed("Spot") else { continue }
      let owner = owners[try Self.whole(xml, "ID")]
      guard owner > 0 else {
        alone += 1
        continue
      }
      guard !tracks[Int(owner) - 1].isEmpty else {
        hidden += 1
        continue
      }
      try rows.add(
        track: tracks[Int(owner) - 1], line: xml.line, time: Double(try Self.whole(xml, "FRAME")),
        position: (
          try xml.required("POSITION_X"), try xml.required("POSITION_Y"), xml.number("POSITION_Z") ?? .nan
        ))
    }
    if alone > 0 { notes.append(RowTracks.unassigned(alone)) }
    let count = tracks.filter(\.isEmpty).count
    if count > 0 {
      notes.append("TrackMate's filters hide \(count) of the tracks, with \(hidden) spots: they are left out.")
    }
  }

  func next() throws -> TrackEntry? { try rows.next() }
}
