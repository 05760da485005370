import Diffusion
import Foundation
import ModelZoo
import Testing

@testable import Plotting
@testable import Report

/// The numbers behind every figure, made anew from what the methods said.
@Suite struct FigureNumberTests {
  static let count = 200
  static let errors = ["good": 0.1, "poor": 0.4]

  /// A trajectory and what was said of it.
  struct Answer {
    let item: LabelledTrajectory
    let prediction: Prediction

    var said: DiffusionModel? {
      guard case .model(let probabilities) = prediction else { return nil }
      return DiffusionModel(rawValue: probabilities.firstIndex(of: probabilities.max()!)!)
    }

    /// The absolute error of an exponent, or 1 for the right model.
    var score: Double {
      if case .exponent(let exponent) = prediction { return abs(exponent - item.truth.exponent!) }
      return said == item.truth.model ? 1 : 0
    }

    var ratio: Double? {
      guard let sigma = item.truth.sigma else { return nil }
      let ratio = (Double(sigma.count) / sigma.reduce(0) { $0 + $1 * $1 }).squareRoot()
      // Bounds are halfway in the logarithm, and belong to the lower group.
      return ratio <= 2.0.squareRoot() + 1e-9 ? 1 : ratio <= 20.0.squareRoot() + 1e-9 ? 2 : 10
    }

    /// Whether it is one of those that a row is about.
    func isIn(_ row: String, _ what: String) -> Bool {
      switch what {
      case "true exponent":
        return item.truth.exponent.map { abs($0 - Double(row)!) < 0.025 } ?? false
      case "diffusion model": return item.truth.model?.name.uppercased() == row
      case "signal-to-noise ratio": return ratio == Double(row)
      case "length":
        let ends = row.components(separatedBy: " to ").compactMap { Int($0) }
        return (ends[0]...ends[1]).contains(item.trajectory.count)
      default: return false
      }
    }
  }

