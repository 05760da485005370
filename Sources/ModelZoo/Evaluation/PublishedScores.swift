import Diffusion

/// Scores that the paper's text gives, on the challenge's own test set of 10,000 trajectories a subtask.
///
/// - Source: Li, Yao and Huang (2021), sections 3.2 and 3.3, and Figure 4: K-fold ensembles for 43 lengths.
public enum PublishedScores {
  /// One row for each subtask.
  public static let rows: [Evaluation.Row] = [
    (ChallengeTask.exponent, [0.15069, 0.13200, 0.11211]), (.model, [0.8808, 0.9095, 0.9454]),
  ].flatMap { task, values in
    values.enumerated().map { index, value in
      var row = Evaluation.Row(model: "published", subtask: Subtask(task: task, dimension: index + 1))
      row.value = value
      row.count = 10_000
      return row
    }
  }
}
