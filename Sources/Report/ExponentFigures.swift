import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Figures 5 and 6.
  var exponentFigures: [Page.Figure] {
    let cells = cells(.exponent)
    func panels(_ make: (EvaluationRecords) -> [Page.Panel]) -> [Page.Panel] {
      cells.isEmpty ? [absence(.exponent)] : cells.flatMap(make)
    }
    return [
      Page.Figure(
        title: "Predicted against true exponent (Figure 5, a to c)",
        caption: "How many trajectories of a true exponent were given which one. On the dashed line both agree. "
          + "Colours are even in the logarithm of the number.",
        panels: panels { cell in
          answered(cell).isEmpty
            ? [.absent(cell.subtask.title, reason: noAnswer(cell))]
            : answered(cell).map { histogram(cell, $0.index, $0.row) }
        }, columns: columns(.exponent)),
      Page.Figure(
        title: "Error against true exponent (Figure 5, d to f)",
        caption: "Dashed: the mean over all trajectories, which is the score.",
        panels: panels { cell in
          [
            groupedScores(
              cell, .exponent(cell.facts), by: "true exponent", axis: Axis("true exponent", .linear(0...2)),
              mark: .line(),
              hasMeans: true, unknown: "The data have no exponents.")
          ]
        }
      ).withSharedAxes,
      Page.Figure(
        title: "Error by diffusion model (Figure 6a)", caption: "The model that the trajectory was simulated with.",
        panels: panels { cell in
          let grouping = Grouping.model(cell.facts)
          return [
            groupedScores(
              cell, grouping, by: "diffusion model", axis: Axis("", .categories(grouping.names)), mark: .bars,
              unknown: "The data do not say which diffusion model a trajectory is of.")
          ]
        }
      ).withSharedAxes,
      Page.Figure(
        title: "Error by noise (Figure 6b)",
        caption:
          "Signal-to-noise ratio: 1 over the noise's standard deviation in units of a displacement's. Each component "
          + "has noise of its own; of several, the root mean square counts, and a trajectory goes to the nearest of "
          + "1, 2 and 10, and to the lower one from halfway.",
        panels: panels { cell in
          [
            groupedScores(
              cell, .signalToNoise(cell.facts), by: "signal-to-noise ratio",
              axis: Axis("signal-to-noise ratio", .logarithmic(0.8...12.5)), mark: .line(),
              unknown: "The data do not say how strong the noise is.")
          ]
        }
      ).withSharedAxes,
      Page.Figure(
        title: "Error by length (Figure 6c)", caption: "Each point stands for all trajectories in a range of lengths.",
        panels: panels { [lengthPanel($0)] }
      ).withSharedAxes,
    ]
  }

  /// Scores against length.
  func lengthPanel(_ cell: EvaluationRecords) -> Page.Panel {
    groupedScores(
      cell, .length(cell.facts), by: "length",
      axis: Axis("length (points)", .linear(around: cell.facts.map { Double($0.length) }, includingZero: true)),
      mark: .line(), unknown: "There are no trajectories.")
  }

  /// Half of the challenge's steps are too fine for few trajectories and too coarse for none: one bin an exponent.
  private static let bins = 40

  private func histogram(_ cell: EvaluationRecords, _ index: Int, _ row: Evaluation.Row) -> Page.Panel {
    var counts = Array(repeating: Array(repeating: 0, count: Self.bins), count: Self.bins)
    // Bins are centred on the challenge's exponents, 0.05 to 2.
    func bin(_ exponent: Double) -> Int { min(Self.bins - 1, max(0, Int((exponent / 0.05).rounded()) - 1)) }
    for (facts, prediction) in zip(cell.facts, cell.predictions(row: index)) {
      guard let truth = facts.truth.exponent, case .exponent(let said) = prediction else { continue }
      counts[bin(truth)][bin(said)] += 1
    }
    let names = (1...Self.bins).map { String(format: "%.2f", Double($0) * 0.05) }
    let title = "\(row.model), \(cell.subtask.dimension)D"
    return .chart(
      HeatMapChart(
        title,
        description: "Predicted against true exponents of \(cell.facts.count) trajectories by \(row.model), "
          + "\(cell.subtask.dimension)D; mean absolute error \(NumberText.short(row.value ?? .nan)).",
        x: Axis("true exponent", .linear(0.025...2.025)), y: Axis("predicted exponent", .linear(0.025...2.025)),
        counts: counts, unit: "trajectories",
        table: DataTable(
          "Trajectories by true (rows) and predicted exponent (columns), \(title)", columns: ["true"] + names,
          rows: counts.enumerated().filter { $0.element.contains { $0 > 0 } }.map { column, rows in
            [.text(names[column])] + rows.map { .count($0) }
          })))
  }
}
