import Diffusion

/// One cell of the comparison: what is asked, in how many dimensions.
public struct Subtask: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The anomalous exponent (the challenge's task 1) or the diffusion model (task 2).
  public let task: ChallengeTask
  /// 1, 2 or 3.
  public let dimension: Int

  /// A subtask; `dimension` must be 1, 2 or 3.
  public init(task: ChallengeTask, dimension: Int) {
    precondition((1...3).contains(dimension), "trajectories have 1, 2 or 3 dimensions")
    self.task = task
    self.dimension = dimension
  }

  /// All six, exponents first.
  public static let all: [Subtask] = ChallengeTask.allCases.flatMap { task in
    (1...3).map { Subtask(task: task, dimension: $0) }
  }

  /// Numbers that a network for it ends in: one exponent, or a logit for each diffusion model.
  public var outputs: Int {
    switch task {
    case .exponent: 1
    case .model: DiffusionModel.allCases.count
    }
  }

  /// As in the names of weight files: `exponent-1d`.
  public var name: String { "\(task.rawValue)-\(dimension)d" }
  public var description: String { name }
}
