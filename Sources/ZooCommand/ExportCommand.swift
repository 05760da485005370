import ArgumentParser
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// `zoo export`: weights for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes weights for PyTorch, Keras and other programs.",
    discussion: """
      Examples:
        zoo export wadnet --task exponent --dimension 1 --length 100 --output wadnet.safetensors
        zoo export exponent-1d.h5 --output state_dict.h5
        zoo export lstm --task model --dimension 2 --format keras2 --output lstm.h5

      safetensors and hdf5 are state dicts under PyTorch's names; any network has one. keras2 is a whole model for Keras 2 \
      and 3, of networks that are chains of layers which Keras has. ONNX is not written: it would need a description of \
      every operation in a format that no library here checks, and Keras and PyTorch write it of what they have loaded.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case safetensors, hdf5, keras2 }

  @Argument(help: "An architecture, whose weights are looked up, or a checkpoint.")
  var source: String
  @Option(help: "exponent or model; for an architecture.")
  var task: ChallengeTask?
  @Option(help: "1, 2 or 3; for an architecture.")
  var dimension: Int?
  @Option(help: "safetensors, hdf5 or keras2; without it, told by the output's name.")
  var format: Format?
  @Option(help: "Points of the trajectories that statistics by length are to be taken of.")
  var length: Int?
  @Option(help: "Which network, counted from 1, where the weights are several.")
  var member: Int?
  @Option(help: "The file to write.")
  var output: String
  @OptionGroup var replacement: ReplacementOption
  @OptionGroup var weights: WeightOptions

  func validate() throws {
    if let dimension, !(1...3).contains(dimension) {
      throw ValidationError("--dimension must be 1, 2 or 3, not \(dimension).")
    }
    if let length, length < 1 { throw ValidationError("--length must be 1 or more, not \(length).") }
    if format == nil, Self.format(of: output) == nil {
      throw ValidationError("--format is needed where --output ends neither in .safetensors nor in .h5.")
    }
  }

  private static func format(of path: String) -> Format? {
    if path.hasSuffix(".safetensors") { return .safetensors }
    return path.hasSuffix(".h5") || path.hasSuffix(".hdf5") ? .hdf5 : nil
  }

  func run() throws {
    try replacement.check(output, besides: [source])
    let weights = try found()
    guard member != nil || weights.members.count == 1 else {
      let lengths = weights.members.map {
        $0.lengths.map { "\($0.lowerBound) to \($0.upperBound) points" } ?? "all lengths"
      }
      let list = zip(1..., lengths).map { "\($0) (\($1))" }.joined(separator: ", ")
      throw SettingsError.value(owner: source, reason: "there are several networks; choose with --member: \(list)")
    }
    let number = member ?? 1
    guard weights.members.indices.contains(number - 1) else {
      throw SettingsError.value(owner: "--member", reason: "there are \(weights.members.count) networks, not \(number)")
    }
    let checkpoint = weights.members[number - 1]
    guard let network = try ZooProgram.registry.architecture(checkpoint.architecture) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: source, reason: "'\(checkpoint.architecture)' is no network")
    }
    try write(network, checkpoint)
    say("\(output): \(checkpoint.parameters.count) numbers of \(checkpoint.architecture), \(checkpoint.subtask).")
  }

  private func found() throws -> Weights {
    if FileManager.default.fileExists(atPath: source) { return try Weights(contentsOf: source) }
    guard let task, let dimension else {
      _ = try ZooProgram.registry.architecture(source)
      throw SettingsError.value(owner: "the command", reason: "--task and --dimension are needed with an architecture")
    }
    return try weights.store.weights(
      ZooProgram.registry.architecture(source).card.id, Subtask(task: task, dimension: dimension))
  }

  private func write<Network: NetworkArchitecture>(_ network: Network, _ checkpoint: Checkpoint) throws {
    let configured = try network.configured(by: checkpoint, for: checkpoint.subtask)
    let graph = try configured.graph(for: checkpoint.subtask)
    let dict = try StateDictExport(checkpoint.parameters, of: graph, length: length)
    switch format ?? Self.format(of: output) ?? .hdf5 {
    case .safetensors: try dict.writeSafetensors(to: output)
    case .hdf5: try dict.writeHDF5(to: output)
    case .keras2:
      let (model, parameters) = try chain(configured, graph, dict.parameters, checkpoint.subtask)
      try Keras2Export.write(
        model, parameters, endsInSoftmax: checkpoint.subtask.task == .model,
        name: checkpoint.architecture.replacing("-", with: "_"), to: output)
    }
  }

  /// The network as Keras's layers, with its parameters by their names there.
  private func chain(
    _ network: any NetworkArchitecture, _ graph: Graph, _ parameters: Parameters, _ subtask: Subtask
  ) throws -> (KerasModel, Parameters) {
    if let described = network as? any KerasDescribed { return (try described.kerasModel(for: subtask), parameters) }
    let (model, renamed) = try KerasModel.chain(graph, parameters)
    return (model, renamed)
  }
}
