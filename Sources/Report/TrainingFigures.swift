import Diffusion
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Figure 3.
  var training: [Page.Figure] {
    let lengths = ChallengeTask.allCases.map(scoresByLength)
    return [
      Page.Figure(
        title: "Training curves (Figure 3, a and b)",
        caption:
          "Losses and the validation metric as training goes on; the vertical line marks the weights that were kept.",
        panels: curves.isEmpty
          ? [
            .absent(
              "Training curves",
              reason: "No training log lies beside the weights. One can be named: --log NAME=FILE.csv.")
          ] : curves.map(curve)),
      Page.Figure(
        title: "Best validation metric against length (Figure 3, c and d)",
        caption: "For methods whose weights are networks for single lengths.",
        panels: lengthScores.isEmpty
          ? [.absent("By length", reason: "No method has weights for single lengths: one network serves all of them.")]
          : lengths.compactMap { $0 }),
    ]
  }

  private func curve(_ curve: TrainingCurve) -> Page.Panel {
    let rows = curve.rows
    guard !rows.isEmpty else { return .absent(curve.name, reason: "The log has no validation yet.") }
    // More points than pixels are not seen.
    let stride = max(1, rows.count / 300)
    let shown = rows.enumerated().filter { $0.offset % stride == 0 || $0.offset == rows.count - 1 }.map(\.element)
    func series(_ name: String, _ style: Int, _ value: (TrainingCurve.Row) -> Double) -> PlotChart.Series {
      PlotChart.Series(
        name, .line(), style: style, points: shown.filter { value($0) > 0 }.map { .init(Double($0.seen), value($0)) })
    }
    let all = [
      series("training loss", 4, \.trainingLoss), series("validation loss", 1, \.validationLoss),
      series("validation \(curve.metric.uppercased())", 0, \.metric),
    ]
    let best = rows.last { $0.isBest }
    return .chart(
      PlotChart(
        curve.name,
        description: "Training over \(rows.last?.seen ?? 0) trajectories"
          + (best.map { "; best validation \(curve.metric.uppercased()) \(NumberText.short($0.metric)) at \($0.seen)" }
            ?? "")
          + ".",
        x: Axis("trajectories seen", .linear(around: rows.map { Double($0.seen) }, includingZero: true)),
        y: Axis("loss and metric", .logarithmic(around: all.flatMap { $0.points.map(\.y) })), series: all,
        rules: best.map { [.vertical(Double($0.seen), style: nil)] } ?? [],
        table: DataTable(
          "Training of \(curve.name)",
          columns: [
            "trajectories seen", "training loss", "validation loss", "validation \(curve.metric)", "best so far",
          ],
          rows: rows.map {
            [
              .count($0.seen), .number($0.trainingLoss), .number($0.validationLoss), .number($0.metric),
              .text($0.isBest ? "yes" : ""),
            ]
          })))
  }

  private func scoresByLength(_ task: ChallengeTask) -> Page.Panel? {
    let scores = lengthScores.filter { $0.subtask.task == task }
    guard !scores.isEmpty else { return nil }
    var seen: Set<String> = []
    let groups = scores.map { "\($0.model), \($0.subtask.dimension)D" }.filter { seen.insert($0).inserted }
    let series = groups.enumerated().map { index, name in
      PlotChart.Series(
        name, .line(), style: index,
        points: scores.filter { "\($0.model), \($0.subtask.dimension)D" == name }.sorted { $0.length < $1.length }
          .map { .init(Double($0.length), $0.score) })
    }
    return .chart(
      PlotChart(
        "Best validation \(task.metric)",
        description: "Best validation \(task.metricName) of \(scores.count) networks.",
        x: Axis("length (points)", .linear(around: scores.map { Double($0.length) }, includingZero: true)),
        y: Axis(task.metric, .linear(around: scores.map(\.score), includingZero: task == .exponent)), series: series,
        table: DataTable(
          "Best validation \(task.metric)", columns: ["method", "dimension", "length", task.metric],
          rows: scores.map { [.text($0.model), .count($0.subtask.dimension), .count($0.length), .number($0.score)] })))
  }
}
