import Diffusion
import Foundation
import LayerGraph

/// A method that characterises trajectories: what it is, which parameters it needs, and how it is made from them.
public protocol Architecture: Sendable {
  /// What users read of it, and what it promises.
  var card: Card { get }
  /// What a checkpoint must hold; empty where there is nothing to load.
  func parameters(for subtask: Subtask) throws -> [ParameterSpec]
  /// The method, ready to run.
  /// - Parameters:
  ///   - subtask: one that the card names.
  ///   - checkpoint: parameters that fit `parameters(for:)`; nil where that is empty.
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer
}

/// An architecture that is a network: host code gives it preprocessing, plans, training, checkpoints and checks.
public protocol NetworkArchitecture: Architecture {
  /// Its hyper-parameters: plain values that JSON can hold.
  associatedtype Configuration: Codable & Sendable & Equatable
  /// Hyper-parameters; the published values are the defaults. Stored in checkpoints as JSON.
  var configuration: Configuration { get }
  /// The same architecture with other hyper-parameters, e.g. those of a checkpoint.
  func with(configuration: Configuration) -> Self
  /// The network; ends in `finish(features:output:)`.
  func graph(for subtask: Subtask) throws -> Graph
  /// What enters the graph for one trajectory: `[steps, dimension]`. By default each component is z-scored over the
  /// given points.
  func input(_ trajectory: Trajectory) -> Tensor
  /// Rows of `input` for a trajectory of this many points; by default as many.
  func inputSteps(points: Int) -> Int
}

extension NetworkArchitecture {
  /// One row for each point.
  public func inputSteps(points: Int) -> Int { points }

  public func parameters(for subtask: Subtask) throws -> [ParameterSpec] {
    try graph(for: subtask).parameters
  }

  public func input(_ trajectory: Trajectory) -> Tensor {
    Tensor(shape: [trajectory.count, trajectory.dimension], values: trajectory.standardised())
  }

  /// The network with the checkpoint's configuration and parameters.
  public func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer {
    guard let checkpoint else { throw CheckpointError.absent(architecture: card.id, subtask: subtask) }
    return try NetworkCharacterizer(
      configured(by: checkpoint, for: subtask), subtask: subtask, parameters: checkpoint.parameters,
      length: checkpoint.length)
  }

  /// The same architecture with the hyper-parameters of a checkpoint.
  /// - Throws: `CheckpointError` where the checkpoint belongs to something else.
  public func configured(by checkpoint: Checkpoint, for subtask: Subtask) throws -> Self {
    guard checkpoint.architecture == card.id, checkpoint.subtask == subtask else {
      throw CheckpointError.other(
        expected: "\(card.id), \(subtask)", found: "\(checkpoint.architecture), \(checkpoint.subtask)")
    }
    do {
      return with(
        configuration: try JSONDecoder().decode(Configuration.self, from: Data(checkpoint.configuration.utf8)))
    } catch is DecodingError {
      throw CheckpointError.configuration(architecture: card.id, text: checkpoint.configuration)
    }
  }

  /// The configuration as it stands in checkpoints: JSON with sorted keys.
  public var configurationText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // A configuration is plain values; encoding them cannot fail.
    return (try? encoder.encode(configuration)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}

extension Card {
  /// - Throws: `CheckpointError.subtask` where the architecture is not for this subtask.
  public func require(_ subtask: Subtask) throws {
    guard subtasks.contains(subtask) else { throw CheckpointError.subtask(architecture: id, subtask: subtask) }
  }
}
