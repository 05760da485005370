import Foundation

/// A part of this program that runs in a process of its own, where a crash or a hang is a sentence here and no more.
///
/// The process is this program again, called with the part's flag and arguments; a `main` calls
/// ``answer(_:)`` before it does anything else, as `ZooProgram` does.
public struct IsolatedPart: Sendable {
  /// Why the process did not do its part.
  enum Failure: Error, Equatable {
    /// The part's own error, in one line.
    case refused(String)
    /// It was ended in the middle, with what the system says of that: "Segmentation fault".
    case crashed(String)
    /// It ended by itself, without having said that it was done.
    case ended(code: Int32)
    /// It did not come to an end and was killed.
    case slow(seconds: Int)
    /// It could not be started, with the system's reason.
    case notStarted(String)
  }

  /// The first argument of a program that is to do this part and nothing else.
  let flag: String
  /// How many arguments follow the flag.
  let count: Int
  /// What the process does with them; a short text that is handed back.
  let body: @Sendable ([String]) throws -> String

  /// Every part that there is.
  private static let all = [LibraryTrial.part, IsolatedReader.part, TrajectoryTrial.part]

  private static let done = "zoo part done: ", refused = "zoo part refused: "

  /// Runs the part in another process.
  /// - Parameters:
  ///   - arguments: as many as `count` says.
  ///   - command: what is run, before the flag: by default this program.
  ///   - environment: what differs from this process's environment.
  ///   - seconds: how long it may take.
  /// - Returns: what the part handed back.
  func run(
    _ arguments: [String], command: [String] = Self.thisProgram, environment: [String: String] = [:], seconds: Int
  ) throws(Failure) -> String {
    let child = ChildProcess(command + [flag] + arguments, environment: environment, seconds: seconds)
    // Code of others may have printed before.
    let last = child.output.split(separator: "\n").last.map(String.init) ?? ""
    switch child.end {
    case .exited(0) where last.hasPrefix(Self.done): return String(last.dropFirst(Self.done.count))
    case .exited(1) where last.hasPrefix(Self.refused): throw .refused(String(last.dropFirst(Self.refused.count)))
    case .exited(let code): throw .ended(code: code)
    case .signalled(let signal): throw .crashed(String(cString: strsignal(signal)))
    case .timeout: throw .slow(seconds: seconds)
    case .notStarted(let reason): throw .notStarted(reason)
    }
  }

  /// What starts this program again.
  static let thisProgram = ["/proc/self/exe"]

  /// Where the arguments of a program ask for a part: does it, and ends the process.
  public static func answer(_ arguments: [String]) {
    guard arguments.count > 1, let part = all.first(where: { $0.flag == arguments[1] }),
      arguments.count == 2 + part.count
    else { return }
    // A crash is expected: nothing is to be dumped.
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    endWithParent()
    do {
      print("\n" + done + (try part.body(Array(arguments[2...]))))
      exit(0)
    } catch {
      print("\n" + refused + "\(error)".replacing("\n", with: " "))
      exit(1)
    }
  }

  /// Ends this process once the one that wants the answer is gone: killed, it can no longer end a part that hangs.
  private static func endWithParent() {
    guard let parent = ProcessInfo.processInfo.environment[ChildProcess.parentVariable].flatMap(pid_t.init) else {
      return
    }
    Thread.detachNewThread {
      while getppid() == parent { usleep(200_000) }
      kill(getpid(), SIGKILL)
    }
  }
}
