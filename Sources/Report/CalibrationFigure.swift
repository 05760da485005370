import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Reliability diagrams: how often an answer is right, against how sure the method was.
  var calibration: Page.Figure {
    let cells = cells(.model)
    return Page.Figure(
      title: "Reliability of class probabilities",
      caption: "Answers are sorted by the probability that the method itself gave them. On the dashed line it is right "
        + "just as often as it says; below, it is too sure. ECE: expected calibration error, the mean distance from the line.",
      panels: cells.isEmpty ? [absence(.model)] : cells.map(reliability))
  }

  private func reliability(_ cell: EvaluationRecords) -> Page.Panel {
    let methods = answered(cell)
    guard !methods.isEmpty else { return .absent(cell.subtask.title, reason: noAnswer(cell)) }
    let curves = methods.map { method -> (name: String, style: Int, reliability: Reliability) in
      var reliability = Reliability(bins: 10)
      for (facts, prediction) in zip(cell.facts, cell.predictions(row: method.index)) {
        guard case .model(let probabilities) = prediction, let truth = facts.truth.model else { continue }
        reliability.add(probabilities: probabilities, truth: truth.rawValue)
      }
      return (method.row.model, style(method.row.model), reliability)
    }
    func error(_ reliability: Reliability) -> String {
      reliability.expectedCalibrationError.map { NumberText.short($0) } ?? "unknown"
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
            points: curve.reliability.bins.filter { $0.count > 0 }.map {
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
      panels: cells.isEmpty ? [absence(.exponent)] : cells.map(time))
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
