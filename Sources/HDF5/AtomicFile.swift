import Foundation

/// Files that are there whole or not at all.
public enum AtomicFile {
  /// Why a file could not be put in place; the file that was there before is as it was.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    /// The file that was to be written.
    public let path: String
    /// The system's words, e.g. "No space left on device".
    public let reason: String

    /// A failure to write `path`, for `reason`.
    public init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }

    public var description: String { "\(path) could not be written: \(reason). What was there before is unchanged." }
  }

  /// Lets `body` write a file under a temporary name in the same folder, flushes it to the disk and renames it.
  ///
  /// Whatever goes wrong, the temporary file is removed and an existing file stays as it was.
  /// - Throws: what `body` throws, or `Failure` with the system's reason.
  public static func write(to path: String, _ body: (_ temporaryPath: String) throws -> Void) throws {
    let folder = folder(of: path)
    let temporary = path + ".tmp-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    // Renaming would put a file in the place of a device or pipe.
    var status = stat()
    if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
      throw Failure(path: path, reason: "it is a device or a pipe, not a file")
    }
    if !folder.isEmpty, access(folder, W_OK) != 0 { throw Failure(path: path, reason: systemReason()) }
    do {
      try body(temporary)
      try flush(temporary, for: path)
      guard rename(temporary, path) == 0 else { throw Failure(path: path, reason: systemReason()) }
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name itself must reach the disk; a file system that can't do that is no reason to fail.
    let descriptor = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY)
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
  }

  /// Writes bytes; see `write(to:_:)`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { temporary in
      let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o644)
      guard descriptor >= 0 else { throw Failure(path: path, reason: systemReason()) }
      defer { close(descriptor) }
      var done = 0
      while done < bytes.count {
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { throw Failure(path: path, reason: systemReason()) }
        done += written
      }
    }
  }

  /// The folder that a path names a file in; empty for the current one.
  ///
  /// Foundation's `deletingLastPathComponent` stops the program for names of one letter.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func flush(_ temporary: String, for path: String) throws {
    let descriptor = Glibc.open(temporary, O_RDONLY)
    guard descriptor >= 0 else { throw Failure(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure(path: path, reason: systemReason()) }
  }

  private static func systemReason() -> String { String(cString: strerror(errno)) }
}
