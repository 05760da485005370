import ArgumentParser
import Diffusion
import ModelZoo

/// `zoo import`: weights of other programs as checkpoints.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes a checkpoint from weights of another program.",
    discussion: """
      Example: zoo import state_dict.h5 --architecture wadnet --task exponent --dimension 1 --output exponent-1d.h5

      The file is HDF5 with a group state_dict: one dataset for each key of PyTorch's state dict, dots in their names. \
      All that is missing, unexpected or of another shape is listed at once.
      """)

  @Argument(help: "The file with weights.")
  var file: String
  @Option(help: "The architecture that they are for.")
  var architecture: String
  @Option(help: "exponent or model.")
  var task: ChallengeTask
  @Option(help: "1, 2 or 3.")
  var dimension: Int
  @Option(name: .customLong("set"), help: "A hyper-parameter that differs from the default, e.g. --set filters=8.")
  var settings: [String] = []
  @Option(help: "The checkpoint to write.")
  var output: String
  @Flag(help: "Replace a file that is there.")
  var overwrite = false

  func validate() throws {
    guard (1...3).contains(dimension) else { throw ValidationError("--dimension must be 1, 2 or 3, not \(dimension).") }
  }

  func run() throws {
    guard let network = try ZooProgram.registry.architecture(architecture) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: "--architecture", reason: "'\(architecture)' has no weights")
    }
    let recipe = try Recipe(assignments: settings.map { "configuration." + $0 })
    let checkpoint = try make(network, recipe.configuration)
    if !overwrite { try Weights.requireNoLoss(at: output, of: checkpoint) }
    try checkpoint.write(to: output)
    say("\(output): \(checkpoint.parameters.count) numbers for \(architecture), \(checkpoint.subtask).")
  }

  private func make<Network: NetworkArchitecture>(
    _ network: Network, _ settings: [String: Setting]
  ) throws -> Checkpoint {
    try StateDictImport(file).checkpoint(network, Subtask(task: task, dimension: dimension), settings: settings)
  }
}
