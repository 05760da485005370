import Diffusion
import Foundation
import LayerGraph

/// Tries a shared library in another process first: a library that crashes or hangs there is an error here.
///
/// The other process is this program again, called with `LibraryTrial.flag` and the path.
public struct LibraryTrial: Sendable {
  /// The first argument of a program that is to try a library and nothing else.
  public static let flag = "--try-plugin"

  /// What is run, before the flag and the path.
  let command: [String]
  /// How long it may take.
  let seconds: Int

  /// - Parameters:
  ///   - command: a program whose `main` calls `LibraryTrial.answer`, as `ZooProgram` does.
  ///   - seconds: how long loading and trying may take.
  public init(command: [String] = ["/proc/self/exe"], seconds: Int = 10) {
    self.command = command
    self.seconds = seconds
  }

  /// The ids that the library registers.
  /// - Throws: `LibraryError` where it does not survive.
  func ids(of path: String) throws -> [String] {
    // A report of a crash would cost seconds and say nothing to the user.
    let child = ChildProcess(
      command + [Self.flag, path], environment: ["SWIFT_BACKTRACE": "enable=no"], seconds: seconds)
    let last = child.output.split(separator: "\n").last.map(String.init) ?? ""
    switch child.end {
    case .exited(0) where last.hasPrefix(Self.survived):
      return last.dropFirst(Self.survived.count).split(separator: " ").map(String.init)
    case .exited(1) where last.hasPrefix(Self.refused):
      throw LibraryError.refused(path: path, reason: String(last.dropFirst(Self.refused.count)))
    case .exited(let code): throw LibraryError.crashed(path: path, reason: "exit code \(code)")
    case .signalled(let signal): throw LibraryError.crashed(path: path, reason: String(cString: strsignal(signal)))
    case .timeout: throw LibraryError.slow(path: path, seconds: seconds)
    case .notStarted(let reason):
      throw LibraryError.refused(path: path, reason: "a process to try it can't be started: \(reason)")
    }
  }

  private static let survived = "zoo plugin survived: ", refused = "zoo plugin refused: "

  /// Where the arguments ask for a trial: makes it, and ends the process.
  public static func answer(_ arguments: [String]) {
    guard arguments.count == 3, arguments[1] == flag else { return }
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    do {
      let architectures = try ArchitectureLibrary.open(arguments[2])
      for architecture in architectures { use(architecture) }
      print("\n" + survived + architectures.map(\.card.id).joined(separator: " "))
      exit(0)
    } catch {
      var reason = "\(error)"
      if case LibraryError.refused(_, let inner) = error { reason = inner }
      print("\n" + refused + reason.replacing("\n", with: " "))
      exit(1)
    }
  }

  /// Makes every graph, and one prediction: code that crashes shall do it here. Errors are the conformance suite's.
  private static func use(_ architecture: any Architecture) {
    for subtask in architecture.card.subtasks { _ = try? architecture.parameters(for: subtask) }
    guard let subtask = architecture.card.subtasks.first else { return }
    let lengths = architecture.card.lengths, count = min(max(12, lengths.lowerBound), lengths.upperBound)
    guard (1...10_000).contains(count),
      let walk = try? Trajectory(
        dimension: subtask.dimension, positions: (0..<count * subtask.dimension).map { Double($0 * $0 % 7) })
    else { return }
    let characterizer: (any Characterizer)?
    if let network = architecture as? any NetworkArchitecture {
      characterizer = try? untrained(network, subtask)
    } else {
      characterizer = try? architecture.characterizer(for: subtask, checkpoint: nil)
    }
    _ = try? characterizer?.predictions(for: [walk])
  }

  private static func untrained<Network: NetworkArchitecture>(
    _ network: Network, _ subtask: Subtask
  ) throws -> any Characterizer {
    let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: 1)
    return try NetworkCharacterizer(network, subtask: subtask, parameters: parameters, workers: Workers(count: 1))
  }
}
