import Diffusion
import Foundation

/// What is kept beside weights on how they answer: which policy, which constant, how sure.
///
/// It stands in a weight file, or, for a folder of weight files, in `serving.json` beside them. What is absent has a
/// default, so that older files stay as they are.
public struct Serving: Codable, Sendable, Equatable {
  /// Nil: the paper's two windows for networks of single lengths, else the whole trajectory.
  public var policy: LengthPolicy?
  /// The constant w that multiplies exponents; nil: the published one for two windows, else 1.
  public var rectification: Double?
  /// How sure the answers are; nil where that was not measured.
  public var calibration: Calibration?

  /// Defaults for what is not said.
  public init(policy: LengthPolicy? = nil, rectification: Double? = nil, calibration: Calibration? = nil) {
    self.policy = policy
    self.rectification = rectification
    self.calibration = calibration
  }

  /// Whether nothing is said.
  public var isEmpty: Bool { self == Serving() }

  /// For a person to read.
  public var summary: String {
    var parts: [String] = []
    if let policy { parts.append("policy \(policy.rawValue)") }
    if let rectification { parts.append(String(format: "w %.4f", rectification)) }
    if let calibration {
      if let temperature = calibration.temperature { parts.append(String(format: "temperature %.3f", temperature)) }
      if let errors = calibration.errors {
        // The usual case: a hundred points, normal diffusion.
        let scale = errors.scale(points: 100, exponent: 1, spread: nil)
        parts.append(
          errors.usesSpread
            ? "intervals by length, exponent and spread"
            : String(
              format: "95 %% of exponents near 1 of 100 points within %.2f of the truth", errors.ninetyFive * scale))
      }
      parts.append("calibrated on \(calibration.count) trajectories")
    }
    return parts.isEmpty ? "as is, not calibrated" : parts.joined(separator: ", ")
  }

  /// The policy for networks that are, or are not, for all lengths.
  func policy(isForAllLengths: Bool) -> LengthPolicy { policy ?? (isForAllLengths ? .whole : .windows) }

  /// The constant for these networks.
  func rectification(_ subtask: Subtask, isForAllLengths: Bool) -> Double {
    if subtask.task == .model { return 1 }
    if let rectification { return rectification }
    let isPublished = !isForAllLengths && policy(isForAllLengths: isForAllLengths) == .windows
    return isPublished ? WindowRule.rectification(dimension: subtask.dimension) : 1
  }
}

/// What a user wants otherwise than the weights say.
public struct ServingOptions: Sendable, Equatable {
  /// In place of the weights' own.
  public var policy: LengthPolicy?
  /// Copies of a trajectory that an answer is averaged over.
  public var symmetries: SymmetryChoice

  /// By default what the weights say, for the trajectory alone.
  public init(policy: LengthPolicy? = nil, symmetries: SymmetryChoice = .first(1)) {
    self.policy = policy
    self.symmetries = symmetries
  }
}

extension Architecture {
  /// The method with the weights of a store, ready to run: behind its length policy, calibrated where the weights are.
  /// - Throws: `CheckpointError` or `ServingError` where weights are missing, damaged, another's or don't go together.
  public func characterizer(
    for subtask: Subtask, weights: WeightStore, options: ServingOptions = ServingOptions()
  ) throws -> any Characterizer {
    try card.require(subtask)
    if try parameters(for: subtask).isEmpty {
      return options.symmetric(try characterizer(for: subtask, checkpoint: nil), subtask)
    }
    do {
      return try characterizer(for: subtask, weights: weights.weights(card.id, subtask), options: options)
    } catch CheckpointError.notFound(_, _, let places, _) {
      let published = (self as? any PublishedNets).map { network in
        let files = network.publishedNets.filter { $0.subtask == subtask }.map(\.file)
        return "\(files.joined(separator: ", ")) from \(network.publishedSource)"
      }
      throw CheckpointError.notFound(architecture: card.id, subtask: subtask, places: places, published: published)
    }
  }

  /// The same of given weights.
  public func characterizer(
    for subtask: Subtask, weights: Weights, options: ServingOptions = ServingOptions()
  ) throws -> any Characterizer {
    var serving = weights.serving
    if let policy = options.policy, policy != serving.policy(isForAllLengths: weights.isForAllLengths) {
      // What was fitted for another policy does not hold for this one.
      serving = Serving(policy: policy)
    }
    var method: any Characterizer
    if let networks = try served(weights, serving, subtask) {
      method = networks
    } else if weights.members.count == 1 {
      method = try characterizer(for: subtask, checkpoint: weights.members[0])
    } else {
      throw ServingError.noNetworks(architecture: card.id, count: weights.members.count)
    }
    if let calibration = serving.calibration {
      method = CalibratedCharacterizer(method, calibration: calibration)
    }
    return options.symmetric(method, subtask)
  }

  /// The networks behind their policy; nil where a member is no network.
  func served(_ weights: Weights, _ serving: Serving, _ subtask: Subtask) throws -> ServedNetworks? {
    var members: [ServedNetworks.Member] = []
    for checkpoint in weights.members {
      guard let network = try characterizer(for: subtask, checkpoint: checkpoint) as? NetworkCharacterizer else {
        return nil
      }
      members.append(ServedNetworks.Member(network, lengths: checkpoint.lengths))
    }
    let isForAll = weights.isForAllLengths
    return try ServedNetworks(
      members, policy: serving.policy(isForAllLengths: isForAll), subtask: subtask, lengths: card.lengths,
      rectification: serving.rectification(subtask, isForAllLengths: isForAll))
  }
}

extension ServingOptions {
  func symmetric(_ method: any Characterizer, _ subtask: Subtask) -> any Characterizer {
    let copies = symmetries.symmetries(dimension: subtask.dimension)
    return copies.count > 1 ? SymmetricCharacterizer(method, symmetries: copies) : method
  }
}
