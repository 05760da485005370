import Diffusion
import Foundation
import LayerGraph

/// Tries a shared library in another process first: a library that crashes or hangs there is an error here.
public struct LibraryTrial: Sendable {
  /// What the process does: loads the library, and runs code of all of its architectures.
  static let part = IsolatedPart(flag: "--try-plugin", count: 1) { paths in
    let architectures: [any Architecture]
    do { architectures = try ArchitectureLibrary.open(paths[0]) } catch LibraryError.refused(_, let reason) {
      throw Refusal(description: reason)
    }
    for architecture in architectures { use(architecture) }
    return architectures.map(\.card.id).joined(separator: " ")
  }

  /// The loader's own reason, which the other process puts into its sentence.
  private struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  /// What is run, before the flag and the path.
  let command: [String]
  /// How long it may take.
  let seconds: Int

  /// - Parameters:
  ///   - command: a program whose `main` calls ``IsolatedPart/answer(_:)``, by default this one.
  ///   - seconds: how long loading and trying may take.
  public init(command: [String]? = nil, seconds: Int = 10) {
    self.command = command ?? IsolatedPart.thisProgram
    self.seconds = seconds
  }

  /// The ids that the library registers.
  /// - Throws: `LibraryError` where it does not survive.
  func ids(of path: String) throws(LibraryError) -> [String] {
    do {
      return try Self.part.run([path], command: command, seconds: seconds).split(separator: " ").map(String.init)
    } catch {
      switch error {
      case .refused(let reason): throw .refused(path: path, reason: reason)
      case .crashed(let reason): throw .crashed(path: path, reason: reason)
      case .ended(let code): throw .crashed(path: path, reason: "exit code \(code)")
      case .slow(let seconds): throw .slow(path: path, seconds: seconds)
      case .notStarted(let reason):
        throw .refused(path: path, reason: "a process to try it can't be started: \(reason)")
      }
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
