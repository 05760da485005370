import Foundation

/// Opens files of tracks; what they are is told from their contents, whatever their names.
public enum TrackFile {
  /// What is recognised, for messages.
  static let kinds = [
    "AnDi 2020 text",
    "tables (TrackMate spots, MotilityLab, MOSAIC, Spot-On, saspt, AnDi 2, trackpy, GEMspa, napari, TRAIT2D)",
    "TrackMate XML", "MOSAIC report", "NumPy .npy and .npz", "Zoo HDF5",
  ]

  /// - Parameters:
  ///   - path: of a file or a pipe; "-" is standard input.
  ///   - options: what a user says of the file: columns, delimiter, units.
  /// - Throws: `FormatError` where the file is of no known kind, lacks a column, or does not fit; `HDF5Error`.
  public static func open(_ path: String, options: TrackOptions = TrackOptions()) throws -> any TrackReader {
    let bytes = try ByteSource(path)
    try bytes.fill(atLeast: 4096)
    let head = Array(bytes.unread.prefix(4096)).map { UInt8(bitPattern: $0) }
    guard !head.isEmpty else { throw FormatError.empty(file: bytes.file) }
    if head.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) { return try HDF5Tracks(path) }
    if head.starts(with: [0x93] + Array("NUMPY".utf8)) { return try NumPyTracks.open(npy: path) }
    if head.starts(with: [0x50, 0x4B]), !head.starts(with: Array("PK\u{1}\u{2}".utf8)) {
      return try NumPyTracks(npz: path)
    }
    if let (found, wayOut) = refusal(head) {
      throw FormatError.refused(file: bytes.file, found: found, wayOut: wayOut)
    }
    // A mark of byte order says no more than UTF-8.
    let mark = head.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    bytes.consume(mark)
    let text = head.dropFirst(mark).drop { [32, 9, 10, 13].contains($0) }
    guard !text.isEmpty else { throw FormatError.empty(file: bytes.file) }
    if text.first == 60 { return try openXML(bytes) }
    if text.starts(with: [37, 37]) { return try MosaicReport(bytes) }
    if options.columns == nil, AnDiTracks.fits(text.prefix { $0 != 10 && $0 != 13 }) { return AnDiTracks(bytes) }
    return try TableReader(bytes, options: options)
  }

  private static func openXML(_ bytes: ByteSource) throws -> any TrackReader {
    // The scanner takes bytes away; the root must stand among those that are there.
    let head = String(decoding: bytes.unread.prefix(65_536).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if head.contains("<TrackMate") { return try TrackMateSession(bytes) }
    if head.contains("<Tracks") { return try TrackMateSimpleXML(bytes) }
    let line = head.prefix { $0 != "\n" && $0 != "\r\n" }
    throw FormatError.unknown(
      file: bytes.file, line: 1, text: quoted(line.utf8.map { CChar(bitPattern: $0) }, most: 60),
      reason: "XML is read where it is TrackMate's, with <Tracks> or <TrackMate> around all", tried: kinds)
  }

  /// What a file is, of the kinds that are known but not read, and what to do.
  private static func refusal(_ head: [UInt8]) -> (found: String, wayOut: String)? {
    if head.starts(with: [0x1F, 0x8B]) {
      return ("is packed with gzip", "unpack it with gunzip, or pipe it: gunzip -c FILE | zoo predict -")
    }
    if head.starts(with: [0x42, 0x5A, 0x68]) || head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A])
      || head.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
    {
      return ("is packed with bzip2, xz or zstd", "unpack it first")
    }
    if head.starts(with: Array("MATLAB 5.0 MAT-file".utf8)) {
      return ("is a MATLAB file", "save the tracks as a table: writetable(table(track, frame, x, y), 'tracks.csv')")
    }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
      return ("is text in UTF-16", "save it as UTF-8, e.g. with iconv -f UTF-16 -t UTF-8")
    }
    if head.first == 0x80, head.count > 1, (2...5).contains(head[1]) {
      return ("is a pickle, which only Python can read and which may run any program", "save the tracks as CSV")
    }
    if head.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { return ("is an Excel workbook", "save the sheet as CSV") }
    if head.contains(13), !head.contains(10) {
      return ("has lines that end as on the first Macs, in carriage returns alone", "convert it: tr '\\r' '\\n' < FILE")
    }
    if head.contains(0) {
      return ("is no text, and no binary file of a known kind", "known are " + kinds.joined(separator: ", "))
    }
    return nil
  }
}
