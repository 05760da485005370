/// Reads the tracks of a file one after the other, in memory that does not grow with their number.
public protocol TrackReader: AnyObject {
  /// The software or layout, for a person to read.
  var format: String { get }
  /// What the file says of its units; complete once the first track is read.
  var units: TrackUnits { get }
  /// What a user should know of how the file was read, in sentences; complete after the last track.
  var notes: [String] { get }
  /// The next track; nil at the end.
  /// - Throws: `FormatError` or `HDF5Error` where the file is damaged.
  func next() throws -> TrackEntry?
}

extension TrackReader {
  /// Nothing to be said.
  public var notes: [String] { [] }
}

/// What a user says of a file of tracks.
public struct TrackOptions: Sendable, Equatable {
  /// Which columns of a table are meant; nil where the format is to be told from the contents.
  public var columns: ColumnMap?
  /// Between fields: a comma, semicolon, tab, or blank for runs of blanks and tabs.
  public var delimiter: Character?
  /// Micrometres in a pixel.
  public var pixelSize: Double?
  /// Seconds between frames.
  public var frameInterval: Double?

  /// What is nil is told from the file.
  public init(
    columns: ColumnMap? = nil, delimiter: Character? = nil, pixelSize: Double? = nil, frameInterval: Double? = nil
  ) {
    self.columns = columns
    self.delimiter = delimiter
    self.pixelSize = pixelSize
    self.frameInterval = frameInterval
  }

  /// The units of a file in the light of what the user says.
  /// - Throws: `FormatError.refused` where pixels have a size, but the file is in a unit of length already.
  public func units(_ found: TrackUnits, file: String) throws -> TrackUnits {
    if pixelSize != nil, found.micrometres != nil {
      throw FormatError.refused(
        file: file, found: "has positions in a unit of length already, not in pixels", wayOut: "leave out --pixel-size")
    }
    return TrackUnits(micrometres: pixelSize ?? found.micrometres, seconds: frameInterval ?? found.seconds)
  }
}

/// The columns of a table by name, or by number from 1 where it has no names.
public struct ColumnMap: Sendable, Equatable {
  /// Names of the parts, in the order in which they are told about.
  static let parts = ["track", "frame", "x", "y", "z"]
  /// Column of each part.
  let columns: [String: String]

  /// - Parameter text: such as `track=ID,frame=T,x=X,y=Y`; `frame` and `x` are needed. A file without `track` is one
  ///   track.
  /// - Returns: nil where the text is no such list.
  public init?(_ text: String) {
    var columns: [String: String] = [:]
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = item.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
      guard sides.count == 2, !sides[1].isEmpty else { return nil }
      let part = sides[0].lowercased()
      guard Self.parts.contains(part), columns.updateValue(String(sides[1]), forKey: part) == nil else { return nil }
    }
    guard columns["frame"] != nil, columns["x"] != nil, columns["z"] == nil || columns["y"] != nil else { return nil }
    self.columns = columns
  }
}
