import Diffusion
import Foundation
import LayerGraph
import PlainLSTM
import TAMSD
import Testing
import WADNet

@testable import ModelZoo

@Suite struct EvaluationTests {
  private func registry() throws -> Registry { try Registry([WADNet(), PlainLSTM(), TAMSD(), Half()]) }
  private let nowhere = WeightStore(folders: ["/nowhere"])

  @Test func aFailureIsARowAndTheOthersGoOn() throws {
    let evaluation = try Evaluation(registry(), models: ["wadnet", "msd", "half"], weights: nowhere)
    let rows = try evaluation.rows(ChallengeSimulation(task: .exponent, dimension: 1, seed: 1, count: 300))
    #expect(rows.map(\.model) == ["wadnet", "msd", "half"])
    #expect(rows[0].error?.contains("Looked for: /nowhere, which does not exist") == true)
    #expect(rows[0].value == nil)
    #expect(rows[1].error == nil && rows[1].count == 300)
    let value = try #require(rows[1].value), interval = try #require(rows[1].interval)
    #expect(interval.contains(value) && interval.upperBound - interval.lowerBound < 0.2)
    #expect(rows[2].error?.contains("odd") == true)
  }

  @Test func answersThatAreNoNumberAreAFailure() throws {
    let evaluation = try Evaluation(Registry([Undefined(), TAMSD()]), models: ["undefined", "msd"])
    let rows = try evaluation.rows(ChallengeSimulation(task: .exponent, dimension: 1, seed: 1, count: 40))
    #expect(rows[0].error?.hasPrefix("The answer for trajectory 5 is not a finite number") == true)
    #expect(rows[0].value == nil && rows[0].difference == nil && rows[1].value != nil)
    #expect(try ScoreTable(data: "x", rows: rows).json().contains("trajectory 5"))
  }

  @Test func whatIsNotAskedOfAMethodIsNoError() throws {
    let evaluation = try Evaluation(registry(), models: ["msd"], weights: nowhere)
    let rows = try evaluation.rows(ChallengeSimulation(task: .model, dimension: 1, seed: 1, count: 50))
    #expect(rows[0].error == nil && rows[0].value == nil)
    #expect(ScoreTable(data: "x", rows: rows).text.contains("does not answer"))
  }

  @Test func unknownModelsHaveANearestName() {
    #expect(
      throws: RegistryError.unknown(id: "wadnt", nearest: "wadnet", registered: ["wadnet", "lstm", "msd", "half"])
    ) {
      try Evaluation(registry(), models: ["wadnt"])
    }
  }

  /// Scores of a set that is longer than a block are those of the set in one piece.
  @Test func blocksDoNotMatter() throws {
    let source = ChallengeSimulation(task: .exponent, dimension: 2, seed: 5, count: Evaluation.blockSize + 100)
    let row = try Evaluation(registry(), models: ["msd"], weights: nowhere).rows(source)[0]
    let all = source.trajectories(0..<source.count)
    let errors = all.map { abs(MeanSquaredDisplacementFit().estimate($0.trajectory).exponent - $0.truth.exponent!) }
    #expect(row.count == all.count)
    #expect(abs(row.value! - mean(errors)) < 1e-12)
  }

  @Test func tablesSayTheSameInEveryForm() throws {
    let subtask = Subtask(task: .model, dimension: 3)
    var good = Evaluation.Row(model: "a", subtask: subtask)
    good.value = 0.75
    good.interval = 0.7...0.8
    good.count = 4
    good.seconds = 0.004
    good.confusion = ConfusionMatrix(predicted: [.attm, .lw, .lw, .sbm], truth: [.attm, .lw, .lw, .fbm])
    var bad = Evaluation.Row(model: "b", subtask: subtask)
    bad.error = "It said \"no\", twice."
    let table = ScoreTable(data: "somewhere", rows: [good, bad])
    #expect(table.text.contains("0.750 (0.700-0.800)"))
    #expect(table.text.contains("1.000"))
    #expect(table.text.contains("b, model-3d: It said"))
    #expect(table.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let lines = table.csv.split(separator: "\n")
    #expect(lines[1] == "a,model,3,f1,0.75,0.7,0.8,,,,4,0.004,")
    #expect(lines[2] == "b,model,3,f1,,,,,,,0,,\"It said \"\"no\"\", twice.\"")
    let json = try JSONSerialization.jsonObject(with: Data(table.json().utf8)) as? [String: Any]
    let rows = try #require(json?["rows"] as? [[String: Any]])
    #expect(rows[0]["value"] as? Double == 0.75 && rows[0]["low"] as? Double == 0.7)
    #expect(rows[0]["metric"] as? String == "f1" && rows[0]["dimension"] as? Int == 3)
    #expect((rows[0]["recall"] as? [String: Double])?["fbm"] == 0)
    #expect(rows[1]["error"] as? String == "It said \"no\", twice.")
    #expect(rows[1]["confusion"] == nil)
  }

  @Test func publishedScoresAreThePapers() {
    #expect(PublishedScores.rows.compactMap(\.value) == [0.15069, 0.13200, 0.11211, 0.8808, 0.9095, 0.9454])
  }
}

/// Answers what is no number.
private struct Undefined: Architecture, Characterizer {
  var card: Card { Card(id: "undefined", title: "Undefined", summary: "Undefined.", reference: "None.") }
  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer { self }
  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    trajectories.enumerated().map { .exponent($0.offset == 4 ? .nan : 1) }
  }
}

/// Answers 0.5, but not for an odd number of points.
private struct Half: Architecture {
  var card: Card { Card(id: "half", title: "Half", summary: "Half.", reference: "None.") }
  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer { Halves() }

  struct Halves: Characterizer {
    struct Odd: Error, CustomStringConvertible { let description = "an odd number of points" }
    func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
      if trajectories.contains(where: { $0.count % 2 == 1 }) { throw Odd() }
      return trajectories.map { _ in .exponent(0.5) }
    }
  }
}
