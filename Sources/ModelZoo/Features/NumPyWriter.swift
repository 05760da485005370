import Foundation
import HDF5

/// A table of 32-bit numbers as NumPy's `.npy`, version 1.0, written row by row; little-endian, in C order.
///
/// The header has room for any number of rows and gets the right one at the end.
/// - Source: NumPy Enhancement Proposal 1.
final class NumPyWriter {
  private let handle: FileHandle
  private let path: String
  private let columns: Int
  private var rows = 0

  /// The header's bytes: a multiple of 64.
  static let headerSize = 128

  /// - Parameters:
  ///   - path: the file to make.
  ///   - name: what errors call it.
  ///   - columns: numbers in a row, 1 or more.
  init(_ path: String, reportedAs name: String, columns: Int) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw AtomicFile.Failure(path: name, reason: String(cString: strerror(errno))) }
    self.handle = handle
    self.path = name
    self.columns = columns
    try write(Self.header(rows: 0, columns: columns))
  }

  deinit { try? handle.close() }

  static func header(rows: Int, columns: Int) -> Data {
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // Two numbers of 20 digits leave room.
    let padding = headerSize - 10 - text.utf8.count - 1
    let size = UInt16(headerSize - 10)
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size & 0xFF), UInt8(size >> 8)])
      + Data((text + String(repeating: " ", count: padding) + "\n").utf8)
  }

  /// Adds whole rows.
  func append(_ values: [Float]) throws {
    precondition(values.count % columns == 0, "\(values.count) values are no rows of \(columns)")
    rows += values.count / columns
    try write(values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) })
  }

  /// Notes down the number of rows.
  func finish() throws {
    do { try handle.seek(toOffset: 0) } catch { throw failure(error) }
    try write(Self.header(rows: rows, columns: columns))
  }

  private func write(_ data: Data) throws {
    do { try handle.write(contentsOf: data) } catch { throw failure(error) }
  }

  private func failure(_ error: any Error) -> AtomicFile.Failure {
    AtomicFile.Failure(path: path, reason: error.localizedDescription)
  }
}
