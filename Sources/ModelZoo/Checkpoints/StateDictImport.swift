import Foundation
import LayerGraph

/// Parameters by dotted key from files of other programs: safetensors, or HDF5 with a group `state_dict` that has one
/// dataset for each key.
///
/// In HDF5 a group `statistics_by_length` (`length`, `mean`, `variance`) beside it becomes the table of the network's
/// one batch normalisation.
public struct StateDictImport: Sendable {
  /// The path of the file.
  public let file: String
  /// All numbers of the file, with its own keys.
  public private(set) var parameters: Parameters
  /// Lengths of the statistics by length; empty where there are none.
  public private(set) var statisticsLengths: [Int]

  /// Reads an HDF5 or a safetensors file in this process.
  /// - Throws: `ForeignError` or `HDF5Error` where the file is no such file.
  public init(_ path: String) throws { self.init(try ForeignFile(contentsOf: path)) }

  /// Takes over what was read of a file.
  public init(_ foreign: ForeignFile) {
    file = foreign.path
    parameters = foreign.tensors
    statisticsLengths = foreign.statisticsLengths
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
    let probe = try ForeignImport.probe(subtask, points: 50, allowed: network.card.lengths)
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
