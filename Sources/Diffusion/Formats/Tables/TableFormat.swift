/// A kind of table that a tracking program writes, told from others by the names of its columns.
struct TableFormat: Sendable {
  /// Parts of a spot.
  enum Part: String, CaseIterable, Sendable {
    case track, frame, x, y, z
  }

  /// The software, for a person to read.
  let title: String
  /// What the columns are named, in lower case and without units; parts that are not here are not in the format.
  let names: [Part: [String]]
  /// Other columns that must be there, which tell this format from others.
  var markers: [String] = []
  /// Whether a file may lack the column of tracks, and then is one track of nothing but spots.
  var mayLackTrack = false
  /// Whether `frame` is a time in `timeUnit`, and not a whole number.
  var hasTimes = false
  /// Whether a negative track means none.
  var skipsNegative = false
  /// Rows below the names that may hold names again and units.
  var moreHeaderRows = 0
  /// The column with a time in `timeUnit` beside the frame number, from which the frame interval is told.
  var time: String?
  /// Of positions, by the name of the unit; nil for pixels.
  var lengthUnit: String?
  var timeUnit: String?

  /// Formats in the order in which they are tried: those that ask for most come first.
  static let all: [TableFormat] = [
    trackMateSpots, motilityLab, mosaicTable, spotOn, saspt, andi2, trackpy, gemspa, napari, plain, trait2D,
  ]

  /// The column of each part.
  /// - Parameter names: as in `names`.
  func columns(_ names: [String]) -> [Part: Int] {
    self.names.compactMapValues { known in known.lazy.compactMap { names.firstIndex(of: $0) }.first }
  }

  /// Names of columns that are needed and not there.
  func missing(_ names: [String]) -> [String] {
    let found = columns(names)
    let parts = Part.allCases.filter { self.names[$0] != nil && $0 != .z && !(mayLackTrack && $0 == .track) }
    return parts.filter { found[$0] == nil }.map { self.names[$0]![0] } + markers.filter { !names.contains($0) }
  }

  /// Whether a table is of this kind.
  func fits(_ names: [String]) -> Bool {
    guard missing(names).isEmpty else { return false }
    let found = columns(names)
    // Columns that nobody knows may well be the tracks' names.
    return found[.track] != nil || self.names[.track] == nil || found.count == names.filter { !$0.isEmpty }.count
  }
}
