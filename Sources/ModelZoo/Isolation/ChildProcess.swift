import Foundation

/// A process that does what might crash or hang, so that this one doesn't.
struct ChildProcess {
  /// The environment's variable that tells a child whose it is: this process's number.
  static let parentVariable = "ZOO_PART_OF"

  enum End: Equatable {
    /// With its exit code.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32)
    /// It did not come to an end and was killed.
    case timeout
    /// It could not be started, with the system's reason.
    case notStarted(String)
  }

  let end: End
  /// The last part of what it wrote to standard output; standard error goes nowhere.
  let output: String

  /// Runs a program and waits for it.
  /// - Parameters:
  ///   - arguments: the path of the program and what it gets.
  ///   - environment: what differs from this process's environment. A report of a crash would cost seconds and say
  ///     nothing to the user, so that there is none.
  ///   - seconds: how long it may take.
  init(_ arguments: [String], environment: [String: String] = [:], seconds: Int) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      (end, output) = (.notStarted(Self.reason(errno)), "")
      return
    }
    defer { close(ends[0]) }
    for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let own = ["SWIFT_BACKTRACE": "enable=no", Self.parentVariable: "\(getpid())"]
    let variables = ProcessInfo.processInfo.environment.merging(own) { $1 }.merging(environment) { $1 }
      .map { "\($0)=\($1)" }
    var process: pid_t = 0
    let program = arguments[0]
    let code = Self.withStrings(arguments) { arguments in
      Self.withStrings(variables) { posix_spawn(&process, program, &actions, nil, arguments, $0) }
    }
    close(ends[1])
    guard code == 0 else {
      (end, output) = (.notStarted(Self.reason(code)), "")
      return
    }
    let deadline = Date().addingTimeInterval(Double(seconds))
    output = Self.read(ends[0], until: deadline)
    end = Self.wait(process, until: deadline)
  }

  /// The system's words for an error number.
  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

  private static func withStrings<R>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  /// Reads to the end or the deadline, and keeps the last 64 KiB.
  private static func read(_ descriptor: Int32, until deadline: Date) -> String {
    var kept: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let left = deadline.timeIntervalSinceNow
      guard left > 0 else { break }
      let ready = poll(&entry, 1, Int32(min(left * 1000 + 1, 1e6)))
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { break }
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      kept = (kept + buffer[..<count]).suffix(1 << 16)
    }
    return String(decoding: kept, as: UTF8.self)
  }

  private static func wait(_ process: pid_t, until deadline: Date) -> End {
    var status: Int32 = 0, isKilled = false
    while true {
      let found = waitpid(process, &status, isKilled ? 0 : WNOHANG)
      if found == process { break }
      if found < 0, errno != EINTR { return .notStarted(reason(errno)) }
      if !isKilled, deadline.timeIntervalSinceNow <= 0 {
        kill(process, SIGKILL)
        isKilled = true
      } else if !isKilled {
        usleep(2000)
      }
    }
    if isKilled { return .timeout }
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }
}
