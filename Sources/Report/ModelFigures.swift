import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Figures 7 and 8.
  var modelFigures: [Page.Figure] {
    let cells = cells(.model)
    func panels(_ make: (EvaluationRecords) -> [Page.Panel]) -> [Page.Panel] {
      cells.isEmpty ? [absence(.model)] : cells.flatMap(make)
    }
    func eachMethod(_ make: (EvaluationRecords, Int, Evaluation.Row) -> Page.Panel) -> [Page.Panel] {
      panels { cell in
        answered(cell).isEmpty
          ? [.absent(cell.subtask.title, reason: noAnswer(cell))] : answered(cell).map { make(cell, $0.index, $0.row) }
      }
    }
    return [
      Page.Figure(
        title: "Confusion (Figure 7, a to c)",
        caption: "Of 100 trajectories of a model (rows), how many were taken for which (columns).",
        panels: eachMethod { confusion($0, $2) }, columns: columns(.model)),
      Page.Figure(
        title: "Precision against recall (Figure 7, d to f)",
        caption:
          "Recall: the share of a model's trajectories that were recognised. Precision: the share of right ones among "
          + "those that were taken for it. Large markers: all trajectories. Small dots, joined by a faint area: "
          + "signal-to-noise ratios near 1, 2 and 10; a small area means that noise matters little.",
        panels: eachMethod(precisionRecall), columns: columns(.model)),
      Page.Figure(
        title: "F1 against exponent (Figure 8a)",
        caption: "Close to 1 all models come near to Brownian motion and look alike.",
        panels: panels { cell in
          [
            groupedScores(
              cell, .exponent(cell.facts), by: "true exponent", axis: Axis("true exponent", .linear(0...2)),
              mark: .line(),
              unknown: "The data do not say which exponent a trajectory has.")
          ]
        }
      ).withSharedAxes,
      Page.Figure(
        title: "F1 against length (Figure 8b)",
        caption: "Each point stands for all trajectories in a range of lengths.",
        panels: panels { [lengthPanel($0)] }
      ).withSharedAxes,
    ]
  }

  private static let models = DiffusionModel.allCases
  private static let modelNames = models.map { $0.name.uppercased() }

  private func confusion(_ cell: EvaluationRecords, _ row: Evaluation.Row) -> Page.Panel {
    let counts = row.confusion?.counts ?? []
    let title = "\(row.model), \(cell.subtask.dimension)D"
    let shares = counts.map { line -> [Double?] in
      let all = line.reduce(0, +)
      return line.map { all == 0 ? nil : 100 * Double($0) / Double(all) }
    }
    let recalls = Self.models.compactMap { model in
      row.confusion?.recall(model).map { "\(model.name.uppercased()) \(NumberText.short(100 * $0)) %" }
    }
    return .chart(
      MatrixChart(
        title,
        description: "Confusion matrix of \(title). Recognised: \(recalls.joined(separator: ", ")).",
        rowTitle: "true", columnTitle: "predicted", rows: Self.modelNames, columns: Self.modelNames,
        percentages: shares,
        table: DataTable(
          "Trajectories by true (rows) and predicted model (columns), \(title)",
          columns: ["true"] + Self.modelNames + ["recall", "precision", "F1"],
          rows: zip(Self.models, counts).map { model, line in
            [.text(model.name.uppercased())] + line.map { .count($0) } + [
              .init(row.confusion?.recall(model)), .init(row.confusion?.precision(model)),
              .init(row.confusion?.f1(model)),
            ]
          })))
  }

  private func precisionRecall(_ cell: EvaluationRecords, _ index: Int, _ row: Evaluation.Row) -> Page.Panel {
    let title = "\(row.model), \(cell.subtask.dimension)D"
    let noise = Grouping.signalToNoise(cell.facts)
    var matrices = [ConfusionMatrix](repeating: ConfusionMatrix(), count: noise.names.count)
    for (number, prediction) in cell.predictions(row: index).enumerated() {
      guard let group = noise.groups[number], let truth = cell.facts[number].truth.model,
        let said = prediction.mostLikelyModel
      else { continue }
      matrices[group].add(predicted: said, truth: truth)
    }
    typealias Entry = (noise: String, model: DiffusionModel, recall: Double, precision: Double)
    func entries(_ matrix: ConfusionMatrix?, _ noise: String) -> [Entry] {
      Self.models.compactMap { model in
        guard let recall = matrix?.recall(model), let precision = matrix?.precision(model) else { return nil }
        return (noise, model, recall, precision)
      }
    }
    let all = entries(row.confusion, "all")
    let byNoise = zip(matrices, noise.names).flatMap { entries($0, $1) }
    let series = Self.models.flatMap { model -> [PlotChart.Series] in
      func points(_ entries: [Entry]) -> [PlotChart.Series.Point] {
        entries.filter { $0.model == model }.map {
          .init(
            $0.recall, $0.precision,
            note:
              "\(model.name.uppercased()): recall \(NumberText.short($0.recall)), precision \(NumberText.short($0.precision))"
          )
        }
      }
      return [
        PlotChart.Series(model.name, .area, style: model.rawValue, points: points(byNoise), isInLegend: false),
        PlotChart.Series(model.name, .cloud, style: model.rawValue, points: points(byNoise), isInLegend: false),
        PlotChart.Series(model.name.uppercased(), .points, style: model.rawValue, points: points(all)),
      ]
    }
    func scale(_ values: [Double]) -> Scale { .linear(max(0, floor((values.min() ?? 0) * 10 - 0.2) / 10)...1.0) }
    return .chart(
      PlotChart(
        title,
        description: "Precision and recall of \(title): "
          + all.map {
            "\($0.model.name.uppercased()) \(NumberText.short($0.precision)) and \(NumberText.short($0.recall))"
          }
          .joined(separator: ", ") + ".",
        x: Axis("recall", scale((all + byNoise).map(\.recall))),
        y: Axis("precision", scale((all + byNoise).map(\.precision))), series: series, plotHeight: 230,
        table: DataTable(
          "Precision and recall, \(title)", columns: ["model", "signal-to-noise ratio", "recall", "precision"],
          rows: (all + byNoise).map {
            [.text($0.model.name.uppercased()), .text($0.noise), .number($0.recall), .number($0.precision)]
          })))
  }
}
