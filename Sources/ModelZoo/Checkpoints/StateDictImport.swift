import Diffusion
import Foundation
import HDF5
import LayerGraph

/// Reads parameters from HDF5 files of other programs: a group `state_dict` with one dataset for each dotted key.
///
/// A group `statistics_by_length` (`length`, `mean`, `variance`) beside it becomes the table of the network's one batch
/// normalisation.
public struct StateDictImport: Sendable {
  /// The path of the file.
  public let file: String
  /// All numbers of the file, with its own keys.
  public private(set) var parameters: Parameters
  /// Lengths of the statistics by length; empty where there are none.
  public private(set) var statisticsLengths: [Int] = []

  /// - Throws: `HDF5Error` or `CheckpointError` where the file is no such file.
  public init(_ path: String) throws {
    file = path
    let root = try HDF5File.open(path).root
    parameters = try (root.contains("state_dict") ? root.group("state_dict") : root).parameters()
    guard root.contains("statistics_by_length") else { return }
    let group = try root.group("statistics_by_length")
    let lengths = try group.dataset("length").read(as: Int.self)
    let norms = parameters.names.filter { $0.hasSuffix(".running_mean") }
    guard norms.count == 1 else {
      throw CheckpointError.contents(
        file: path, object: "statistics_by_length", expected: "one batch normalisation that they belong to",
        found: "\(norms.count) of them")
    }
    let scope = norms[0].dropLast("running_mean".count)
    for (source, target) in [("mean", "mean_by_length"), ("variance", "var_by_length")] {
      let tensor = try group.tensor(source)
      guard tensor.shape.first == lengths.count else {
        throw CheckpointError.contents(
          file: path, object: "statistics_by_length/\(source)", expected: "\(lengths.count) rows",
          found: "shape \(tensor.shape)")
      }
      parameters[scope + target] = tensor
    }
    statisticsLengths = lengths
  }

  /// A checkpoint of a network with these parameters.
  /// - Parameters:
  ///   - network: what the numbers are for.
  ///   - subtask: what it was trained for.
  ///   - settings: hyper-parameters that differ from the architecture's own.
  /// - Throws: `GraphError.parameters` with all that does not fit, `SettingsError` where a setting is unknown.
  public func checkpoint<Network: NetworkArchitecture>(
    _ network: Network, _ subtask: Subtask, settings: [String: Setting] = [:]
  ) throws -> Checkpoint {
    try network.card.require(subtask)
    var settings = settings
    if network.knowsSetting("statisticsLengths"), settings["statisticsLengths"] == nil {
      settings["statisticsLengths"] = .list(statisticsLengths.map(Setting.integer))
    }
    var parameters = parameters
    if settings["statisticsLengths"] == .list([]) {
      // Pooled statistics were asked for.
      for name in parameters.names where name.hasSuffix("_by_length") { parameters[name] = nil }
    }
    let configured = try network.configured(settings)
    let specs = try configured.graph(for: subtask).parameters
    let mismatches = parameters.mismatches(with: specs)
    guard mismatches.isEmpty else {
      throw GraphError.parameters(graph: "\(network.card.id), \(subtask)", mismatches: mismatches)
    }
    // A stored run of the imported network: three simulated trajectories of 50 points.
    let simulation = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 1, count: 60)
    let steps = min(max(50, network.card.lengths.lowerBound), network.card.lengths.upperBound)
    let probe = try simulation.trajectories(0..<simulation.count).map(\.trajectory).filter { $0.count >= steps }
      .prefix(3).map { whole in
        try Trajectory(
          dimension: subtask.dimension,
          positions: (0..<subtask.dimension).flatMap { whole.component($0).prefix(steps) })
      }
    var checkpoint = try configured.checkpoint(subtask, parameters: parameters.completed(for: specs), probe: probe)
    var training = Checkpoint.Training()
    training.data = "imported from \((file as NSString).lastPathComponent)"
    checkpoint.training = training
    return checkpoint
  }
}

extension NetworkArchitecture {
  /// Whether the configuration has a hyper-parameter of this name.
  func knowsSetting(_ name: String) -> Bool {
    let object = try? JSONSerialization.jsonObject(with: Data(configurationText.utf8))
    return (object as? [String: Any])?[name] != nil
  }
}
