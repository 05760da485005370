import CDiffusion
import Foundation

/// The bytes of a file or a pipe, a part at a time.
///
/// Unread bytes lie together in memory; eight zero bytes follow them.
final class ByteSource {
  let file: String
  /// Where the unread bytes begin in the file.
  private(set) var offset = 0
  private let descriptor: Int32
  private var memory: UnsafeMutablePointer<CChar>
  private var capacity: Int
  private var start = 0
  private var end = 0
  private static let padding = Int(ZS_PADDING)

  /// - Parameter path: "-" is standard input.
  /// - Throws: `FormatError.system` where there is no such file, it can't be read, or is a folder.
  init(_ path: String, capacity: Int = 1 << 20) throws {
    file = path == "-" ? "standard input" : path
    descriptor = path == "-" ? dup(STDIN_FILENO) : Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FormatError.system(file: path, reason: String(cString: strerror(errno))) }
    self.capacity = capacity
    memory = .allocate(capacity: capacity + Self.padding)
    memory.initialize(repeating: 0, count: Self.padding)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      throw FormatError.system(file: path, reason: "it is a folder")
    }
  }

  deinit {
    close(descriptor)
    memory.deallocate()
  }

  /// What was read from the file and not yet consumed; changes with every other call.
  var unread: UnsafeMutableBufferPointer<CChar> {
    UnsafeMutableBufferPointer(start: memory + start, count: end - start)
  }

  /// Takes the first of the unread bytes away.
  func consume(_ count: Int) {
    start += count
    offset += count
  }

  /// Reads on, behind the unread bytes; makes room where they fill the memory.
  /// - Parameter most: unread bytes that are allowed; what needs more is no file of a known kind.
  /// - Returns: false at the end of the file.
  func fill(most: Int = 1 << 30) throws -> Bool {
    if start > 0 {
      memmove(memory, memory + start, end - start)
      end -= start
      start = 0
    }
    if end == capacity {
      guard capacity < most else {
        throw FormatError.system(file: file, reason: "a line at byte \(offset) is longer than \(most >> 20) MB")
      }
      let larger = UnsafeMutablePointer<CChar>.allocate(capacity: 2 * capacity + Self.padding)
      memcpy(larger, memory, end)
      memory.deallocate()
      memory = larger
      capacity *= 2
    }
    while true {
      let count = read(descriptor, memory + end, capacity - end)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FormatError.system(file: file, reason: String(cString: strerror(errno))) }
      end += count
      (memory + end).initialize(repeating: 0, count: Self.padding)
      return count > 0
    }
  }

  /// Reads until some bytes are unread or the file ends.
  /// - Returns: whether there are so many.
  @discardableResult func fill(atLeast count: Int) throws -> Bool {
    while end - start < count {
      guard try fill() else { return false }
    }
    return true
  }

  /// Goes on reading at a place of the file.
  /// - Throws: `FormatError.system` for a pipe.
  func seek(to place: Int) throws {
    guard lseek(descriptor, off_t(place), SEEK_SET) >= 0 else {
      throw FormatError.system(
        file: file, reason: "it must be read more than once, and is no file; save it to one first")
    }
    offset = place
    start = 0
    end = 0
  }
}
