import HDF5
import LayerGraph

/// Writes parameters as PyTorch's state dict has them, by dotted key.
public struct StateDictExport: Sendable {
  /// What is written, complete for the graph; running statistics are those of one length where one was given.
  public let parameters: Parameters
  /// Lengths of the tables `mean_by_length` and `var_by_length`; empty where there are none.
  public let statisticsLengths: [Int]
  /// Counters, which PyTorch has as 64-bit integers.
  private let counters: Set<String>

  /// - Parameters:
  ///   - parameters: by their names in the graph.
  ///   - graph: the network that the parameters belong to.
  ///   - length: points of the trajectories that it is to be used for: running statistics become those of this length,
  ///     and tables by length are left out, as PyTorch's layer has none. Nil keeps all.
  /// - Throws: `ExportError.noStatistics` where there is nothing to choose from.
  public init(_ parameters: Parameters, of graph: Graph, length: Int? = nil) throws {
    var parameters = parameters.completed(for: graph.parameters)
    counters = Set(parameters.names.filter { $0.hasSuffix(".num_batches_tracked") })
    guard let length else {
      statisticsLengths = graph.statisticsLengths
      self.parameters = parameters
      return
    }
    guard !graph.statisticsLengths.isEmpty else { throw ExportError.noStatistics(length: length) }
    let store = try ParameterStore(graph, parameters)
    for node in graph.nodes {
      guard let norm = node.layer as? BatchNorm, !norm.lengths.isEmpty else { continue }
      let (mean, variance) = norm.statistics(length: length) { store.pointer(node.key(of: $0)) }
      parameters[node.key(of: "running_mean")] = Tensor(shape: [norm.channels], values: mean.map(Float.init))
      parameters[node.key(of: "running_var")] = Tensor(shape: [norm.channels], values: variance.map(Float.init))
      for name in ["mean_by_length", "var_by_length"] { parameters[node.key(of: name)] = nil }
    }
    statisticsLengths = []
    self.parameters = parameters
  }

  /// Writes HDF5: a group `state_dict` with one dataset for each key, and `statistics_by_length` where there are some.
  /// - Throws: `AtomicFile.Failure` or `HDF5Error`.
  public func writeHDF5(to path: String) throws {
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File.create(temporary), root = try file.root
      let group = try root.createGroup("state_dict")
      for name in parameters.names where !name.hasSuffix("_by_length") {
        guard let tensor = parameters[name] else { continue }
        if counters.contains(name) {
          try group.write(name, tensor.values.map { Int64($0.rounded()) }, shape: tensor.shape)
        } else {
          try group.write(name, tensor.values, shape: tensor.shape)
        }
      }
      if !statisticsLengths.isEmpty {
        let statistics = try root.createGroup("statistics_by_length")
        try statistics.write("length", statisticsLengths, shape: [statisticsLengths.count])
        for (source, target) in [(".mean_by_length", "mean"), (".var_by_length", "variance")] {
          guard let name = parameters.names.first(where: { $0.hasSuffix(source) }), let tensor = parameters[name] else {
            continue
          }
          try statistics.write(target, tensor.values, shape: tensor.shape)
        }
      }
      try file.flush()
    }
  }

  /// Writes safetensors; lengths of statistics stand among the header's texts.
  /// - Throws: `AtomicFile.Failure`.
  public func writeSafetensors(to path: String) throws {
    var texts = ["format": "pt"]
    if !statisticsLengths.isEmpty {
      texts[Safetensors.lengthsText] = statisticsLengths.map(String.init).joined(separator: " ")
    }
    try AtomicFile.write(try Safetensors.bytes(of: parameters, integers: counters, texts: texts), to: path)
  }
}

extension Safetensors {
  /// The header's text that says what lengths tables of statistics are for.
  static let lengthsText = "statistics_lengths"
}
