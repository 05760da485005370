import Diffusion

extension Evaluation {
  /// A model at work on one subtask.
  struct Contest {
    var row: Row
    /// Nil where there is nothing to ask, or no longer.
    var entrant: Entrant?
    /// Nil where predictions were made elsewhere.
    var seconds: Double?
    var doubt = IntervalCount()

    enum Entrant {
      case model(any Characterizer)
      /// Answers to all trajectories.
      case submission([Prediction])
    }

    var characterizer: (any Characterizer)? {
      guard case .model(let characterizer) = entrant else { return nil }
      return characterizer
    }

    /// Begins to count what was said of diffusion models, where they are asked for.
    mutating func startCounts() {
      guard row.subtask.task == .model else { return }
      row.confusion = ConfusionMatrix()
      row.reliability = Reliability()
    }

    /// Judges a block; a failure ends this model's part.
    /// - Parameters:
    ///   - answer: the model's.
    ///   - start: the number of the block's first trajectory.
    /// - Returns: what was said, and how long it took.
    mutating func judge(_ answer: BlockEstimates.Answer, _ truths: [GroundTruth], from start: Int) -> (
      predictions: [Prediction], seconds: Double?
    )? {
      switch (entrant, answer) {
      case (.submission(let all), _):
        let predictions = Array(all[start..<start + truths.count])
        for (prediction, truth) in zip(predictions, truths) { take(Estimate(prediction), truth) }
        return (predictions, nil)
      case (.model, .estimates(let estimates, let spent)):
        for (estimate, truth) in zip(estimates, truths) { take(estimate, truth) }
        seconds = seconds.map { $0 + spent }
        return (estimates.map(\.prediction), spent)
      case (.model, .failure(let reason)):
        row.error = reason
        entrant = nil
        return nil
      case (.model, .none), (nil, _): return nil
      }
    }

    private mutating func take(_ estimate: Estimate, _ truth: GroundTruth) {
      switch estimate.prediction {
      case .exponent(let exponent):
        guard let right = truth.exponent else { return }
        row.scores.append(abs(exponent - right))
        doubt.add(estimate, truth: right)
      case .model(let probabilities):
        guard let right = truth.model else { return }
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        row.reliability?.add(probabilities: probabilities, truth: right.rawValue)
        row.confusion?.add(predicted: DiffusionModel.allCases[best], truth: right)
        row.scores.append(best == right.rawValue ? 1 : 0)
      }
    }
  }
}

/// Counts true exponents inside stated intervals.
struct IntervalCount {
  private var count = 0
  private var inside: [Estimate.Coverage: Int] = [:]
  private var widths = 0.0

  mutating func add(_ estimate: Estimate, truth: Double) {
    guard let wide = estimate.interval(.ninetyFive) else { return }
    count += 1
    widths += wide.upperBound - wide.lowerBound
    for coverage in Estimate.Coverage.allCases {
      // Labels in files have 32 bits.
      guard let interval = estimate.interval(coverage) else { continue }
      let isInside = interval.lowerBound - 1e-6 <= truth && truth <= interval.upperBound + 1e-6
      inside[coverage, default: 0] += isInside ? 1 : 0
    }
  }

  var coverage: [Estimate.Coverage: Double]? {
    count == 0 ? nil : inside.mapValues { Double($0) / Double(count) }
  }
  var width: Double? { count == 0 ? nil : widths / Double(count) }
}
