import Cluster
import Foundation
import HDF5
import LayerGraph

/// All that changes while a network is trained; a run that goes on from it is the run that was never stopped.
public final class TrainingState {
  /// Numbers of the run.
  public struct Progress: Codable, Sendable, Equatable {
    /// Trajectories seen.
    public var seen = 0
    /// Batches seen.
    public var steps = 0
    /// Batches whose gradients were not finite and so not used.
    public var skipped = 0
    /// Seconds at work, over all sessions.
    public var seconds = 0.0
    /// The best validation; nil before the first.
    public var best: ValidationSet.Score?
    /// Trajectories seen when the best weights were found.
    public var bestSeen = 0
    /// Where the plateau schedule stands; nil with another schedule.
    public var plateau: PlateauSchedule?
    /// Whether the schedule has ended the run.
    public var isStopped = false
    /// Sum of training losses since the last validation.
    public var lossSum = 0.0
    /// Number of training losses since the last validation.
    public var lossCount = 0
  }

  /// Numbers of the run.
  public var progress = Progress()
  /// What gradients change.
  public let parameters: ParameterStore
  /// The moving average of the parameters.
  public let average: ParameterStore
  /// The weights of the best validation.
  public let best: ParameterStore
  /// The optimiser's memory.
  public let optimizer: OptimizerState

  /// A run's beginning.
  public init(_ parameters: ParameterStore) {
    self.parameters = parameters
    average = parameters.copy()
    best = parameters.copy()
    optimizer = OptimizerState(for: parameters)
  }

  /// Differs where parameters do.
  public var checksum: Checksum {
    var checksum = Checksum()
    checksum.add(UnsafeRawBufferPointer(start: parameters.trained.pointer, count: parameters.trained.count * 4))
    return checksum
  }

  // MARK: Files

  /// Writes the state; an existing file is replaced in one step.
  public func write(to path: String, recipe: Recipe, configuration: String) throws {
    try SealedFile.write(.trainingState, to: path) { root in
      try root.setAttribute("recipe", recipe.yaml)
      try root.setAttribute("configuration", configuration)
      try root.setAttribute("progress", String(decoding: JSONEncoder().encode(progress), as: UTF8.self))
      try root.setAttribute("optimizer_steps", optimizer.steps)
      for (name, store) in [("parameters", parameters), ("average", average), ("best", best)] {
        try root.createGroup(name).write(store.parameters)
      }
      for (name, moment) in [("first", optimizer.first), ("second", optimizer.second)] {
        let values = Array(UnsafeBufferPointer(start: moment.pointer, count: moment.count))
        try root.write(name, values, shape: [values.count], options: .compressed)
      }
    }
  }

  /// What a state file says of its run.
  public struct Header: Sendable {
    /// What the run is decided by.
    public let recipe: Recipe
    /// The architecture's configuration as JSON.
    public let configuration: String
    /// The run's numbers when it was written.
    public let progress: Progress

    /// Whether the run has come to its end.
    public var isFinished: Bool { progress.seen >= recipe.budget || progress.isStopped }
  }

  /// Reads the recipe of a state file.
  /// - Parameters:
  ///   - path: of the state file.
  ///   - contents: of the file, where they have been read already.
  public static func header(of path: String, contents: [UInt8]? = nil) throws -> Header {
    let root = try SealedFile.open(.trainingState, path, contents: contents).root
    return Header(
      recipe: try Recipe(yaml: root.string("recipe")), configuration: try root.string("configuration"),
      progress: try progress(root, path))
  }

  /// Reads a state.
  /// - Parameters:
  ///   - path: of the state file.
  ///   - contents: of the file, where they have been read already.
  ///   - graph: of the network that is trained.
  /// - Throws: `CheckpointError`, `HDF5Error` or `GraphError` where the file is damaged or of another graph.
  public convenience init(contentsOf path: String, contents: [UInt8]? = nil, graph: Graph) throws {
    let root = try SealedFile.open(.trainingState, path, contents: contents).root
    self.init(try ParameterStore(graph, root.group("parameters").parameters()))
    average.assign(from: try ParameterStore(graph, root.group("average").parameters()))
    best.assign(from: try ParameterStore(graph, root.group("best").parameters()))
    for (name, moment) in [("first", optimizer.first), ("second", optimizer.second)] {
      let values: [Float] = try root.dataset(name).read()
      guard values.count == moment.count else {
        throw CheckpointError.contents(
          file: path, object: name, expected: "\(moment.count) numbers", found: "\(values.count)")
      }
      moment.pointer.update(from: values, count: values.count)
    }
    optimizer.steps = try root.integer("optimizer_steps")
    progress = try Self.progress(root, path)
  }

  private static func progress(_ root: HDF5Group, _ path: String) throws -> Progress {
    let text = try root.string("progress")
    guard let progress = try? JSONDecoder().decode(Progress.self, from: Data(text.utf8)) else {
      throw CheckpointError.contents(file: path, object: "progress", expected: "the run's numbers", found: "other text")
    }
    return progress
  }
}
