import Foundation

/// Keeps a second run away from a run's files: two that write the same ones would undo each other's work.
///
/// The lock belongs to the process and is gone with it, however it ends; the file that carries it goes when the run does.
/// Where the file system knows no locks, there is none.
public final class RunLock {
  /// Another run has the lock.
  public struct Held: Error, Equatable, CustomStringConvertible {
    /// The lock's file.
    public let path: String

    public var description: String {
      "\(path) is held by another run, which is writing the files of that name. Let it end or stop it, or name another "
        + "--output."
    }
  }

  private let path: String
  private let descriptor: Int32

  /// - Parameter base: the path that the run's files begin with; the lock's own is `base.lock`.
  /// - Throws: `Held` where another run has it.
  public init(_ base: String) throws {
    path = base + ".lock"
    while true {
      let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      // Whoever can't write here will hear so, in better words, when the first file is written.
      if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        throw Held(path: path)
      }
      var held = stat(), named = stat()
      if descriptor < 0 || stat(path, &named) == 0 && fstat(descriptor, &held) == 0 && held.st_ino == named.st_ino {
        self.descriptor = descriptor
        return
      }
      // A run that has just ended took the file away between opening and locking it.
      close(descriptor)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    unlink(path)
    close(descriptor)
  }
}
