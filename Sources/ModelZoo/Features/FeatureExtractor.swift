import Diffusion

/// What the layer before the last of a trained network makes of trajectories.
public struct FeatureExtractor: Sendable {
  /// The architecture's id.
  public let model: String
  /// The subtask that the network was trained for; its dimension is that of the trajectories.
  public let subtask: Subtask
  private let network: NetworkCharacterizer

  /// Loads a network.
  /// - Throws: `RegistryError` where there is no such architecture, `FeatureError` where it has no feature vectors,
  ///   `CheckpointError` where its weights are missing or damaged.
  public init(_ registry: Registry, model: String, subtask: Subtask, weights: WeightStore = WeightStore()) throws {
    let architecture = try registry.architecture(model)
    guard architecture is any NetworkArchitecture else {
      throw FeatureError.noNetwork(
        model: model, networks: registry.architectures.filter { $0 is any NetworkArchitecture }.map(\.card.id))
    }
    try architecture.card.require(subtask)
    let members = try weights.weights(model, subtask).members
    guard members.count == 1,
      let network = try architecture.characterizer(for: subtask, checkpoint: members[0]) as? NetworkCharacterizer
    else { throw FeatureError.several(model: model, subtask: subtask, networks: members.count) }
    self.model = model
    self.subtask = subtask
    self.network = network
  }

  /// One vector for each trajectory, in their order and all of one length.
  /// - Throws: `CharacterizerError` where the network does not take a trajectory.
  public func features(for trajectories: [Trajectory]) throws -> [[Float]] {
    try network.features(for: trajectories)
  }
}

/// Why there are no feature vectors.
public enum FeatureError: Error, Equatable, CustomStringConvertible {
  /// The method has no layers.
  case noNetwork(model: String, networks: [String])
  /// Several networks answer together, and their features have nothing in common.
  case several(model: String, subtask: Subtask, networks: Int)
  /// The data have no trajectory.
  case noTrajectories(data: String)

  public var description: String {
    switch self {
    case .noNetwork(let model, let networks):
      "'\(model)' is not a network and has no feature vectors."
        + (networks.isEmpty ? "" : " These are: \(networks.joined(separator: ", ")).")
    case .several(let model, let subtask, let networks):
      "\(networks) networks answer \(subtask) for '\(model)' together, and their feature vectors have nothing in common; "
        + "name a folder with one network with --weights."
    case .noTrajectories(let data): "\(data) has no trajectory for this."
    }
  }
}
