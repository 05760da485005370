import Diffusion
import Foundation
import LayerGraph
import Testing

@testable import ModelZoo

/// Tracks of any kind through a method, block by block.
@Suite struct TrackCharacterizationTests {
  /// A method whose answers show what it was given: the number of points as an exponent in hundredths.
  struct Counter: Architecture {
    var card: Card { Card(id: "counter", title: "Counter", summary: "", reference: "", lengths: 4...150) }
    func parameters(for subtask: Subtask) -> [ParameterSpec] { [] }
    func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) -> any Characterizer { Answer(subtask: subtask) }

    struct Answer: Characterizer {
      let subtask: Subtask

      func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
        try trajectories.enumerated().map { index, trajectory in
          // A place that the method can't bear.
          if trajectory.positions[0] == 666 { throw CharacterizerError.notFinite(index: index) }
          if trajectory.count == 149 { throw CharacterizerError.length(index: index, expected: 4...148, found: 149) }
          return subtask.task == .exponent
            ? .exponent(Double(trajectory.count) / 100) : .model(probabilities: [0, 0, 1, 0, 0])
        }
      }
    }
  }

  final class Tracks: TrackReader {
    let format = "test"
    let units = TrackUnits()
    private var entries: [TrackEntry]
    init(_ entries: [TrackEntry]) { self.entries = entries.reversed() }
    func next() -> TrackEntry? { entries.popLast() }
  }

  /// The tracks of a table.
  static func entries(_ text: String) throws -> [TrackEntry] {
    let folder = try TemporaryFolder()
    let path = folder.path + "/tracks.csv"
    try ("track,frame,x,y\n" + text).write(toFile: path, atomically: true, encoding: .utf8)
    let reader = try TrackFile.open(path)
    var entries: [TrackEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  static func rows(_ name: String, _ frames: some Sequence<Int>, x: Double = 0.5) -> String {
    frames.map { "\(name),\($0),\(x + Double($0 % 2)),1\n" }.joined()
  }

  static func run(_ entries: [TrackEntry], gaps: GapPolicy = .split, shortest: Int = 10) throws -> (
    results: [TrackResult], summary: TrackSummary
  ) {
    let model = try Registry([Counter()]).model("counter")
    let characterization = try TrackCharacterization(model, gaps: gaps, shortest: shortest)
    var results: [TrackResult] = []
    try characterization.run(Tracks(entries)) { results += $0 }
    return (results, characterization.summary)
  }

  @Test func everyTrackHasARowInItsPlace() throws {
    let text =
      Self.rows("whole", 0..<20) + Self.rows("short", 0..<9) + Self.rows("gap", Array(0..<12) + Array(14..<40))
      + Self.rows("twice", [0, 1, 1, 2]) + Self.rows("long", 0..<151) + Self.rows("bad", 0..<30, x: 666)
      + Self.rows("weights", 0..<149) + Self.rows("last", 5..<16) + "still,0,1,1\n"
      + (1..<11).map { "still,\($0),1,1\n" }.joined()
    let (results, summary) = try Self.run(Self.entries(text))
    let found = results.map {
      "\($0.track) \($0.piece) \($0.exponentValue.map { "\($0)" } ?? "-") \($0.flags.map(\.name))"
    }
    #expect(
      found == [
        "whole 1 0.2 []", "short 1 - [\"too_short\"]", "gap 1 0.12 [\"split\"]", "gap 2 0.26 [\"split\"]",
        "twice 0 - [\"duplicate_frames\"]", "long 1 - [\"too_long\"]", "bad 1 - [\"no_answer\"]",
        "weights 1 - [\"too_long\"]", "last 1 0.11 []", "still 1 0.11 [\"immobile\"]",
      ])
    #expect(results[1].reason == "has 9 points, fewer than 10" && results[8].firstFrame == 5)
    #expect(results[7].reason == "has 149 points; the weights serve 4 to 148")
    #expect(
      results.filter(\.isCharacterised).allSatisfy { $0.bestModel == .fbm && $0.fit != nil && $0.trajectory != nil })
    let lines = summary.lines(format: "test")
    #expect(
      lines == [
        "Read:           9 tracks, 423 points, 2D (test)",
        "Characterised:  4 tracks in 5 pieces by counter",
        "Left out:       2 too long, 1 duplicate frames, 1 no answer, 1 too short (under 10 points); 1 track with gaps "
          + "(2 frames missing), split there",
        "Exponent:       median 0.12, middle half 0.11 to 0.20, all 0.11 to 0.26",
        "Models:         fbm 100.0 %, attm 0.0 %, ctrw 0.0 %, lw 0.0 %, sbm 0.0 %",
      ])
  }

  @Test func gapsAreFilledInOrLeaveTheTrackOut() throws {
    let entries = try Self.entries(Self.rows("a", Array(0..<12) + Array(14..<40)) + Self.rows("b", [0, 1, 500]))
    let filled = try Self.run(entries, gaps: .interpolate).results
    #expect(filled.map(\.exponentValue) == [0.4, nil] && filled[0].flags == [.interpolated])
    #expect(filled[1].flags == [.tooLong] && filled[1].reason == "would have 501 points with its gaps filled in")
    let refused = try Self.run(entries, gaps: .refuse).results
    #expect(refused.map(\.flags) == [[.gaps], [.gaps]] && refused[0].reason == "lacks 2 frames")
  }

  @Test func blocksDoNotChangeAnything() throws {
    // More pieces than a block has.
    let entry = try Self.entries(Self.rows("a", 0..<10))[0]
    let (results, summary) = try Self.run([TrackEntry](repeating: entry, count: 20_000))
    #expect(results.count == 20_000 && results.allSatisfy { $0.exponentValue == 0.1 })
    #expect(summary.characterisedTracks == 20_000 && summary.points == 200_000)
  }

  @Test func quantilesAreThoseOfTheSortedExponents() throws {
    let entries = try (10..<110).flatMap { try Self.entries(Self.rows("a", 0..<$0)) }
    let summary = try Self.run(entries).summary
    #expect(summary.quantile(0) == 0.1 && summary.quantile(1) == 1.09 && summary.quantile(0.5) == 0.6)
  }

  @Test func aTaskThatTheModelDoesNotAnswerIsAnError() throws {
    struct Half: Architecture {
      var card: Card {
        Card(id: "half", title: "", summary: "", reference: "", subtasks: [Subtask(task: .exponent, dimension: 1)])
      }
      func parameters(for subtask: Subtask) -> [ParameterSpec] { [] }
      func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) -> any Characterizer {
        Counter.Answer(subtask: subtask)
      }
    }
    let model = try Registry([Half()]).model("half")
    #expect(try TrackCharacterization(model).tasks == [.exponent])
    #expect(throws: CheckpointError.self) { try TrackCharacterization(model, tasks: [.model]) }
  }
}
