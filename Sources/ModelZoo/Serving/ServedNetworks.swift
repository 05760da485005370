import Diffusion
import LayerGraph

/// Networks of one subtask behind a length policy; several for the same lengths are members of an ensemble, or folds.
public struct ServedNetworks: Characterizer {
  /// A network and the points of the trajectories that it was made for.
  public struct Member: Sendable {
    /// The trained network, ready to run.
    public let network: NetworkCharacterizer
    /// Nil for all lengths.
    public let lengths: ClosedRange<Int>?

    /// A network for all lengths by default, else for trajectories of these numbers of points.
    public init(_ network: NetworkCharacterizer, lengths: ClosedRange<Int>? = nil) {
      self.network = network
      self.lengths = lengths
    }
  }

  /// Which part of a trajectory enters which network.
  public let policy: LengthPolicy
  /// What the networks answer; its dimension is that of the trajectories.
  public let subtask: Subtask
  /// Numbers of points that are answered.
  public let lengths: ClosedRange<Int>
  /// What multiplies exponents before they are clipped.
  public private(set) var rectification: Double
  private let ranges: [ClosedRange<Int>]
  /// For each range, its members.
  private let networks: [[NetworkCharacterizer]]

  /// - Parameters:
  ///   - members: at least one; either all for all lengths or none.
  ///   - policy: which part of a trajectory enters which network.
  ///   - subtask: what the networks answer.
  ///   - lengths: what the architecture's card names.
  ///   - rectification: the constant w that multiplies exponents before they are clipped.
  /// - Throws: `ServingError` where members do not go together.
  public init(
    _ members: [Member], policy: LengthPolicy, subtask: Subtask, lengths: ClosedRange<Int>, rectification: Double = 1
  ) throws {
    let bound = members.compactMap(\.lengths)
    guard !members.isEmpty, bound.isEmpty || bound.count == members.count else {
      throw ServingError.members(subtask: subtask, forAllLengths: members.count - bound.count, forSome: bound.count)
    }
    if bound.isEmpty, policy == .whole {
      (ranges, networks) = ([lengths], [members.map(\.network)])
    } else if bound.isEmpty {
      ranges = WindowRule.published.lengths.map { $0...$0 }
      networks = ranges.map { _ in members.map(\.network) }
    } else {
      let ordered = Set(bound).sorted { ($0.upperBound, $0.lowerBound) < ($1.upperBound, $1.lowerBound) }
      ranges = ordered
      networks = ordered.map { range in members.filter { $0.lengths == range }.map(\.network) }
    }
    self.policy = policy
    self.subtask = subtask
    self.rectification = rectification
    // Windows need a trajectory that is as long as the shortest of them.
    let shortest = policy == .windows ? max(lengths.lowerBound, ranges[0].upperBound) : lengths.lowerBound
    self.lengths = shortest...max(shortest, lengths.upperBound)
  }

  /// The same networks with another constant.
  func rectified(by constant: Double) -> ServedNetworks {
    var result = self
    result.rectification = constant
    return result
  }

  /// What the members say of one trajectory.
  struct Answer {
    /// The exponent, neither rectified nor clipped, or probabilities.
    var mean: [Double]
    /// The same of each member alone; one, where there is but one.
    var members: [[Double]]
  }

  /// What the networks say together: exponents, neither rectified nor clipped, or probabilities.
  /// - Throws: `CharacterizerError` where a trajectory cannot be characterised.
  public func outputs(for trajectories: [Trajectory]) throws -> [[Double]] {
    try answers(for: trajectories).map(\.mean)
  }

