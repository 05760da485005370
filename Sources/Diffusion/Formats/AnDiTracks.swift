/// Trajectories of the AnDi Challenge's text format as tracks: the number of the line is a track's name.
final class AnDiTracks: TrackReader {
  let format = "AnDi 2020 text"
  let units = TrackUnits()
  private let reader: AnDiText.TrajectoryReader

  init(_ bytes: ByteSource) { reader = AnDiText.TrajectoryReader(bytes) }

  func next() throws -> TrackEntry? {
    try reader.next().map { .track(Track(id: "\(reader.lineNumber)", trajectory: $0)) }
  }

  /// Whether a line is a dimension and a number, with a semicolon between.
  static func fits(_ line: some Sequence<UInt8>) -> Bool {
    let fields = line.prefix(64).split(separator: 59, maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count >= 2, let dimension = Double(String(decoding: fields[0], as: UTF8.self)) else { return false }
    return [1, 2, 3].contains(dimension)
  }
}
