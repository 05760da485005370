import Foundation

/// Rows of napari's tracks layer: ID, T, (Z), Y, X.
final class NapariArray: TrackReader {
  let format = "napari tracks array"
  let units = TrackUnits()
  private let rows: RowTracks
  var notes: [String] { rows.notes }

  init(_ array: NumPyArray) throws {
    let width = array.shape[1]
    rows = try RowTracks(coordinates: width - 2, clock: .frames)
    for start in stride(from: 0, to: array.shape[0], by: 4096) {
      let count = min(4096, array.shape[0] - start), block = try array.read(count * width)
      for row in 0..<count {
        let values = block[row * width..<(row + 1) * width], first = values.startIndex
        guard let id = Int(exactly: values[first]), let frame = Int(exactly: values[first + 1]) else {
          throw FormatError.contents(
            file: array.stream.file.path, object: "row \(start + row)",
            expected: "whole numbers as ID and T, as in a tracks layer of napari",
            found: "\(values[first]) and \(values[first + 1])")
        }
        let z = width == 5 ? values[first + 2] : .nan
        try rows.add(
          track: "\(id)", line: start + row + 1, time: Double(frame),
          position: (values[first + width - 1], values[first + width - 2], z))
      }
    }
  }

  func next() throws -> TrackEntry? { try rows.next() }
}
