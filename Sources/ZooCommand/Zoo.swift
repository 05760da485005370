import ArgumentParser
import Cluster
import ModelZoo
import Synchronization

/// The whole `zoo` command with a list of architectures: what an executable of three lines needs.
public enum ZooProgram {
  private static let shared = Mutex<Registry?>(nil)

  /// Runs the command line and ends the program.
  /// - Parameter architectures: in the order in which they are listed.
  public static func main(_ architectures: [any Architecture]) -> Never {
    do {
      let registry = try Registry(architectures)
      shared.withLock { $0 = registry }
    } catch { Zoo.exit(withError: error) }
    RankedProgram.main {
      var command = try Zoo.parseAsRoot()
      if !communicator.isAlone, command is any RankedCommand { try RankedProgram.requireSameProgram() }
      if communicator.isFirst || command is any RankedCommand { try command.run() }
    }
  }

  /// The ranks of this run, started together; usually this process alone.
  static var communicator: Communicator { RankedProgram.communicator }

  /// The architectures of this run.
  static var registry: Registry {
    guard let registry = shared.withLock({ $0 }) else { preconditionFailure("no registry") }
    return registry
  }
}

/// The root of the command line.
struct Zoo: ParsableCommand {
  static let version = "0.1.0"
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Says how particles diffuse from their tracks alone, and which method says it best.",
    discussion: """
      Example: zoo eval --models wadnet,msd
      compares trained networks with the classical fit on a simulated test set of the AnDi Challenge 2020.
      """,
    version: version,
    subcommands: [
      ListCommand.self, DescribeCommand.self, EvalCommand.self, PredictCommand.self, TrainCommand.self,
      GenerateCommand.self, ImportCommand.self, CheckCommand.self, BenchCommand.self,
    ])
}
