/// Labelled trajectories that can be had piece by piece, so that a set of any size needs little memory.
public protocol TrajectorySource: Sendable {
  /// Which labels matter.
  var task: ChallengeTask { get }
  /// Of all trajectories: 1, 2 or 3.
  var dimension: Int { get }
  /// How many there are.
  var count: Int { get }
  /// Where the data come from, for a person to read.
  var title: String { get }
  /// Some of the trajectories, in order; a range inside 0 ..< `count`.
  func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory]
}
