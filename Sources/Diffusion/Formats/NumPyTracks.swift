import Foundation

/// Tracks in NumPy's arrays, named 0, 1, 2, ... by their place; positions that are not finite are missing.
///
/// - `.npy`: (tracks, points, d), (tracks, d, points), (points, d) for one track with d up to 3, (tracks, points) for
///   one dimension, or a tracks layer of napari: (spots, 4 or 5) with the columns ID, T, (Z), Y, X.
/// - `.npz`: `positions`, (points of all tracks, d) or (points), and `offsets`: track i has the points from `offsets[i]`
///   up to `offsets[i + 1]`.
final class NumPyTracks: TrackReader {
  let format: String
  let units = TrackUnits()
  private let array: NumPyArray
  private let dimension: Int
  /// Whether each track's numbers are one component after the other.
  private let isComponentMajor: Bool
  private let tracks: Tracks
  private var place = 0

  private enum Tracks {
    case equal(count: Int, points: Int)
    case offsets([Int])

    var count: Int {
      switch self {
      case .equal(let count, _): count
      case .offsets(let offsets): offsets.count - 1
      }
    }

    func points(_ index: Int) -> Int {
      switch self {
      case .equal(_, let points): points
      case .offsets(let offsets): offsets[index + 1] - offsets[index]
      }
    }
  }

  /// Opens an array.
  /// - Returns: a reader of tracks, or of napari's rows.
  static func open(npy path: String) throws -> any TrackReader {
    let file = try RandomAccessFile(path)
    let array = try NumPyArray(
      ByteStream(file, start: 0, packed: file.size, size: file.size, isDeflated: false, name: "array"))
    if array.shape.count == 2, [4, 5].contains(array.shape[1]) { return try NapariArray(array) }
    return try NumPyTracks(array)
  }

  private init(_ array: NumPyArray) throws {
    self.array = array
    let shape = array.shape
    switch shape.count {
    case 1: (tracks, dimension, isComponentMajor) = (.equal(count: 1, points: shape[0]), 1, true)
    case 2 where (1...3).contains(shape[1]):
      (tracks, dimension, isComponentMajor) = (.equal(count: 1, points: shape[0]), shape[1], false)
    case 2: (tracks, dimension, isComponentMajor) = (.equal(count: shape[0], points: shape[1]), 1, true)
    case 3 where (1...3).contains(shape[2]):
      (tracks, dimension, isComponentMajor) = (.equal(count: shape[0], points: shape[1]), shape[2], false)
    case 3 where (1...3).contains(shape[1]):
      (tracks, dimension, isComponentMajor) = (.equal(count: shape[0], points: shape[2]), shape[1], true)
    default:
      throw FormatError.refused(
        file: array.stream.file.path, found: "is an array of shape \(shape)",
        wayOut: "tracks are (tracks, points, 2) or (points, 2), also with 1 or 3 in place of 2")
    }
    format = "NumPy array"
    guard shape.reduce(1, *) > 0 else { throw FormatError.empty(file: array.stream.file.path) }
  }

  /// Opens an archive with `positions` and `offsets`.
  init(npz path: String) throws {
    let archive = try ZipArchive(RandomAccessFile(path))
    func array(_ name: String) throws -> NumPyArray {
      guard let member = archive.members.first(where: { $0.name == name + ".npy" }) else {
        let found = archive.members.map(\.name).joined(separator: ", ")
        throw FormatError.absent(
          file: path, wanted: "arrays 'positions' and 'offsets' as of numpy.savez",
          found: found.isEmpty ? "nothing" : String(found.prefix(200)))
      }
      return try NumPyArray(archive.stream(member))
    }
    let offsets = try array("offsets"), positions = try array("positions")
    let shape = positions.shape
    guard shape.count == 1 || shape.count == 2 && (1...3).contains(shape[1]), offsets.shape.count == 1,
      offsets.shape[0] >= 1
    else {
      throw FormatError.contents(
        file: path, object: "zip", expected: "positions of shape (points, 1 to 3) and offsets of shape (tracks + 1)",
        found: "\(shape) and \(offsets.shape)")
    }
    let places = try offsets.read(offsets.shape[0])
    for (index, pair) in zip([0] + places, places).enumerated() {
      let isFirst = index == 0
      guard pair.1 == pair.1.rounded(), pair.1 >= pair.0, pair.1 <= Double(shape[0]), !isFirst || pair.1 == 0 else {
        throw FormatError.contents(
          file: path, object: "offsets",
          expected: isFirst ? "0 at the beginning" : "increasing numbers up to \(shape[0])",
          found: "\(pair.1) at place \(index)")
      }
    }
    guard places.last == Double(shape[0]) else {
      throw FormatError.contents(
        file: path, object: "offsets", expected: "\(shape[0]), the number of points, at the end",
        found: "\(places.last ?? 0)")
    }
    self.array = positions
    tracks = .offsets(places.map { Int($0) })
    dimension = shape.count == 1 ? 1 : shape[1]
    isComponentMajor = shape.count == 1
    format = "NumPy archive"
  }

  func next() throws -> TrackEntry? {
    guard place < tracks.count else { return nil }
    let points = tracks.points(place), id = "\(place)"
    place += 1
    guard points <= RowStore.mostPoints else {
      try array.skip(points * dimension)
      return .problem(id: id, points: points, .tooManyPoints(most: RowStore.mostPoints))
    }
    let values = try array.read(points * dimension)
    func value(_ axis: Int, _ point: Int) -> Double {
      isComponentMajor ? values[axis * points + point] : values[point * dimension + axis]
    }
    let frames = (0..<points).filter { point in (0..<dimension).allSatisfy { value($0, point).isFinite } }
    guard let last = frames.last else { return .problem(id: id, points: points, .noPosition(points: points)) }
    var track = Track(
      id: id, dimension: dimension, frames: frames,
      positions: (0..<dimension).flatMap { axis in frames.map { value(axis, $0) } })
    // What is missing at the end is padding of shorter tracks.
    track.lostPoints = last + 1 - frames.count
    return .track(track)
  }
}
