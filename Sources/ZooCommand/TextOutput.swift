import Foundation
import HDF5

/// Text that is written line by line, to a file that appears when it is whole, or to standard output.
enum TextOutput {
  /// - Parameter path: nil for standard output.
  /// - Throws: `AtomicFile.Failure` with the system's reason, e.g. a full disk.
  static func write(to path: String?, _ body: (_ out: (String) throws -> Void) throws -> Void) throws {
    guard let path else {
      try body { FileHandle.standardOutput.write(Data($0.utf8)) }
      return
    }
    try AtomicFile.write(to: path) { temporary in
      guard FileManager.default.createFile(atPath: temporary, contents: nil),
        let handle = FileHandle(forWritingAtPath: temporary)
      else { throw AtomicFile.Failure(path: path, reason: String(cString: strerror(errno))) }
      defer { try? handle.close() }
      var buffer = Data()
      func flush() throws {
        do { try handle.write(contentsOf: buffer) } catch {
          throw AtomicFile.Failure(path: path, reason: error.localizedDescription)
        }
        buffer.removeAll(keepingCapacity: true)
      }
      try body { text in
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 1 << 20 { try flush() }
      }
      try flush()
    }
  }
}