  public func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try answers(for: trajectories).map { prediction($0.mean) }
  }

  /// Answers with the spread between members; without it where there is but one.
  /// - Throws: `CharacterizerError` where a trajectory cannot be characterised.
  public func estimates(for trajectories: [Trajectory]) throws -> [Estimate] {
    try answers(for: trajectories).map { answer in
      Estimate(prediction(answer.mean), spread: Spread.of(answer.members.map(prediction)))
    }
  }

  private func prediction(_ answer: [Double]) -> Prediction {
    switch subtask.task {
    case .exponent: .exponent(Prediction.clipped(answer[0] * rectification))
    case .model: .model(probabilities: answer)
    }
  }

  // MARK: Running

  /// One run of a network for one trajectory.
  private struct Job {
    let trajectory: Int
    let share: Int
    let part: LengthPolicy.Part
  }

  func answers(for trajectories: [Trajectory]) throws -> [Answer] {
    try checkInput(trajectories, dimension: subtask.dimension, lengths: lengths)
    let shares = trajectories.map { policy.shares(points: $0.count, lengths: ranges) }
    // outputs[trajectory][share][member]
    var outputs = shares.map { [[[Double]]](repeating: [], count: $0.count) }
    for (index, members) in networks.enumerated() {
      let jobs = shares.enumerated().flatMap { trajectory, shares in
        shares.enumerated().filter { $0.element.network == index }.map {
          Job(trajectory: trajectory, share: $0.offset, part: $0.element.part)
        }
      }
      guard !jobs.isEmpty else { continue }
      for network in members {
        let steps = jobs.map { network.steps(of: trajectories[$0.trajectory].count, $0.part) }
        let results = try network.run(steps: steps) {
          network.input(trajectories[jobs[$0].trajectory], jobs[$0].part)
        }
        for (job, result) in zip(jobs, results) {
          outputs[job.trajectory][job.share].append(opened(result.output.map(Double.init)))
        }
      }
    }
    return try zip(outputs, shares).enumerated().map { index, pair in
      let (outputs, shares) = pair
      let weights = shares.map(\.weight)
      let mean = Self.sum(outputs.map(WindowRule.mean), weights)
      guard mean.allSatisfy(\.isFinite) else { throw CharacterizerError.notFinite(index: index) }
      // Member n answers with network n of each length; lengths can have different numbers of them.
      let count = outputs.map(\.count).min() ?? 0
      let members = count < 2 ? [mean] : (0..<count).map { n in Self.sum(outputs.map { $0[n] }, weights) }
      return Answer(mean: closed(mean), members: members.map(closed))
    }
  }

  /// What is averaged of a network's output.
  private func opened(_ output: [Double]) -> [Double] {
    subtask.task == .exponent || policy.averagesLinearOutputs ? output : Prediction.softmax(output)
  }

  /// The answer that an average stands for.
  private func closed(_ average: [Double]) -> [Double] {
    subtask.task == .model && policy.averagesLinearOutputs ? Prediction.softmax(average) : average
  }

  private static func sum(_ parts: [[Double]], _ weights: [Double]) -> [Double] {
    guard let first = parts.first else { return [] }
    if parts.count == 1 { return first }
    return first.indices.map { index in zip(parts, weights).reduce(0) { $0 + $1.1 * $1.0[index] } }
  }
}

extension NetworkCharacterizer {
  /// Rows of the input for a part of a trajectory.
  func steps(of points: Int, _ part: LengthPolicy.Part) -> Int {
    switch part {
    case .whole: inputSteps(points: points)
    case .window(let window): inputSteps(points: window.count)
    case .zerosInFront(let points): inputSteps(points: points)
    }
  }

  /// What enters the network for a part of a trajectory.
  func input(_ trajectory: Trajectory, _ part: LengthPolicy.Part) -> Tensor {
    switch part {
    case .whole: return input(trajectory)
    case .window(let window):
      if window.count == trajectory.count { return input(trajectory) }
      // Where rows are points, the whole trajectory's scale is kept.
      if inputSteps(points: trajectory.count) == trajectory.count {
        let whole = input(trajectory), width = whole.shape[1]
        return Tensor(
          shape: [window.count, width],
          values: Array(whole.values[window.lowerBound * width..<window.upperBound * width]))
      }
      return input(trajectory.points(window))
    case .zerosInFront(let points):
      let whole = input(trajectory), width = whole.shape[1], rows = inputSteps(points: points)
      let kept = min(rows, whole.shape[0])
      return Tensor(
        shape: [rows, width],
        values: [Float](repeating: 0, count: (rows - kept) * width) + whole.values.suffix(kept * width))
    }
  }
}

/// Why networks can't be served together.
public enum ServingError: Error, Equatable, CustomStringConvertible {
  /// No members, or some for all lengths among some for single lengths.
  case members(subtask: Subtask, forAllLengths: Int, forSome: Int)
  /// Several weights of an architecture that gives no network to average.
  case noNetworks(architecture: String, count: Int)
  /// Labelled trajectories to calibrate on.
  case tooFew(found: Int, needed: Int)

  public var description: String {
    switch self {
    case .members(let subtask, let all, let some):
      "\(all) networks for all lengths and \(some) for single lengths can't serve \(subtask) together; "
        + "keep the ones or the others."
    case .noNetworks(let architecture, let count):
      "'\(architecture)' is no network, so its \(count) sets of weights can't be averaged; keep one of them."
    case .tooFew(let found, let needed):
      "\(found) labelled trajectories are too few to calibrate on; it takes \(needed) or more."
    }
  }
}
