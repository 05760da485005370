import Diffusion
import LayerGraph

/// A method that characterises trajectories: what it is, which parameters it needs, and how it is made from them.
public protocol Architecture: Sendable {
  var card: Card { get }
  /// What a checkpoint must hold; empty where there is nothing to load.
  func parameters(for subtask: Subtask) throws -> [ParameterSpec]
  /// The method, ready to run.
  /// - Parameter checkpoint: parameters that fit `parameters(for:)`; nil where that is empty.
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer
}

/// An architecture that is a network: host code gives it preprocessing, plans, training, checkpoints and checks.
public protocol NetworkArchitecture: Architecture {
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
}

extension NetworkArchitecture {
  public func parameters(for subtask: Subtask) throws -> [ParameterSpec] {
    try graph(for: subtask).parameters
  }
}
