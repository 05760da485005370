import Diffusion
import Foundation
import TAMSD
import Testing

@testable import ModelZoo

/// Differences to the best in every form of the table, and how they stand out on a terminal.
@Suite struct ScoreTableTests {
  /// Rows whose scores are given numbers.
  func rows(_ scores: [(String, [Double])], task: ChallengeTask = .exponent, dimension: Int = 1) throws
    -> [Evaluation.Row]
  {
    let rows = scores.map { model, scores in
      var row = Evaluation.Row(model: model, subtask: Subtask(task: task, dimension: dimension))
      row.scores = scores
      row.count = scores.count
      row.value = scores.isEmpty ? nil : mean(scores)
      row.interval = Bootstrap().interval(scores)
      return row
    }
    return try Evaluation(Registry([TAMSD()]), models: []).compared(rows)
  }

  private let base = (0..<200).map { Double($0 % 7) / 20 }

  @Test func rowsAreComparedWithTheBestOnTheSameTrajectories() throws {
    let worse = base.enumerated().map { $1 + 0.02 + ($0 % 2 == 0 ? 0.01 : -0.01) }
    let equal = base.enumerated().map { $1 + ($0 % 2 == 0 ? 0.1 : -0.1) }
    let rows = try rows([("worse", worse), ("best", base), ("equal", equal.map { $0 + 1e-6 }), ("silent", [])])
    #expect(rows[1].difference?.isReference == true)
    #expect(rows[0].difference?.isSignificant == true && rows[2].difference?.isSignificant == false)
    #expect(rows[3].difference == nil)
    #expect(rows[0].difference == PairedDifference(worse, from: base))

    let table = ScoreTable(data: "x", rows: rows)
    let lines = table.text.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 80 })
    let start = try #require(lines.firstIndex { $0.hasPrefix("Difference to the best") })
    let bounds = try #require(rows[0].difference?.interval)
    #expect(bounds.lowerBound > 0.018 && bounds.upperBound < 0.022)
    let text = String(format: "worse      0.020 (%.3f,%.3f)", bounds.lowerBound, bounds.upperBound)
    #expect(lines.dropFirst(start + 1).contains(text))
    #expect(lines.dropFirst(start + 1).contains("best       best"))
    #expect(!lines.dropFirst(start + 1).contains { $0.hasPrefix("silent") })
    #expect(!table.text.contains("-0.000"))

    let fields = table.csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(fields[0][7...9] == ["difference", "difference_low", "difference_high"])
    #expect(fields.allSatisfy { $0.count == fields[0].count })
    #expect(Double(fields[1][7]) == rows[0].difference?.value)
    #expect(fields[2][7...9] == ["0.0", "0.0", "0.0"] && fields[4][7...9] == ["", "", ""])
    let json = try JSONSerialization.jsonObject(with: Data(table.json().utf8)) as? [String: Any]
    let entries = try #require(json?["rows"] as? [[String: Any]])
    // Foundation reads some numbers with another last bit.
    let difference = try #require(rows[0].difference), low = try #require(difference.interval?.lowerBound)
    #expect(try abs(#require(entries[0]["difference"] as? Double) - difference.value) < 1e-15)
    #expect(try abs(#require(entries[0]["difference_low"] as? Double) - low) < 1e-15)
    #expect(entries[3]["difference"] == nil)
  }

  /// Three dimensions of the widest numbers fit 80 columns.
  @Test func threeColumnsFitTheWidth() throws {
    let hits = base.map { $0 > 0.1 ? 1.0 : 0 }
    let all = try (1...3).flatMap { dimension in
      try rows([("good", hits.map { _ in 1 }), ("bad", hits)], task: .model, dimension: dimension)
    }
    let text = ScoreTable(data: "x", rows: all).text
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(text.contains("bad        -0.435 (-0.510,-0.370) -0.435 (-0.510,-0.370)"))
  }

  @Test func whatIsAloneOrOfOtherTrajectoriesIsNotCompared() throws {
    #expect(try rows([("alone", base)])[0].difference == nil)
    let rows = try rows([("a", base), ("b", Array(base.dropLast())), ("c", base.map { $0 + 1 })])
    #expect(rows.map { $0.difference == nil } == [false, true, false])
  }

  @Test func stylesAddNothingButEscapes() throws {
    let tied = base.enumerated().map { $1 + ($0 % 2 == 0 ? 0.1 : -0.1) + 1e-6 }
    let table = ScoreTable(data: "x", rows: try rows([("best", base), ("tied", tied), ("far", base.map { $0 + 1 })]))
    let styled = table.text(isStyled: true)
    let lines = styled.split(separator: "\n")
    func row(_ name: String) -> Substring? { lines.first { $0.hasPrefix(name + "  ") } }
    #expect(row("best")?.contains("\u{1B}[1m") == true)
    #expect(row("tied")?.contains("\u{1B}[4m") == true)
    #expect(row("far")?.contains("\u{1B}") == false)
    #expect(lines.last?.contains("does not differ") == true)
    let bare = styled.replacing(/\u{1B}\[[0-9]m/, with: "")
    #expect(bare.hasPrefix(table.text) && !table.text.contains("\u{1B}") && !table.text.contains("Bold"))
    #expect(bare.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func aRowThatIsAloneIsPlain() throws {
    let table = ScoreTable(data: "x", rows: try rows([("alone", base)]))
    #expect(table.text(isStyled: true) == table.text && !table.text.contains("Difference"))
  }
}
