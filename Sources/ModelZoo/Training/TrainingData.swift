import Diffusion

/// Trajectories of one length with what is to be learnt of them.
public struct TrainingBatch: Sendable {
  /// Points of each.
  public var steps: Int
  /// Those of the batch that were asked for.
  public var rows: Range<Int>
  /// The trajectories of `rows`.
  public var trajectories: [Trajectory]
  /// Exponents, or classes as whole numbers, of the whole batch.
  public var targets: [Float]
  /// Trajectories in the whole batch.
  public var count: Int { targets.count }
}

/// Where a training run's batches come from.
///
/// A batch depends on how many trajectories were seen before it, never on what was asked before, so that a resumed run
/// sees what it would have seen.
public protocol TrainingData: AnyObject {
  /// For a person to read.
  var title: String { get }
  /// The batch that follows after `seen` trajectories.
  /// - Parameters:
  ///   - seen: trajectories that came before.
  ///   - rows: the trajectories that are wanted of a batch of so many; what they are does not depend on it.
  func batch(seen: Int, rows: (_ count: Int) -> Range<Int>) throws -> TrainingBatch
  /// Trajectories of one length, for statistics by length; of the nearest length that there is.
  func calibration(length: Int, count: Int) throws -> [Trajectory]
}

extension TrainingData {
  /// The whole batch that follows after `seen` trajectories.
  public func batch(seen: Int) throws -> TrainingBatch { try batch(seen: seen) { 0..<$0 } }
}

extension GroundTruth {
  /// What a network is to say; nil where it is not known.
  func target(_ task: ChallengeTask) -> Float? {
    switch task {
    case .exponent: exponent.map(Float.init)
    case .model: model.map { Float($0.rawValue) }
    }
  }
}
