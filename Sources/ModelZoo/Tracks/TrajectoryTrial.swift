import Diffusion
import Foundation
import Synchronization

/// Reads an HDF5 file of trajectories in another process first: damage that crashes libhdf5 there is an error here.
///
/// The other process is this program again, called with `TrajectoryTrial.flag` and the path. It reads all that any
/// command reads of such files, so that this one then goes the same way.
public enum TrajectoryTrial {
  /// The first argument of a program that is to read a file and nothing else.
  public static let flag = "--try-trajectories"

  private static let survived = Mutex<Set<String>>([])

  /// Tries a file, once in a run; files of other kinds are read by code of this package and need no trial.
  /// - Parameters:
  ///   - path: the file; pipes are left alone.
  ///   - command: a program whose `main` calls `TrajectoryTrial.answer`, as `ZooProgram` does.
  /// - Throws: `FormatError.refused` where reading it crashed or came to no end.
  public static func check(_ path: String, command: [String] = ["/proc/self/exe"]) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, TrajectoryFile.isHDF5(path),
      !survived.withLock({ $0.contains(path) })
    else { return }
    // What depends on the luck of the heap shall happen there; a report of a crash would say nothing to the user.
    let environment = ["SWIFT_BACKTRACE": "enable=no", "MALLOC_PERTURB_": "90"]
    let child = ChildProcess(
      command + [flag, path], environment: environment, seconds: seconds(bytes: Int(status.st_size)))
    switch child.end {
    case .exited: survived.withLock { _ = $0.insert(path) }
    case .signalled(let signal):
      throw refused(path, "reading it crashed libhdf5 (\(String(cString: strsignal(signal))))")
    case .timeout: throw refused(path, "reading it came to no end")
    case .notStarted(let reason):
      throw FormatError.system(file: path, reason: "a process to try it can't be started: \(reason)")
    }
  }

  /// A slow disk gives 10 MB in a second.
  private static func seconds(bytes: Int) -> Int { 30 + bytes / 10_000_000 }

  private static func refused(_ path: String, _ how: String) -> FormatError {
    .refused(file: path, found: "is damaged, \(how)", wayOut: "fetch it again, or make it again")
  }

  /// Where the arguments ask for a trial: makes it, and ends the process.
  public static func answer(_ arguments: [String]) {
    guard arguments.count == 3, arguments[1] == flag else { return }
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    // Errors are told where the file is read next.
    let reader = try? TrackFile.open(arguments[2])
    while let entry = try? reader?.next() { _ = entry }
    exit(EXIT_SUCCESS)
  }
}
