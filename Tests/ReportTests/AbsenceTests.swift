import Diffusion
import ModelZoo
import Testing

@testable import Report

/// Charts that have no data say so in words, each of them.
@Suite struct AbsenceTests {
  /// A method that answers nothing.
  private static func failed() throws -> EvaluationReport {
    let registry = try Registry([Guess(id: "broken", error: nil)])
    let evaluation = try Evaluation(registry, models: ["broken"], weights: WeightStore(folders: ["/nowhere"]))
    let cells = try Subtask.all.map {
      try evaluation.records(ChallengeSimulation(task: $0.task, dimension: $0.dimension, seed: 3, count: 20))
    }
    return EvaluationReport(data: "a simulation", cells: cells)
  }

  private func check(_ page: Page, figures: Int) {
    let all = page.sections.flatMap(\.figures)
    #expect(all.count == figures)
    for figure in all {
      #expect(!figure.panels.isEmpty, "\(figure.title)")
      for panel in figure.panels {
        guard case .absent(let title, let reason) = panel else {
          Issue.record("\(figure.title) is drawn")
          continue
        }
        #expect(!title.isEmpty && reason.count > 10, "\(figure.title): \(reason)")
      }
    }
    #expect(!page.html.contains("<svg"))
  }

  @Test func nothingWasEvaluated() { check(EvaluationReport(data: "nothing", cells: []).page, figures: 19) }

  @Test func everyMethodFailed() throws {
    let page = try Self.failed().page
    check(page, figures: 19)
    #expect(page.html.contains("it is broken on purpose &lt;b&gt;"))
  }

  @Test func thereAreNoTracks() { check(TrackReport(data: "tracks.csv", method: "wadnet").page, figures: 5) }
}
