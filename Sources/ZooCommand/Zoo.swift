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
    IsolatedPart.answer(CommandLine.arguments)
    RankedProgram.main {
      let (libraries, arguments) = try PluginOptions.split(Array(CommandLine.arguments.dropFirst()))
      var command = try Zoo.parseAsRoot(arguments)
      guard communicator.isFirst || command is any RankedCommand else { return }
      let files = try LibraryPlaces(named: libraries).files
      if !communicator.isAlone, command is any RankedCommand { try RankedProgram.requireSameProgram(files) }
      let registry = try ArchitectureLibrary.registry(Registry(architectures), adding: files)
      shared.withLock { $0 = registry }
      try command.run()
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
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Says how particles diffuse from their tracks alone, and which method says it best.",
    discussion: """
      Example: zoo eval --models wadnet,msd
      compares trained networks with the classical fit on a simulated test set of the AnDi Challenge 2020.

      Every command takes --plugin FILE: a shared library with architectures of your own. Others are found in ZOO_PLUGINS \
      (files and folders, colons between them); where that is not set, in the folder plugins beside the program and in \
      ~/.local/share/zoo/plugins.
      """,
    version: zooVersion,
    subcommands: [
      ListCommand.self, DescribeCommand.self, EvalCommand.self, ReportCommand.self, PredictCommand.self,
      TrainCommand.self, GenerateCommand.self, FeaturesCommand.self, ImportCommand.self, ExportCommand.self,
      BundleCommand.self, CalibrateCommand.self, CheckCommand.self, BenchCommand.self,
    ])
}
