/// How far a method's mean score lies from another's on the same trajectories, with a bootstrap interval.
///
/// What makes a trajectory hard makes it hard for both, and cancels: the interval is far narrower than the two intervals
/// of the scores, and says whether the methods differ where those overlap.
public struct PairedDifference: Sendable, Equatable {
  /// The mean of this method's scores minus the mean of the other's.
  public let value: Double
  /// Bounds of the interval; nil where there are fewer than two trajectories.
  public let interval: ClosedRange<Double>?
  /// Whether this method is itself the one that it is compared with.
  public let isReference: Bool

  /// Compares a method with another.
  /// - Parameters:
  ///   - scores: one for each trajectory: an absolute error, or 1 where the answer was right and 0 where not.
  ///   - reference: the other method's scores of the same trajectories in the same order; as many.
  ///   - bootstrap: how the interval is made.
  ///   - level: the probability of the interval, above 0 and below 1.
  public init(_ scores: [Double], from reference: [Double], bootstrap: Bootstrap = Bootstrap(), level: Double = 0.95) {
    precondition(scores.count == reference.count, "\(scores.count) values can't be paired with \(reference.count)")
    let differences = zip(scores, reference).map { $0 - $1 }
    value = mean(differences)
    interval = bootstrap.interval(differences, level: level)
    isReference = false
  }

  /// The best method's difference to itself: 0, without doubt.
  private init() {
    value = 0
    interval = 0...0
    isReference = true
  }

  /// Whether the interval leaves out 0, so that the two methods differ; false where there is no interval.
  public var isSignificant: Bool { interval.map { !$0.contains(0) } ?? false }

  /// Each method's difference to the best one, in the methods' order; the first of several that are equally good is it.
  /// - Parameters:
  ///   - methods: the scores of each, of the same trajectories in the same order; not empty.
  ///   - isLargerBetter: true for shares of right answers, false for errors.
  ///   - bootstrap: how the interval is made.
  ///   - level: the probability of the intervals, above 0 and below 1.
  /// - Returns: nothing where there are no methods.
  public static func toBest(
    _ methods: [[Double]], isLargerBetter: Bool, bootstrap: Bootstrap = Bootstrap(), level: Double = 0.95
  ) -> [PairedDifference] {
    // What is no number is worse than any.
    let costs = methods.map(mean).map { $0.isNaN ? .infinity : isLargerBetter ? -$0 : $0 }
    let best = costs.indices.min { costs[$0] < costs[$1] }
    guard let best else { return [] }
    return methods.enumerated().map { index, scores in
      index == best
        ? PairedDifference() : PairedDifference(scores, from: methods[best], bootstrap: bootstrap, level: level)
    }
  }
}
