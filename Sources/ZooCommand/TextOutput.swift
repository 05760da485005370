import Foundation
import HDF5

/// Text that is written line by line, to a file that appears when it is whole, or to standard output.
enum TextOutput {
  /// - Parameter path: nil for standard output; a pipe or device is written to as it is.
  /// - Throws: `AtomicFile.Failure` with the system's reason, e.g. a full disk.
  static func write(to path: String?, _ body: (_ out: (String) throws -> Void) throws -> Void) throws {
    guard let path else { return try write(.standardOutput, name: "Standard output", body) }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG, status.st_mode & S_IFMT != S_IFDIR {
      guard let handle = FileHandle(forWritingAtPath: path) else { throw failure(path) }
      return try write(handle, name: path, body)
    }
    try AtomicFile.write(to: path) { temporary in
      guard FileManager.default.createFile(atPath: temporary, contents: nil),
        let handle = FileHandle(forWritingAtPath: temporary)
      else { throw failure(path) }
      defer { try? handle.close() }
      try write(handle, name: path, body)
    }
  }

  private static func failure(_ path: String) -> AtomicFile.Failure {
    AtomicFile.Failure(path: path, reason: String(cString: strerror(errno)))
  }

  private static func write(
    _ handle: FileHandle, name: String, _ body: (_ out: (String) throws -> Void) throws -> Void
  ) throws {
    var buffer: [UInt8] = []
    func flush() throws {
      var done = 0
      while done < buffer.count {
        let written = buffer.withUnsafeBytes {
          Glibc.write(handle.fileDescriptor, $0.baseAddress! + done, buffer.count - done)
        }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw failure(name) }
        done += written
      }
      buffer.removeAll(keepingCapacity: true)
    }
    try body { text in
      buffer.append(contentsOf: text.utf8)
      if buffer.count > 1 << 16 { try flush() }
    }
    try flush()
  }
}
