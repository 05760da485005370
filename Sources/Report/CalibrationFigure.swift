import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// How much of what methods say of their own doubt is true.
  var calibration: [Page.Figure] {
    let models = cells(.model), exponents = cells(.exponent)
    return [
      Page.Figure(
        title: "Reliability of class probabilities",
        caption:
          "Answers are sorted by the probability that the method itself gave them. On the dashed line it is right "
          + "just as often as it says; below, it is too sure. ECE: expected calibration error, the mean distance from the "
          + "line. Points of fewer than \(Self.fewestAnswers) answers stand in the table alone.",
        panels: models.isEmpty ? [absence(.model)] : models.map(reliability)),
      Page.Figure(
        title: "Coverage of intervals of the exponent",
        caption: "How many true exponents lay in the interval that the method stated, against how many were meant to.",
        panels: exponents.isEmpty ? [absence(.exponent)] : exponents.map(coverage)),
    ]
  }

  private func coverage(_ cell: EvaluationRecords) -> Page.Panel {
    let title = cell.subtask.title
    let methods = cell.rows.filter { $0.value != nil && $0.coverage?.isEmpty == false }
    guard !methods.isEmpty else {
      return .absent(title, reason: "No method here states intervals; `zoo calibrate` gives a method its own.")
    }
    func shares(_ row: Evaluation.Row) -> [(stated: Double, found: Double)] {
      (row.coverage ?? [:]).map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
    }
    return .chart(
      PlotChart(
        title,
        description: methods.map { row in
          "\(row.model): "
            + shares(row).map { "\(NumberText.short(100 * $0.found)) % for \(NumberText.short(100 * $0.stated)) %" }
            .joined(separator: ", ")
        }.joined(separator: "; ") + ".",
        x: Axis("stated share", .linear(0.5...1)), y: Axis("share inside", .linear(0.5...1)),
        series: methods.map { row in
          PlotChart.Series(
            row.model, .line(), style: style(row.model), points: shares(row).map { .init($0.stated, $0.found) })
        }, rules: [.diagonal],
        table: DataTable(
          "Coverage of intervals, \(title)", columns: ["method", "stated share", "share inside", "mean width of 95 %"],
          rows: methods.flatMap { row in
            shares(row).map { [.text(row.model), .number($0.stated), .number($0.found), .init(row.width)] }
          })))
  }

  /// Below it a share is a matter of luck.
  private static let fewestAnswers = 10

  private func reliability(_ cell: EvaluationRecords) -> Page.Panel {
    let curves = answered(cell).compactMap { method in
      method.row.reliability.map { (name: method.row.model, style: style(method.row.model), reliability: $0) }
    }
    guard !curves.isEmpty else { return .absent(cell.subtask.title, reason: noAnswer(cell)) }
    func error(_ reliability: Reliability) -> String {
      reliability.expectedCalibrationError.map { String(format: "%.3f", $0) } ?? "unknown"
    }
    return .chart(
      PlotChart(
        cell.subtask.title,
        description: "Expected calibration error: "
          + curves.map { "\($0.name) \(error($0.reliability))" }.joined(separator: ", ") + ".",
        x: Axis("stated probability", .linear(0...1)), y: Axis("share that is right", .linear(0...1)),
        series: curves.map { curve in
          PlotChart.Series(
            "\(curve.name), ECE \(error(curve.reliability))", .line(), style: curve.style,
            points: curve.reliability.bins.filter { $0.count >= Self.fewestAnswers }.map {
              .init($0.confidence, $0.accuracy, note: "\($0.count) answers")
            })
        }, rules: [.diagonal], plotHeight: 230,
        table: DataTable(
          "Reliability, \(cell.subtask.title)",
          columns: ["method", "answers", "stated probability", "share that is right", "ECE of the method"],
          rows: curves.flatMap { curve in
            curve.reliability.bins.filter { $0.count > 0 }.map { bin in
              [
                .text(curve.name), .count(bin.count), .number(bin.confidence), .number(bin.accuracy),
                .init(curve.reliability.expectedCalibrationError),
              ]
            }
          })))
  }

  /// Time against score.
  var time: Page.Figure {
    Page.Figure(
      title: "Time per trajectory against score",
      caption: "Wall-clock time of this run's predictions, loading of weights apart, on this machine and its threads.",
      panels: cells.isEmpty ? [absence(.exponent)] : cells.map(time)
    ).withSharedAxes
  }

  private func time(_ cell: EvaluationRecords) -> Page.Panel {
    let timed = cell.rows.filter { $0.value != nil && $0.seconds != nil && $0.count > 0 }
    guard !timed.isEmpty else {
      return .absent(
        cell.subtask.title, reason: answered(cell).isEmpty ? noAnswer(cell) : "These answers were made elsewhere.")
    }
    func milliseconds(_ row: Evaluation.Row) -> Double { 1000 * row.seconds! / Double(row.count) }
    let metric = cell.subtask.task.metric
    return .chart(
      PlotChart(
        cell.subtask.title,
        description: timed.map {
          "\($0.model): \(NumberText.short(milliseconds($0))) ms, \(metric) \(NumberText.short($0.value!))"
        }.joined(separator: "; ") + ".",
        x: Axis("ms per trajectory", .logarithmic(around: timed.map(milliseconds))),
        y: Axis(metric, .linear(around: timed.map { $0.value! }, includingZero: cell.subtask.task == .exponent)),
        series: timed.map { row in
          PlotChart.Series(
            row.model, .points, style: style(row.model),
            points: [.init(milliseconds(row), row.value!, yInterval: row.interval, note: row.model)])
        },
        table: DataTable(
          "Time and score, \(cell.subtask.title)", columns: ["method", "ms per trajectory", metric],
          rows: timed.map { [.text($0.model), .number(milliseconds($0)), .init($0.value)] })))
  }
}
