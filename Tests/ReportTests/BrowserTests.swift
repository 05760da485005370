import Diffusion
import Foundation
import ModelZoo
import Testing

@testable import Report

/// Pages in a browser: light and dark, as wide as a desk and as a phone.
@Suite(.enabled(if: Chromium.path != nil, "needs Chromium, e.g. Debian's package chromium"))
struct BrowserTests {
  private static let hostile = "Ω\"'><script>document.title='x'</script> 粒子の軌跡 ذرة متحركة, and a name without end"

  /// Every kind of chart, and names that try to break out.
  private static let pages: [String] = {
    guard Chromium.path != nil else { return [] }
    do { return [try evaluation(), tracks()] } catch { return ["\(error)"] }
  }()

  private static func evaluation() throws -> String {
    var report = try Guess.report(count: 120)
    report.data = hostile
    report.published = PublishedScores.rows
    for cell in report.cells {
      let source = ChallengeSimulation(
        task: cell.subtask.task, dimension: cell.subtask.dimension, seed: 3, count: 120)
      report.worst.append(
        .init(
          model: hostile, subtask: cell.subtask,
          items: cell.facts.prefix(6).map {
            ($0, source.trajectories($0.number..<$0.number + 1)[0].trajectory, cell.predictions(row: 0)[$0.number])
          }))
      report.lengthScores += [10, 100, 900].map {
        .init(model: "good", subtask: cell.subtask, length: $0, score: 1 / Double($0).squareRoot())
      }
    }
    report.projections = [40, 900].map { length in
      .init(
        model: hostile, subtask: Subtask(task: .model, dimension: 1), length: length,
        places: (0..<100).map { SIMD2(Float($0), Float($0 * $0 % 17)) },
        models: (0..<100).map { DiffusionModel(rawValue: $0 % 5)! })
    }
    report.curves = [try curve()]
    return report.page.html
  }

  private static func curve() throws -> TrainingCurve {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-log-\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let rows = (1...40).map {
      "\($0 * 25_000),\($0),1.0,0.001,\(1 / Double($0)),\(1.2 / Double($0)),0.5,\($0 % 3 == 0 ? 1 : 0)"
    }
    let header = "seen,steps,seconds,rate,training_loss,validation_mae,validation_loss,is_best"
    try ([header] + rows).joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    return try TrainingCurve(name: hostile, path: path)
  }

  private static func tracks() -> String {
    var report = TrackReport(data: hostile, method: hostile)
    for item in ChallengeSimulation(task: .model, dimension: 2, seed: 4, count: 150).trajectories(0..<150) {
      var probabilities = [Double](repeating: 0.05, count: 5)
      probabilities[item.truth.model!.rawValue] = 0.8
      report.add(
        .init(
          name: hostile, dimension: 2, length: item.trajectory.count, exponent: item.truth.exponent,
          probabilities: probabilities), trajectory: item.trajectory)
    }
    return report.page.html
  }

  @Test(arguments: [0, 1], [(1280, false), (1280, true), (390, false), (390, true)])
  func nothingIsCutOrOverlaps(page: Int, view: (width: Int, isDark: Bool)) throws {
    try #require(Self.pages.count == 2, "\(Self.pages)")
    let (findings, console) = try Chromium.findings(Self.pages[page], width: view.width, isDark: view.isDark)
    #expect(findings.width == view.width && findings.isDark == view.isDark)
    #expect(findings.scrollWidth <= view.width)
    #expect(findings.drawings >= (page == 0 ? 50 : 8) && findings.texts > 100)
    #expect(
      findings.overlaps == [] && findings.cut == [] && findings.clipped == [],
      "\(findings.overlaps), \(findings.cut), \(findings.clipped)")
    #expect(findings.errors == [] && console == [])
  }
}
