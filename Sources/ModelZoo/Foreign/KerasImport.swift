import Diffusion
import LayerGraph

/// An architecture that is a chain of Keras layers, so that Keras's files can be its weights, and its weights such files.
public protocol KerasDescribed: NetworkArchitecture {
  /// The layers for a subtask; its graph is made of them.
  func kerasModel(for subtask: Subtask) throws -> KerasModel
}

extension KerasDescribed {
  public func graph(for subtask: Subtask) throws -> Graph { try kerasModel(for: subtask).graph(name: card.id) }
}

/// An architecture that takes on any chain of Keras layers.
public protocol KerasHost: KerasDescribed {
  /// The architecture with these layers in place of its own, and with the input that they take.
  func hosting(_ model: KerasModel, input: TrajectoryInput) -> Self
}

/// Makes checkpoints from files of other programs.
public struct ForeignImport: Sendable {
  /// The file that checkpoints are made from.
  public let file: ForeignFile
  /// What is done about numbers that are not finite; nil refuses them.
  public let repair: Repair?

  /// - Parameters:
  ///   - file: the file, as it was read.
  ///   - repair: what to do about numbers that are not finite; nil, the default, refuses them.
  public init(_ file: ForeignFile, repair: Repair? = nil) {
    self.file = file
    self.repair = repair
  }

  /// The layers that a file of Keras describes.
  /// - Parameter config: a file that has them, where this one holds weights alone.
  /// - Throws: `ForeignError.noArchitecture` where there are none, or the layer that there is nothing for.
  public func model(config: KerasSource? = nil) throws -> KerasModel {
    if let config { return try KerasModel(json: config.json, kerasVersion: config.kerasVersion, file: config.file) }
    guard file.format.isKeras, let json = file.modelConfig else { throw ForeignError.noArchitecture(file: file.path) }
    return try KerasModel(json: json, kerasVersion: file.kerasVersion, file: file.path)
  }

  /// Parameters of a chain of Keras layers, checked to be finite.
  /// - Throws: `ForeignError` where the weights are others, or not finite.
  public func parameters(of model: KerasModel) throws -> (parameters: Parameters, report: ImportReport) {
    var report = ImportReport(file)
    var parameters = try model.parameters(from: file, &report)
    parameters = try model.checked(parameters, repair: repair, file: file.path, &report)
    report.judge(parameters)
    return (parameters, report)
  }

  /// A checkpoint of an architecture.
  ///
  /// Files of Keras go to architectures that are Keras's layers; state dicts fit those whose keys they have.
  /// - Parameters:
  ///   - network: the architecture, with the defaults of its configuration.
  ///   - subtask: what the network answers.
  ///   - settings: hyper-parameters that differ from the architecture's own.
  ///   - lengths: points of the trajectories that the network was made for; nil for all.
  public func checkpoint<Network: NetworkArchitecture>(
    _ network: Network, _ subtask: Subtask, settings: [String: Setting] = [:], lengths: ClosedRange<Int>? = nil
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    try network.card.require(subtask)
    var report = ImportReport(file)
    let checkpoint: Checkpoint
    if file.format.isKeras {
      guard let described = network as? any KerasDescribed else {
        throw ForeignError.unknown(
          file: file.path,
          found: "it is \(file.format.title), and '\(network.card.id)' is no chain of Keras layers; import it without "
            + "--architecture, as a network of its own,")
      }
      (checkpoint, report) = try kerasCheckpoint(described, subtask, settings, lengths)
    } else {
      let dict = StateDictImport(file)
      let bad = ParameterLint.notFinite(dict.parameters)
      guard bad.isEmpty else {
        throw ForeignError.notFinite(file: file.path, layers: bad.map(\.description), repair: nil)
      }
      checkpoint = try dict.checkpoint(network, subtask, settings: settings)
      if !dict.statisticsLengths.isEmpty {
        report.notes.append("statistics for \(dict.statisticsLengths.count) lengths were taken over")
      }
      report.judge(checkpoint.parameters)
    }
    return (checkpoint, report)
  }

  /// A checkpoint of a network that is built of what the file, or `config`, describes.
  /// - Throws: `ForeignError` where the layers are not supported, or do not fit the weights or the subtask.
  public func checkpoint<Host: KerasHost>(
    hosting host: Host, _ subtask: Subtask, kind: TrajectoryInput.Kind, config: KerasSource? = nil
  ) throws -> (checkpoint: Checkpoint, report: ImportReport) {
    try host.card.require(subtask)
    let model = try model(config: config)
    let made = try parameters(of: model)
    var report = made.report
    if subtask.task == .model, !model.endsInSoftmax {
      report.notes.append("its last layer is no softmax: what it gives is taken for logits")
    }
    let plain = TrajectoryInput(kind).channels(dimension: subtask.dimension)
    guard model.inputChannels % plain == 0 else {
      throw ForeignError.contradiction(
        file: file.path,
        mismatches: [
          "its input has \(model.inputChannels) channels, and \(kind.rawValue) of \(subtask.dimension)D trajectories are "
            + "\(plain)"
        ])
    }
    let graph = try model.graph(name: host.card.id), wanted = Shape.vector(channels: subtask.outputs)
    let shapes = try graph.shapes(steps: model.inputSteps ?? 50)
    if shapes.indices.contains(graph.output.node), shapes[graph.output.node] != wanted {
      throw ForeignError.contradiction(
        file: file.path,
        mismatches: ["its output has shape \(shapes[graph.output.node]), and answers to \(subtask) have \(wanted)"])
    }
    let input = TrajectoryInput(kind, stepsPerBlock: model.inputChannels / plain, rows: model.inputSteps ?? 0)
    let checkpoint = try checkpoint(host.hosting(model, input: input), subtask, parameters: made.parameters)
    return (checkpoint, report)
  }

