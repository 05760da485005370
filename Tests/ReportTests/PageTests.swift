import Diffusion
import Foundation
import ModelZoo
import Testing

@testable import Plotting
@testable import Report

@Suite struct PageTests {
  private func tables(_ figures: [Page.Figure]) -> [DataTable] {
    figures.flatMap(\.panels).compactMap { if case .chart(let chart) = $0 { chart.table } else { nil } }
  }

  /// Every breakdown of a score has the score as its mean, and the score is that of the table.
  @Test func numbersAreThoseOfTheTable() throws {
    let report = try Guess.report()
    let evaluation = try Guess.evaluation()
    for cell in report.cells {
      let source = ChallengeSimulation(
        task: cell.subtask.task, dimension: cell.subtask.dimension, seed: 3, count: 200)
      let alone = try evaluation.rows(source)
      #expect(alone.map(\.value) == cell.rows.map(\.value) && alone.map(\.interval) == cell.rows.map(\.interval))
      #expect(alone.map(\.difference) == cell.rows.map(\.difference))
    }
    var breakdowns = 0
    for figure in report.exponentFigures + report.modelFigures {
      for table in tables([figure]) where table.columns.prefix(2).last == "trajectories" {
        for (column, name) in table.columns.enumerated().dropFirst(2) {
          var sum = 0.0, count = 0
          for row in table.rows {
            guard case .count(let trajectories) = row[1], case .number(let mean) = row[column] else { continue }
            sum += Double(trajectories) * mean
            count += trajectories
          }
          let dimension = Int(table.caption.split(separator: ", ")[1].prefix(1))
          let task = table.caption.hasPrefix("MAE") ? ChallengeTask.exponent : .model
          let cell = try #require(report.cells.first { $0.subtask.task == task && $0.subtask.dimension == dimension })
          let row = try #require(cell.rows.first { $0.model == name })
          #expect(count == row.count && abs(sum / Double(count) - row.value!) < 1e-12, "\(figure.title), \(name)")
          breakdowns += 1
        }
      }
    }
    // Exponent, model, noise and length for exponents; exponent and length for models; 3 dimensions, 2 methods.
    #expect(breakdowns == 36)
  }

  @Test func confusionsAndHistogramsCountEveryTrajectory() throws {
    let report = try Guess.report()
    for table in tables(report.exponentFigures + report.modelFigures) where table.columns.first == "true" {
      let columns = table.columns.count == 41 ? 1..<41 : 1..<6
      let sum = table.rows.reduce(0) { sum, row in
        row[columns].reduce(sum) { if case .count(let count) = $1 { $0 + count } else { $0 } }
      }
      #expect(report.cells.contains { $0.facts.count == sum }, "\(table.caption): \(sum)")
    }
    let cell = try #require(report.cells.last), row = cell.rows[0]
    let right = (row.confusion?.counts ?? []).enumerated().reduce(0) { $0 + $1.element[$1.offset] }
    #expect(Double(right) / Double(row.count) == row.value)
  }

  @Test func reliabilityIsAboutTheSameAnswers() throws {
    let report = try Guess.report([Subtask(task: .model, dimension: 1)])
    let table = try #require(tables(report.calibration).first)
    for name in ["good", "poor"] {
      var right = 0.0, count = 0
      for row in table.rows where row[0] == .text(name) {
        guard case .count(let answers) = row[1], case .number(let share) = row[3] else { continue }
        right += share * Double(answers)
        count += answers
      }
      let row = try #require(report.cells[0].rows.first { $0.model == name })
      #expect(count == row.count && abs(right / Double(count) - row.value!) < 1e-9)
    }
  }

  @Test func aMethodThatFailsIsARowWithItsReason() throws {
    let html = try Guess.report().page.html
    #expect(html.contains("broken, Exponent, 1D: it is broken on purpose &lt;b&gt;"))
    #expect(html.contains("<td>failed</td>"))
  }

  @Test func chartsWithoutDataSaySoInWords() throws {
    let nothing = EvaluationReport(data: "nothing", cells: []).page.html
    #expect(nothing.contains("This task was not evaluated.") && nothing.contains("--log NAME=FILE.csv"))
    #expect(!nothing.contains("<svg"))
    let onlyExponents = try Guess.report([Subtask(task: .exponent, dimension: 2)]).page.html
    #expect(onlyExponents.contains("This task was not evaluated.") && onlyExponents.contains("<svg"))
  }

  @Test func labelsThatAFileLacksAreSaidToBeUnknown() throws {
    let registry = try Registry([Guess(id: "good", error: 0.1)])
    let records = try Evaluation(registry, models: ["good"]).records(Unlabelled())
    let html = EvaluationReport(data: "text", cells: [records]).page.html
    #expect(html.contains("The data do not say how strong the noise is."))
    #expect(html.contains("The data do not say which diffusion model a trajectory is of."))
  }

  @Test func theWholePageIsSmallAndAlone() throws {
    var report = try Guess.report(count: 500)
    for (cell, name) in report.cells.flatMap({ cell in ["good", "poor", "third"].map { (cell, $0) } }) {
      let source = ChallengeSimulation(
        task: cell.subtask.task, dimension: cell.subtask.dimension, seed: 3, count: 500)
      report.worst.append(
        .init(
          model: name, subtask: cell.subtask,
          items: cell.facts.prefix(6).map {
            ($0, source.trajectories($0.number..<$0.number + 1)[0].trajectory, cell.predictions(row: 0)[$0.number])
          }))
    }
    for (name, length) in ["good", "poor"].flatMap({ name in [40, 200, 400, 900].map { (name, $0) } }) {
      report.projections.append(
        .init(
          model: name, subtask: Subtask(task: .model, dimension: 1), length: length,
          places: (0..<2000).map { SIMD2(Float(sin(Double($0))) * 9, Float(cos(Double($0 * $0))) * 9) },
          models: (0..<2000).map { DiffusionModel(rawValue: $0 % 5)! }))
    }
    let html = report.page.html
    #expect(html.utf8.count < 2_000_000, "\(html.utf8.count) bytes")
    #expect(html.components(separatedBy: "<svg").count == html.components(separatedBy: "role=\"img\"").count)
    // Nothing is fetched: no address but the name of SVG itself.
    let addresses = html.components(separatedBy: "http").count - 1
    #expect(addresses == html.components(separatedBy: "http://www.w3.org/2000/svg").count - 1)
    #expect(!html.contains("<img") && !html.contains("@import") && !html.contains("url("))
  }

  @Test func identifiersAreThereOnce() throws {
    let html = try Guess.report(count: 60).page.html
    let ids = html.components(separatedBy: " id=\"").dropFirst().compactMap { $0.split(separator: "\"").first }
    #expect(Set(ids).count == ids.count)
  }
}
