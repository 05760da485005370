import Diffusion
import Foundation
import Testing

@testable import ModelZoo

/// Rows of results as text.
@Suite struct TrackTableTests {
  static let names = [
    "plain", "a,b", "\"quoted\"", "two\nlines", " blank", "<b>&'", "粒子 №7", "tab\there", "\u{1}", "back\\slash",
  ]

  static func result(_ name: String) -> TrackResult {
    var result = TrackResult(track: name, piece: 1, firstFrame: 3, points: 20, missingFrames: 2, dimension: 2)
    result.exponent = Estimate(
      .exponent(0.5), deviation: 0.1, spread: 0.02, halfWidths: [.sixtyEight: 0.1, .ninetyFive: 0.9])
    result.model = Estimate(.model(probabilities: [0.1, 0.2, 0.4, 0.1, 0.2]))
    result.fit = MeanSquaredDisplacementFit().estimate(
      try! Trajectory(dimension: 1, positions: (0..<20).map { Double($0 * $0 % 7) }))
    result.flags = [.split, .unordered]
    return result
  }

  /// Reads one record of CSV as RFC 4180 says.
  static func fields(_ line: String) -> [String] {
    var fields = [""], isQuoted = false
    let scalars = Array(line.unicodeScalars)
    var place = 0
    while place < scalars.count {
      let c = scalars[place]
      place += 1
      if isQuoted, c == "\"" {
        if place < scalars.count, scalars[place] == "\"" {
          fields[fields.count - 1] += "\""
          place += 1
        } else {
          isQuoted = false
        }
      } else if c == "\"", !isQuoted {
        isQuoted = true
      } else if c == ",", !isQuoted {
        fields.append("")
      } else {
        fields[fields.count - 1].unicodeScalars.append(c)
      }
    }
    return fields
  }

  @Test(arguments: names) func namesComeBackAsTheyWere(name: String) throws {
    let csv = TrackTable(.csv, tasks: ChallengeTask.allCases, units: TrackUnits())
    let fields = Self.fields(String(try csv.line(Self.result(name)).dropLast()))
    #expect(fields[0] == name && fields.count == Self.fields(csv.header).count)
    let json = TrackTable(.jsonl, tasks: ChallengeTask.allCases, units: TrackUnits())
    let line = try json.line(Self.result(name))
    #expect(line.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n") && !line.contains("<"))
    let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["track"] as? String == name)
    #expect(object["model"] as? String == "fbm" && object["p_fbm"] as? Double == 0.4)
    #expect(object["flags"] as? [String] == ["split", "unordered"] && object["note"] is NSNull)
  }

  @Test func theRowIsWhatItsHeaderSays() throws {
    let table = TrackTable(.csv, tasks: ChallengeTask.allCases, units: TrackUnits(micrometres: 0.1, seconds: 0.05))
    let result = Self.result("7")
    let row = Dictionary(
      uniqueKeysWithValues: zip(
        Self.fields(String(table.header.dropLast())), Self.fields(String(try table.line(result).dropLast()))))
    #expect(row["first_frame"] == "3" && row["points"] == "20" && row["gaps"] == "2" && row["dimension"] == "2")
    #expect(row["exponent"] == "0.500000" && row["exponent_sd"] == "0.100000" && row["exponent_spread"] == "0.020000")
    #expect(
      row["exponent_low_68"] == "0.400000" && row["exponent_high_95"] == "1.400000"
        && row["exponent_low_95"] == "0.050000")
    #expect(row["model"] == "fbm" && row["p_sbm"] == "0.200000" && row["model_spread"] == "")
    #expect(row["flags"] == "split unordered" && row["note"] == "" && row["msd_D_unit"] == "um^2/s^alpha")
    let fit = try #require(result.fit), coefficient = try #require(fit.generalisedCoefficient)
    let expected = coefficient * 0.01 / pow(0.05, fit.exponent)
    #expect(abs(Double(row["msd_D"] ?? "")! / expected - 1) < 1e-5)
  }

  @Test func tracksThatWereLeftOutHaveARowThatSaysWhy() throws {
    var result = TrackResult(track: "9", piece: 0, firstFrame: nil, points: 4, missingFrames: 0, dimension: nil)
    result.flags = [.problem("duplicate_frames")]
    result.reason = "has two positions in frame 3, as where tracks split or merge"
    let csv = TrackTable(.csv, tasks: [.exponent], units: TrackUnits())
    #expect(
      try csv.line(result)
        == "9,0,,4,0,,,,,,,,,,,,duplicate_frames,\"has two positions in frame 3, as where tracks split or merge\"\n")
    let andi = TrackTable(.andi, tasks: [.exponent], units: TrackUnits())
    #expect(throws: TrackTable.Failure.noAnswer(track: "9", reason: result.reason!)) { try andi.line(result) }
  }

  @Test(arguments: [0, 1, 0.05, 2, 1e-9, 0.4999999, 0.9999999, 123456.7890123, -1.5, -1e-9, 1e12]) func sixPlaces(
    value: Double
  ) {
    let expected = String(format: "%.6f", value)
    #expect(TrackTable.fixed(value) == (expected == "-0.000000" ? "0.000000" : expected))
  }
}
