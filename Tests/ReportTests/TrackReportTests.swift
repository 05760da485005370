import Diffusion
import Foundation
import Testing

@testable import Plotting
@testable import Report

@Suite struct TrackReportTests {
  private let all = ChallengeSimulation(task: .model, dimension: 1, seed: 4, count: 300).trajectories(0..<300)

  private func report(_ range: Range<Int>) -> TrackReport {
    var report = TrackReport(data: "tracks.csv", method: "wadnet")
    for index in range {
      var probabilities = [Double](repeating: 0.1, count: 5)
      probabilities[all[index].truth.model!.rawValue] = 0.6
      report.add(
        .init(
          name: "track \(index)", dimension: 1, length: all[index].trajectory.count,
          exponent: all[index].truth.exponent,
          probabilities: probabilities), trajectory: all[index].trajectory)
    }
    return report
  }

  private func tables(_ report: TrackReport) -> [DataTable] {
    report.page.sections.flatMap(\.figures).flatMap(\.panels).compactMap {
      if case .chart(let chart) = $0 { chart.table } else { nil }
    }
  }

  @Test func everyTrackIsCounted() throws {
    let tables = tables(report(0..<300))
    for (caption, column) in [("Tracks by exponent", 2), ("Exponents by length", 2), ("Tracks by likeliest model", 1)] {
      let table = try #require(tables.first { $0.caption == caption })
      let sum = table.rows.reduce(0) { if case .count(let count) = $1[column] { $0 + count } else { $0 } }
      #expect(sum == 300, "\(caption)")
    }
  }

  /// 30 of 300 tracks are drawn; they are not just the first ones.
  @Test func theGalleryIsASampleOfAll() throws {
    let names = Set(
      tables(report(0..<300)).filter { $0.columns.first == "track" && $0.columns.count == 5 }.flatMap {
        $0.rows.map { $0[0].text }
      })
    #expect(names.count == 30)
    let numbers = names.compactMap { Int($0.dropFirst(6)) }
    #expect(numbers.filter { $0 >= 150 }.count > 5 && numbers.filter { $0 < 150 }.count > 5)
  }

  @Test func curvesAreThoseOfTheFit() throws {
    let tables = tables(report(0..<300))
    let table = try #require(tables.first { $0.caption == "TA-MSD" })
    let row = table.rows[0], index = try #require(Int(row[0].text.dropFirst(6)))
    let curve = MeanSquaredDisplacementFit.curve(all[index].trajectory.component(0), mostLag: 4)
    #expect(row[3] == .number(curve[0]))
  }

  @Test func noTracksAreWords() {
    let html = TrackReport(data: "<empty>", method: "msd").page.html
    #expect(html.contains("There is no track.") && html.contains("&lt;empty&gt;") && !html.contains("<svg"))
  }

  @Test func exponentsAloneMakeAPage() {
    var report = TrackReport(data: "x", method: "msd")
    report.add(.init(name: "1", dimension: 1, length: 20, exponent: 0.7), trajectory: all[0].trajectory)
    let html = report.page.html
    #expect(html.contains("The method was not asked for diffusion models") && html.contains("α 0.70"))
  }
}
