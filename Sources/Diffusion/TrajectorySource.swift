/// Labelled trajectories that can be had piece by piece, so that a set of any size needs little memory.
public protocol TrajectorySource: Sendable {
  /// Which labels matter.
  var task: ChallengeTask { get }
  var dimension: Int { get }
  var count: Int { get }
  /// Where the data come from, for a person to read.
  var title: String { get }
  /// Some of the trajectories, in order.
  func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory]
}
