import Diffusion
import Foundation
import ModelZoo
import Plotting

/// Trajectories sorted into groups along something that is known of them.
struct Grouping {
  /// The names of the groups, or their places on an axis.
  let names: [String]
  let places: [Double]
  /// Each trajectory's group; nil where nothing is known.
  let groups: [Int?]

  /// The mean of a group's values and how many there are; nil for an empty one.
  func means(_ values: [Double]) -> [(mean: Double, count: Int)?] {
    var sums = [Double](repeating: 0, count: names.count), counts = [Int](repeating: 0, count: names.count)
    for (value, group) in zip(values, groups) {
      guard let group else { continue }
      sums[group] += value
      counts[group] += 1
    }
    return zip(sums, counts).map { $1 == 0 ? nil : ($0 / Double($1), $1) }
  }

  /// Whether anything is known of any trajectory.
  var isEmpty: Bool { groups.allSatisfy { $0 == nil } }

  /// By the diffusion model.
  static func model(_ facts: [EvaluationRecords.Facts]) -> Grouping {
    Grouping(
      names: DiffusionModel.allCases.map { $0.name.uppercased() },
      places: DiffusionModel.allCases.map { Double($0.rawValue) }, groups: facts.map { $0.truth.model?.rawValue })
  }

  /// By the true exponent, to the nearest of the challenge's grid.
  static func exponent(_ facts: [EvaluationRecords.Facts]) -> Grouping {
    let places = (0..<ExponentGrid.count).map { Double(($0 + 1) * 5) / 100 }
    return Grouping(
      names: places.map { String(format: "%.2f", $0) }, places: places,
      groups: facts.map { $0.truth.exponent.map { min(ExponentGrid.count, max(1, Int(($0 / 0.05).rounded()))) - 1 } })
  }

  /// The challenge's ratios of signal to noise.
  static let ratios = [1.0, 2, 10]

  /// By the nearest of the challenge's ratios of signal to noise, on a logarithmic scale; by the lower one where a ratio
  /// lies halfway between two, as that of 1, 2 and 2 in three components does.
  static func signalToNoise(_ facts: [EvaluationRecords.Facts]) -> Grouping {
    Grouping(
      names: ratios.map { NumberText.short($0) }, places: ratios,
      groups: facts.map { facts in
        facts.signalToNoise.flatMap { ratio in
          ratios.indices.min { abs(log(ratios[$0] / ratio)) < abs(log(ratios[$1] / ratio)) - 1e-9 }
        }
      })
  }

  /// By length, in about twenty bins of equal and round width.
  static func length(_ facts: [EvaluationRecords.Facts]) -> Grouping {
    guard let most = facts.map(\.length).max() else { return Grouping(names: [], places: [], groups: []) }
    let width = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000].first { $0 * 20 >= most + 1 } ?? most / 20 + 1
    let count = most / width + 1
    let groups = facts.map { $0.length / width }
    // A bin stands at the mean of its lengths: the first one begins with the shortest trajectory.
    var sums = [Int](repeating: 0, count: count), counts = sums
    for (facts, group) in zip(facts, groups) {
      sums[group] += facts.length
      counts[group] += 1
    }
    let places = (0..<count).map { counts[$0] == 0 ? Double($0 * width) : Double(sums[$0]) / Double(counts[$0]) }
    return Grouping(
      names: (0..<count).map { "\(max(1, $0 * width)) to \(($0 + 1) * width - 1)" }, places: places, groups: groups)
  }
}

extension EvaluationReport {
  /// A chart of each method's mean score in groups of trajectories, or why there is none.
  func groupedScores(
    _ cell: EvaluationRecords, _ grouping: Grouping, by what: String, axis: Axis, mark: PlotChart.Series.Mark,
    hasMeans: Bool = false, unknown: String
  ) -> Page.Panel {
    let metric = cell.subtask.task.metric, title = "\(metric), \(cell.subtask.dimension)D"
    let methods = answered(cell)
    guard !methods.isEmpty else { return .absent(title, reason: noAnswer(cell)) }
    guard !grouping.isEmpty else { return .absent(title, reason: unknown) }
    let means = methods.map { grouping.means($0.row.scores) }
    let series = zip(methods, means).map { method, means in
      PlotChart.Series(
        method.row.model, mark, style: style(method.row.model),
        points: zip(grouping.places, means).enumerated().compactMap { index, entry in
          entry.1.map { value in
            PlotChart.Series.Point(
              entry.0, value.mean,
              note: "\(method.row.model), \(what) \(grouping.names[index]): \(NumberText.short(value.mean))")
          }
        })
    }
    let counts = means.first?.map { $0?.count ?? 0 } ?? []
    let table = DataTable(
      "\(title) by \(what)", columns: [what, "trajectories"] + methods.map(\.row.model),
      rows: grouping.names.indices.filter { counts[$0] > 0 }.map { group in
        [.text(grouping.names[group]), .count(counts[group])]
          + means.map { DataTable.Cell($0[group]?.mean) }
      })
    let values = series.flatMap { $0.points.map(\.y) }
    let extremes = series.compactMap { series -> String? in
      guard let low = series.points.map(\.y).min(), let high = series.points.map(\.y).max() else { return nil }
      return "\(series.name) between \(NumberText.short(low)) and \(NumberText.short(high))"
    }
    return .chart(
      PlotChart(
        title,
        description: "\(cell.subtask.task.metricName) by \(what), \(cell.subtask.dimension)D: "
          + extremes.joined(separator: "; ") + ".",
        x: axis, y: Axis(metric, .linear(around: values, includingZero: cell.subtask.task == .exponent)),
        series: series,
        rules: hasMeans
          ? methods.compactMap { method in
            method.row.value.map { .horizontal($0, style: style(method.row.model)) }
          } : [], table: table))
  }

  /// Why a cell has no method with answers.
  func noAnswer(_ cell: EvaluationRecords) -> String {
    let reasons = cell.rows.map { "\($0.model): \($0.error ?? "does not answer this.")" }
    return reasons.isEmpty ? "No method was evaluated." : reasons.joined(separator: " ")
  }
}
