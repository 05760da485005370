import ArgumentParser
import Diffusion
import Foundation
import ModelZoo

extension TrajectoryInput.Kind: ExpressibleByArgument {}
extension Repair: ExpressibleByArgument {}

/// `zoo import`: weights of other programs as checkpoints.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Makes checkpoints from weights of Keras, PyTorch and other programs.",
    discussion: """
      Examples:
        zoo import state_dict.h5 --architecture wadnet --task exponent --dimension 1 --output exponent-1d.h5
        zoo import weights.safetensors --architecture lstm --task model --dimension 2 --output model-2d.h5
        zoo import model.h5 --task exponent --dimension 1 --input displacements --output net.h5
        zoo import randi FOLDER

      The format is told by the content. State dicts are HDF5 with one dataset for each key of PyTorch's state dict, dots \
      in their names, or safetensors. Keras files are whole models in HDF5, .keras archives, and weights alone in the \
      layouts of Keras 2 and 3; what layers they have becomes a network of the architecture 'keras'.

      With an architecture and a folder, all nets that its authors published and that are in the folder are taken, into \
      the folder of --weights or ZOO_WEIGHTS, else into the user's own (XDG_DATA_HOME or ~/.local/share, zoo/weights), \
      where every command finds them. What is missing is named.

      All that is missing, unexpected or of another shape is listed at once, and every import ends with a look at the \
      numbers.
      """)

  @Argument(help: "The file with weights; or an architecture, then the folder with its published nets.")
  var sources: [String]
  @Option(help: "The architecture that they are for; without it, Keras files become a network of their own.")
  var architecture: String?
  @Option(help: "exponent or model.")
  var task: ChallengeTask?
  @Option(help: "1, 2 or 3.")
  var dimension: Int?
  @Option(name: .customLong("set"), help: "A hyper-parameter that differs from the default, e.g. --set filters=8.")
  var settings: [String] = []
  @Option(help: "For Keras weights alone: a file with the layers, i.e. a whole model, a .keras archive or JSON.")
  var config: String?
  @Option(help: "For a network of its own: what of a trajectory enters it.")
  var input = TrajectoryInput.Kind.standardised
  @Option(help: "dead-units sets units with numbers that are not finite to 0.")
  var repair: Repair?
  @Flag(help: "Name every tensor whose axes were turned.")
  var verbose = false
  @Option(help: "The checkpoint to write.")
  var output: String?
  @OptionGroup var replacement: ReplacementOption
  @OptionGroup var weights: WeightOptions

  func validate() throws {
    if let dimension, !(1...3).contains(dimension) {
      throw ValidationError("--dimension must be 1, 2 or 3, not \(dimension).")
    }
    switch sources.count {
    case 1:
      for (name, isThere) in [
        ("--task", task != nil), ("--dimension", dimension != nil), ("--output", output != nil),
      ] where !isThere {
        throw ValidationError("\(name) is needed to import a file.")
      }
    case 2:
      guard architecture == nil, task == nil, dimension == nil, output == nil, config == nil, settings.isEmpty else {
        throw ValidationError(
          "With an architecture and a folder, its nets say what they are for: leave out --architecture, --task, "
            + "--dimension, --config, --set and --output.")
      }
    default: throw ValidationError("Name one file, or an architecture and a folder.")
    }
  }

  func run() throws {
    if sources.count == 2 { return try importFolder(sources[0], sources[1]) }
    guard let task, let dimension, let output else { return }
    try replacement.check(output, besides: [sources[0], config])
    let subtask = Subtask(task: task, dimension: dimension)
    let importing = ForeignImport(try ForeignReading.read(sources[0]), repair: repair)
    let (checkpoint, report) = try make(importing, subtask)
    try checkpoint.write(to: output)
    for line in report.lines(isVerbose: verbose) { say(line) }
    say("\(output): \(checkpoint.parameters.count) numbers for \(checkpoint.architecture), \(subtask).")
  }

  // MARK: One file

  private func make(
    _ importing: ForeignImport, _ subtask: Subtask
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    guard let id = architecture else {
      guard importing.file.format.isKeras else {
        throw SettingsError.value(
          owner: importing.file.path,
          reason: "it is \(importing.file.format.title), which does not say of what network; "
            + "name it with --architecture")
      }
      return try host(importing, subtask)
    }
    guard let network = try ZooProgram.registry.architecture(id) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: "--architecture", reason: "'\(id)' has no weights")
    }
    if network is any KerasHost, importing.file.format.isKeras { return try host(importing, subtask) }
    let recipe = try Recipe(assignments: settings.map { "configuration." + $0 })
    return try checkpoint(network, importing, subtask, recipe.configuration)
  }

  private func checkpoint<Network: NetworkArchitecture>(
    _ network: Network, _ importing: ForeignImport, _ subtask: Subtask, _ settings: [String: Setting]
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    try importing.checkpoint(network, subtask, settings: settings)
  }

  private func host(
    _ importing: ForeignImport, _ subtask: Subtask
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    guard let host = ZooProgram.registry.architectures.lazy.compactMap({ $0 as? any KerasHost }).first else {
      throw SettingsError.value(
        owner: "this program", reason: "no architecture takes on layers of Keras; name one with --architecture")
    }
    return try hosted(host, importing, subtask)
  }

  private func hosted<Host: KerasHost>(
    _ host: Host, _ importing: ForeignImport, _ subtask: Subtask
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    try importing.checkpoint(
      hosting: host, subtask, kind: input, config: config.map(ForeignReading.architecture))
  }

  // MARK: A folder of published nets

  private func importFolder(_ id: String, _ folder: String) throws {
    let known = ZooProgram.registry.architectures.filter { $0 is any PublishedNets }.map(\.card.id)
    guard let network = try ZooProgram.registry.architecture(id) as? any PublishedNets else {
      throw SettingsError.value(
        owner: "the command", reason: "'\(id)' has no published nets to import; \(known.joined(separator: ", ")) have")
    }
    try importNets(network, folder)
  }

  private func importNets<Network: PublishedNets>(_ network: Network, _ folder: String) throws {
    let line = ProgressLine()
    let result = try PublishedImport(network, folder: folder, repair: repair) { path in
      line.show("reading \((path as NSString).lastPathComponent)")
      return try ForeignReading.read(path)
    }
    line.clear()
    for report in result.reports { for text in report.lines(isVerbose: verbose) { say(text) } }
    let target = weights.target + "/" + network.card.id
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    for weights in result.weights {
      let file = "\(target)/\(weights.subtask.name).h5"
      try weights.write(to: file)
      say("\(file): \(weights.members.count) \(weights.members.count == 1 ? "net" : "nets").")
    }
    if !result.missing.isEmpty {
      say("missing in \(folder): \(result.missing.joined(separator: ", ")). They are in \(network.publishedSource).")
    }
    for text in result.coverage { say(text) }
    if !result.refused.isEmpty { throw RefusedNets(reasons: result.refused.map(\.reason)) }
  }

  /// Nets that were there and could not be used.
  struct RefusedNets: Error, CustomStringConvertible {
    let reasons: [String]
    var description: String { reasons.joined(separator: "\n") }
  }
}

/// How commands read files of other programs.
enum ForeignReading {
  /// Reads a file; where libhdf5 is needed, in a process of its own.
  static func read(_ path: String) throws -> ForeignFile { try IsolatedReader().read(path) }

  /// The layers that a file describes: JSON, a whole model or an archive.
  static func architecture(_ path: String) throws -> KerasSource {
    if let text = try? String(contentsOfFile: path, encoding: .utf8), let source = KerasSource(json: text, file: path) {
      return source
    }
    guard let source = KerasSource(try read(path)) else {
      throw SettingsError.value(owner: "--config", reason: "\(path) does not describe layers")
    }
    return source
  }
}