  private func answers(_ subtask: Subtask, _ method: String) throws -> [Answer] {
    let items = ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: 3, count: Self.count)
      .trajectories(0..<Self.count)
    let guesses = Guess.Guesses(subtask: subtask, error: Self.errors[method])
    return zip(items, try guesses.predictions(for: items.map(\.trajectory))).map { Answer(item: $0, prediction: $1) }
  }

  private func tables(_ figures: [Page.Figure]) -> [DataTable] {
    figures.flatMap(\.panels).compactMap { if case .chart(let chart) = $0 { chart.table } else { nil } }
  }

  private func number(_ cell: DataTable.Cell) -> Double? { if case .number(let value) = cell { value } else { nil } }
  private func count(_ cell: DataTable.Cell) -> Int? { if case .count(let value) = cell { value } else { nil } }

  private func isNear(_ one: Double?, _ other: Double?) -> Bool {
    guard let one, let other else { return one == nil && other == nil }
    return abs(one - other) < 1e-12
  }

  private func mean(_ answers: [Answer]) -> Double? {
    answers.isEmpty ? nil : answers.reduce(0) { $0 + $1.score } / Double(answers.count)
  }

  @Test(arguments: Subtask.all) func meansOfGroups(subtask: Subtask) throws {
    let report = try Guess.report([subtask], count: Self.count)
    let figures = subtask.task == .exponent ? report.exponentFigures : report.modelFigures
    var found: Set<String> = []
    for table in tables(figures) where table.columns.dropFirst() == ["trajectories", "good", "poor"] {
      let what = table.columns[0]
      found.insert(what)
      for (column, method) in [(2, "good"), (3, "poor")] {
        let all = try answers(subtask, method)
        var told = 0
        for row in table.rows {
          let group = all.filter { $0.isIn(row[0].text, what) }
          #expect(count(row[1]) == group.count && !group.isEmpty, "\(table.caption), \(row[0].text)")
          #expect(isNear(number(row[column]), mean(group)), "\(table.caption), \(row[0].text), \(method)")
          told += group.count
        }
        #expect(told == Self.count, "\(table.caption)")
      }
    }
    let expected: Set =
      subtask.task == .exponent
      ? ["true exponent", "diffusion model", "signal-to-noise ratio", "length"] : ["true exponent", "length"]
    #expect(found == expected)
  }

  @Test(arguments: Subtask.all) func leaderboard(subtask: Subtask) throws {
    let report = try Guess.report([subtask], count: Self.count)
    let scores = try #require(tables(report.leaderboard).first), differences = tables(report.leaderboard)[1]
    let (good, poor) = (try answers(subtask, "good"), try answers(subtask, "poor"))
    for (method, all) in [("good", good), ("poor", poor)] {
      let row = try #require(scores.rows.first { $0[0].text == method })
      #expect(isNear(number(row[1]), mean(all)) && count(row[4]) == Self.count)
    }
    let isFirst = (mean(good)! < mean(poor)!) == (subtask.task == .exponent)
    let (best, other) = isFirst ? ("good", "poor") : ("poor", "good")
    let gap = (mean(poor)! - mean(good)!) * (isFirst ? 1 : -1)
    for (method, difference) in [(best, 0), (other, gap)] {
      let row = try #require(differences.rows.first { $0[0].text == method })
      #expect(isNear(number(row[1]), difference), "\(method)")
    }
  }

  @Test(arguments: 1...3) func modelsTakenForOthers(dimension: Int) throws {
    let subtask = Subtask(task: .model, dimension: dimension)
    let tables = tables(try Guess.report([subtask], count: Self.count).modelFigures)
    for method in ["good", "poor"] {
      let all = try answers(subtask, method), title = "\(method), \(dimension)D"
      let matrix = try #require(
        tables.first { $0.caption == "Trajectories by true (rows) and predicted model (columns), \(title)" })
      for (row, truth) in zip(matrix.rows, DiffusionModel.allCases) {
        for said in DiffusionModel.allCases {
          let those = all.filter { $0.item.truth.model == truth && $0.said == said }
          #expect(count(row[1 + said.rawValue]) == those.count, "\(title): \(truth) taken for \(said)")
        }
      }
      let curves = try #require(tables.first { $0.caption == "Precision and recall, \(title)" })
      #expect(curves.rows.count >= 12, "\(curves.rows.count)")
      for row in curves.rows {
        let group = all.filter { row[1].text == "all" || $0.ratio == Double(row[1].text) }
        let model = try #require(DiffusionModel.allCases.first { $0.name.uppercased() == row[0].text })
        let right = Double(group.filter { $0.said == model && $0.item.truth.model == model }.count)
        let those = group.filter { $0.item.truth.model == model }.count, said = group.filter { $0.said == model }.count
        #expect(isNear(number(row[2]), right / Double(those)), "\(title): \(row.map(\.text))")
        #expect(isNear(number(row[3]), right / Double(said)), "\(title): \(row.map(\.text))")
      }
    }
  }

  @Test(arguments: 1...3) func exponentsPredictedForOthers(dimension: Int) throws {
    let subtask = Subtask(task: .exponent, dimension: dimension)
    let tables = tables(try Guess.report([subtask], count: Self.count).exponentFigures)
    for method in ["good", "poor"] {
      let all = try answers(subtask, method)
      let table = try #require(
        tables.first {
          $0.caption == "Trajectories by true (rows) and predicted exponent (columns), \(method), \(dimension)D"
        })
      for row in table.rows {
        for (column, name) in table.columns.enumerated().dropFirst() {
          let those = all.filter { answer in
            guard case .exponent(let said) = answer.prediction else { return false }
            return answer.isIn(row[0].text, "true exponent")
              && String(format: "%.2f", (said / 0.05).rounded() * 0.05) == name
          }
          #expect(count(row[column]) == those.count, "\(table.caption): \(row[0].text), \(name)")
        }
      }
    }
  }
}
