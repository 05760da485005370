import Diffusion

/// What several models said of each trajectory of one subtask, beside what is true: the evaluation in full.
///
/// Trajectories themselves are not kept; a source gives each of them again by its number.
public struct EvaluationRecords: Sendable {
  /// What is known of one trajectory.
  public struct Facts: Sendable, Equatable {
    /// Its number in the source, from 0.
    public let number: Int
    /// Points.
    public let length: Int
    /// What the source says is true of it.
    public let truth: GroundTruth

    /// Over the standard deviation of a displacement, that of the noise is 1 over this: 1, 2 and 10 in the challenge's
    /// data. Where components have noise of different strengths, the strength is their root mean square. Nil where the
    /// noise is unknown.
    public var signalToNoise: Double? {
      guard let sigma = truth.sigma, !sigma.isEmpty else { return nil }
      let square = sigma.reduce(0) { $0 + $1 * $1 } / Double(sigma.count)
      return square > 0 ? 1 / square.squareRoot() : nil
    }
  }

  /// What was asked.
  public let subtask: Subtask
  /// The table's rows: scores, or why there are none.
  public internal(set) var rows: [Evaluation.Row] = []
  /// Trajectories that have a label for the task, in order.
  public private(set) var facts: [Facts] = []
  private var answers: [[Prediction]]
  private var times: [[Double]]

  init(_ subtask: Subtask, models: Int) {
    self.subtask = subtask
    answers = Array(repeating: [], count: models)
    times = Array(repeating: [], count: models)
  }

  mutating func take(_ block: [LabelledTrajectory], from start: Int) {
    for (offset, item) in block.enumerated() where subtask.isAnswered(by: item.truth) {
      facts.append(Facts(number: start + offset, length: item.trajectory.count, truth: item.truth))
    }
  }

  /// - Parameter seconds: for all predictions together; nil where they were made elsewhere.
  mutating func take(_ predictions: [Prediction], of block: [LabelledTrajectory], model: Int, seconds: Double?) {
    for (prediction, item) in zip(predictions, block) where subtask.isAnswered(by: item.truth) {
      answers[model].append(prediction)
      if let seconds { times[model].append(seconds / Double(block.count)) }
    }
  }

  /// One model's predictions of `facts`, in their order; empty where the model failed or does not answer this.
  public func predictions(row: Int) -> [Prediction] { answers[row].count == facts.count ? answers[row] : [] }

  /// Seconds that each prediction took, as its block's mean; empty where they were made elsewhere.
  public func seconds(row: Int) -> [Double] { times[row].count == facts.count ? times[row] : [] }
}

extension Subtask {
  /// Whether a label for the task is there.
  func isAnswered(by truth: GroundTruth) -> Bool { task == .exponent ? truth.exponent != nil : truth.model != nil }
}
