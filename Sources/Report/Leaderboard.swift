import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Scores of a task: methods down, dimensions across.
  func summary(_ task: ChallengeTask) -> DataTable? {
    let cells = cells(task)
    guard !cells.isEmpty else { return nil }
    let names =
      names + (published.contains { $0.subtask.task == task } ? Array(Set(published.map(\.model))).sorted() : [])
    let rows = names.map { name in
      [DataTable.Cell.text(name)]
        + cells.map { cell in
          let row = self.rows(cell.subtask).first { $0.model == name }
          guard let value = row?.value else { return .text(row?.error == nil ? "–" : "failed") }
          let interval =
            row?.interval.map { String(format: " (%.3f\u{2060}–\u{2060}%.3f)", $0.lowerBound, $0.upperBound) } ?? ""
          return .text(String(format: "%.3f", value) + interval)
        }
    }
    return DataTable(
      task == .exponent
        ? "Exponent: mean absolute error, smaller is better" : "Diffusion model: micro-F1, larger is better",
      columns: ["method"] + cells.map { "\($0.subtask.dimension)D" }, rows: rows)
  }

  /// This run's rows and the published ones.
  private func rows(_ subtask: Subtask) -> [Evaluation.Row] {
    cells.filter { $0.subtask == subtask }.flatMap(\.rows) + published.filter { $0.subtask == subtask }
  }

  /// Figure 4 and, below, the paired differences.
  var leaderboard: [Page.Figure] {
    let failures = cells.flatMap { cell in
      cell.rows.compactMap { row in row.error.map { "\(row.model), \(cell.subtask.title): \($0)" } }
    }
    func panels(_ make: (EvaluationRecords) -> Page.Panel) -> [Page.Panel] {
      cells.isEmpty ? [.absent("Scores", reason: "Nothing was evaluated.")] : cells.map(make)
    }
    return [
      Page.Figure(
        title: "Leaderboard (Figure 4)",
        caption:
          "The score of each method with its interval, the best first. The published scores are WADNet's in the paper, from "
          + "the challenge's own test set, of other trajectories.",
        panels: panels(scores), notes: failures
      ).withSharedAxes,
      Page.Figure(
        title: "Difference to the best",
        caption: "Methods judged on the same trajectories share what is hard about them, so the interval of the mean "
          + "difference tells methods apart where their own intervals overlap. One that holds 0 says: no difference found.",
        panels: panels(differences)
      ).withSharedAxes,
    ]
  }

  /// Values with some room beyond them, so that no marker stands on the edge.
  private static func padded(_ values: [Double]) -> [Double] {
    guard let low = values.min(), let high = values.max() else { return values }
    return [low - (high - low) * 0.03, high + (high - low) * 0.03]
  }

  private func scores(_ cell: EvaluationRecords) -> Page.Panel {
    let task = cell.subtask.task
    let all = rows(cell.subtask)
    let ranked = all.filter { $0.value != nil }
      .sorted { task == .exponent ? $0.value! < $1.value! : $0.value! > $1.value! }
    guard !ranked.isEmpty else { return .absent(cell.subtask.title, reason: noAnswer(cell)) }
    let series = ranked.enumerated().map { place, row in
      PlotChart.Series(
        row.model, .points, style: row.scores.isEmpty ? Self.publishedStyle : style(row.model),
        points: [
          .init(
            row.value!, Double(place), xInterval: row.interval,
            note: "\(row.model): \(NumberText.short(row.value!))")
        ], isInLegend: false)
    }
    let bounds = ranked.flatMap {
      [$0.value!, $0.interval?.lowerBound ?? $0.value!, $0.interval?.upperBound ?? $0.value!]
    }
    let table = DataTable(
      cell.subtask.title,
      columns: ["method", task.metric, "low", "high", "trajectories", "ms per trajectory", "note"],
      rows: (ranked + all.filter { $0.value == nil }).map { row in
        [
          .text(row.model), .init(row.value), .init(row.interval?.lowerBound), .init(row.interval?.upperBound),
          row.count > 0 ? .count(row.count) : .absent,
          .init(row.seconds.map { 1000 * $0 / Double(max(1, row.count)) }),
          .text(row.error ?? (row.value == nil ? "does not answer this" : "")),
        ]
      })
    return .chart(
      PlotChart(
        cell.subtask.title,
        description: "\(task.metricName), best first: "
          + ranked.map { "\($0.model) \(NumberText.short($0.value!))" }.joined(separator: ", ") + ".",
        x: Axis(
          task.metric + (task == .exponent ? ", smaller is better" : ", larger is better"),
          .linear(around: Self.padded(bounds))),
        y: Axis("", .categories(ranked.map(\.model))), series: series,
        plotHeight: 26 * Double(ranked.count) + 8, table: table))
  }

  private func differences(_ cell: EvaluationRecords) -> Page.Panel {
    let task = cell.subtask.task
    let compared = cell.rows.filter { $0.difference != nil }
      .sorted { abs($0.difference!.value) < abs($1.difference!.value) }
    guard !compared.isEmpty else {
      return .absent(cell.subtask.title, reason: "There is but one method with a score, so nothing to compare it with.")
    }
    let series = compared.enumerated().map { place, row in
      PlotChart.Series(
        row.model, .points, style: style(row.model),
        points: [.init(row.difference!.value, Double(place), xInterval: row.difference!.interval)], isInLegend: false)
    }
    let bounds = compared.flatMap { row -> [Double] in
      let difference = row.difference!
      return [difference.value] + (difference.interval.map { [$0.lowerBound, $0.upperBound] } ?? [])
    }
    let sentences = compared.map { row in
      row.difference!.isReference
        ? "\(row.model) is the best"
        : "\(row.model) \(NumberText.short(row.difference!.value))"
          + (row.difference!.isSignificant ? "" : ", no difference found")
    }
    return .chart(
      PlotChart(
        cell.subtask.title, description: "Difference to the best: \(sentences.joined(separator: "; ")).",
        x: Axis("\(task.metric) minus the best's", .linear(around: Self.padded(bounds + [0]))),
        y: Axis("", .categories(compared.map(\.model))), series: series, rules: [.vertical(0, style: nil)],
        plotHeight: 26 * Double(compared.count) + 8,
        table: DataTable(
          "Difference to the best, \(cell.subtask.title)", columns: ["method", "difference", "low", "high"],
          rows: compared.map { row in
            [
              .text(row.model), .number(row.difference!.value), .init(row.difference!.interval?.lowerBound),
              .init(row.difference!.interval?.upperBound),
            ]
          })))
  }
}