  private func kerasCheckpoint<Network: KerasDescribed>(
    _ network: Network, _ subtask: Subtask, _ settings: [String: Setting], _ lengths: ClosedRange<Int>?
  ) throws -> (Checkpoint, ImportReport) {
    let configured = try network.configured(settings)
    let model = try configured.kerasModel(for: subtask)
    // The file's own description must be the architecture's, where it has one.
    if let json = file.modelConfig {
      let said = try KerasModel(json: json, kerasVersion: file.kerasVersion, file: file.path)
      let mismatches = said.differences(from: model)
      guard mismatches.isEmpty else {
        throw ForeignError.contradiction(file: file.path, mismatches: mismatches)
      }
    }
    let (parameters, report) = try self.parameters(of: model)
    return (try checkpoint(configured, subtask, parameters: parameters, lengths: lengths), report)
  }

  /// A checkpoint with a stored run on simulated trajectories.
  func checkpoint<Network: NetworkArchitecture>(
    _ network: Network, _ subtask: Subtask, parameters: Parameters, lengths: ClosedRange<Int>? = nil
  ) throws -> Checkpoint {
    let specs = try network.graph(for: subtask).parameters
    let mismatches = parameters.mismatches(with: specs)
    guard mismatches.isEmpty else {
      throw GraphError.parameters(graph: "\(network.card.id), \(subtask)", mismatches: mismatches)
    }
    let probe = try Self.probe(subtask, points: lengths?.upperBound ?? 50, allowed: network.card.lengths)
    var checkpoint = try network.checkpoint(subtask, parameters: parameters.completed(for: specs), probe: probe)
    checkpoint.lengths = lengths
    var training = Checkpoint.Training()
    training.data = "imported from \(file.name)"
    checkpoint.training = training
    return checkpoint
  }

  /// Three simulated trajectories of one length.
  static func probe(_ subtask: Subtask, points: Int, allowed: ClosedRange<Int>) throws -> [Trajectory] {
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 1, count: 60)
    let wanted = min(max(points, allowed.lowerBound), allowed.upperBound)
    let all = simulation.trajectories(0..<simulation.count).map(\.trajectory)
    let steps = min(wanted, all.map(\.count).sorted().dropLast(3).last ?? wanted)
    return try all.filter { $0.count >= steps }.prefix(3).map { whole in
      try Trajectory(
        dimension: subtask.dimension,
        positions: (0..<subtask.dimension).flatMap { whole.component($0).prefix(steps) })
    }
  }
}

/// An architecture in Keras's JSON, and where it came from.
public struct KerasSource: Sendable, Equatable {
  /// Path of the file that the architecture came from, for messages.
  public let file: String
  /// Keras's JSON, as `model.to_json()` gives it.
  public let json: String
  /// "2.3.0-tf", "3.15.1"; nil, which counts as Keras 2, where it is not said.
  public let kerasVersion: String?

  /// - Parameters:
  ///   - file: path for messages.
  ///   - json: the architecture; it is read only when a model is made of it.
  ///   - kerasVersion: the version that wrote it; nil counts as Keras 2.
  public init(file: String, json: String, kerasVersion: String?) {
    self.file = file
    self.json = json
    self.kerasVersion = kerasVersion
  }

  /// The architecture that a weight file has; nil where it has none.
  public init?(_ file: ForeignFile) {
    guard let json = file.modelConfig else { return nil }
    self.init(file: file.path, json: json, kerasVersion: file.kerasVersion)
  }

  /// The JSON of `model.to_json()`, which may have `keras_version` beside it.
  public init?(json: String, file: String) {
    guard let root = KerasJSON(json), root.members != nil else { return nil }
    self.init(file: file, json: json, kerasVersion: root["keras_version"]?.text)
  }
}

extension KerasModel {
  /// How this model differs from another in what it computes; names of layers do not count.
  func differences(from other: KerasModel) -> [String] {
    func computing(_ model: KerasModel) -> [KerasLayer] {
      model.layers.filter { if case .dropout = $0.kind { false } else { true } }
    }
    var found: [String] = []
    if inputChannels != other.inputChannels {
      found.append("its input has \(inputChannels) channels, expected \(other.inputChannels)")
    }
    if let inputSteps, let steps = other.inputSteps, steps != inputSteps {
      found.append("its input has \(inputSteps) steps, expected \(steps)")
    }
    let mine = computing(self), others = computing(other)
    if mine.count != others.count {
      let list = others.map(\.className).joined(separator: ", ")
      found.append("its model_config has \(mine.count) layers, expected \(others.count): \(list)")
    }
    for (a, b) in zip(mine, others) where a.kind != b.kind {
      found.append("its layer '\(a.name)' is \(a.kind), expected \(b.kind)")
    }
    return found
  }
}
