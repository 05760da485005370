import Foundation

/// Bytes of a file at any place.
final class RandomAccessFile {
  let path: String
  let size: Int
  private let descriptor: Int32

  /// - Throws: `FormatError.system` where there is no such file, or it is a pipe.
  init(_ path: String) throws {
    self.path = path
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FormatError.system(file: path, reason: String(cString: strerror(errno))) }
    self.descriptor = descriptor
    var status = stat()
    size = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : -1
    guard size >= 0 else { throw FormatError.system(file: path, reason: "it must be a file, not a pipe or a folder") }
  }

  deinit { close(descriptor) }

  /// - Throws: `FormatError` where the file ends before.
  func read(at place: Int, count: Int) throws -> [UInt8] {
    guard place >= 0, count >= 0, place <= size, count <= size - place else {
      throw FormatError.contents(
        file: path, object: "byte \(place)", expected: "\(count) bytes",
        found: "only \(max(0, size - place)): the file was cut off")
    }
    var bytes = [UInt8](repeating: 0, count: count), done = 0
    while done < count {
      let found = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + done, count - done, off_t(place + done))
      }
      if found < 0, errno == EINTR { continue }
      guard found > 0 else {
        throw FormatError.system(file: path, reason: found < 0 ? String(cString: strerror(errno)) : "it became shorter")
      }
      done += found
    }
    return bytes
  }
}
