import Diffusion
import Foundation
import Synchronization

/// Reads an HDF5 file of trajectories in another process first: damage that crashes libhdf5 there is an error here.
///
/// That process reads all that any command reads of such files, so that this one then goes the same way.
public enum TrajectoryTrial {
  /// What the process does: reads the file to its end. Errors are told where the file is read next.
  static let part = IsolatedPart(flag: "--try-trajectories", count: 1) { paths in
    let reader = try? TrackFile.open(paths[0])
    while let entry = try? reader?.next() { _ = entry }
    return ""
  }

  private static let survived = Mutex<Set<String>>([])

  /// Tries a file, once in a run; files of other kinds are read by code of this package and need no trial.
  /// - Parameters:
  ///   - path: the file; pipes are left alone.
  ///   - command: a program whose `main` calls ``IsolatedPart/answer(_:)``, by default this one.
  /// - Throws: `FormatError.refused` where reading it crashed or came to no end.
  public static func check(_ path: String, command: [String]? = nil) throws {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, TrajectoryFile.isHDF5(path),
      !survived.withLock({ $0.contains(path) })
    else { return }
    do {
      // What depends on the luck of the heap shall happen there.
      _ = try part.run(
        [path], command: command ?? IsolatedPart.thisProgram, environment: ["MALLOC_PERTURB_": "90"],
        seconds: seconds(bytes: Int(status.st_size)))
    } catch {
      switch error {
      case .crashed(let reason): throw refused(path, "reading it crashed libhdf5 (\(reason))")
      case .slow: throw refused(path, "reading it came to no end")
      case .notStarted(let reason):
        throw FormatError.system(file: path, reason: "a process to try it can't be started: \(reason)")
      case .refused, .ended: break
      }
    }
    survived.withLock { _ = $0.insert(path) }
  }

  /// A slow disk gives 10 MB in a second.
  private static func seconds(bytes: Int) -> Int { 30 + bytes / 10_000_000 }

  private static func refused(_ path: String, _ how: String) -> FormatError {
    .refused(file: path, found: "is damaged, \(how)", wayOut: "fetch it again, or make it again")
  }
}
