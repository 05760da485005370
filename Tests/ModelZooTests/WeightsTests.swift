import Diffusion
import Foundation
import HDF5
import LayerGraph
import Testing

@testable import ModelZoo

/// Files of several networks, folders of files, and what is kept beside parameters.
@Suite struct WeightsTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private var serving: Serving {
    Serving(
      policy: .mix, rectification: 1.02,
      calibration: Calibration(
        errors: ErrorScale(
          coefficients: [1, 2, 3, 4, 5, 6], deviation: 1.5, sixtyEight: 1, ninetyFive: 3, shortest: 10, longest: 999),
        data: "somewhere", count: 500))
  }

  @Test func membersComeBackAsTheyWere() throws {
    let members = try [30, 20, 40].map { try SmallNetworks.checkpoint(seed: UInt64($0), lengths: 10...$0) }
    try Weights(members, serving: serving).write(to: folder.file("a.h5"))
    let loaded = try Weights(contentsOf: folder.file("a.h5"))
    #expect(loaded.serving == serving)
    #expect(loaded.members.map(\.lengths) == [10...30, 10...20, 10...40])
    for (found, member) in zip(loaded.members, members) {
      for name in member.parameters.names { #expect(found.parameters[name] == member.parameters[name]) }
      #expect(found.probe == member.probe && found.card == member.card)
    }
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: folder.file("a.h5")) }
  }

  @Test func aFileOfOneSaysHowItAnswers() throws {
    let checkpoint = try SmallNetworks.checkpoint(seed: 1)
    try checkpoint.write(to: folder.file("plain.h5"))
    // Nothing is said of serving where there is nothing to say.
    #expect(try !HDF5File.open(folder.file("plain.h5")).root.hasAttribute("serving"))
    #expect(try Weights(contentsOf: folder.file("plain.h5")).serving.isEmpty)
    try Weights([checkpoint], serving: serving).write(to: folder.file("one.h5"))
    #expect(try Weights(contentsOf: folder.file("one.h5")).serving == serving)
    #expect(try Checkpoint(contentsOf: folder.file("one.h5")).serving == serving)
  }

  @Test func membersOfDifferentKindsAreRefused() throws {
    let members = try [SmallNetworks.checkpoint(seed: 1), SmallNetworks.checkpoint(SmallNetworks.model, seed: 1)]
    #expect(throws: CheckpointError.self) { try Weights(members) }
    #expect(throws: CheckpointError.self) { try Weights([]) }
  }

  /// `lstm/exponent-1d/` with files for lengths and folds, and what stands in `serving.json`.
  @Test func aFolderIsServedAsItSays() throws {
    let place = folder.file("lstm/exponent-1d")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let checkpoints = try [20, 60].map { try SmallNetworks.checkpoint(seed: UInt64($0), lengths: $0...$0) }
    for checkpoint in checkpoints { try checkpoint.write(to: "\(place)/\(checkpoint.length!).h5") }
    let store = WeightStore(folders: [folder.path])
    func method(_ options: ServingOptions = ServingOptions()) throws -> any Characterizer {
      try SmallNetworks.network.characterizer(for: SmallNetworks.exponent, weights: store, options: options)
    }
    let plain = try #require(try method() as? ServedNetworks)
    #expect(plain.policy == .windows && plain.rectification == WindowRule.rectification(dimension: 1))
    try Weights.write(Serving(rectification: 0.98), folder: place)
    #expect(try (method() as? ServedNetworks)?.rectification == 0.98)
    try Weights.write(Serving(policy: .mix), folder: place)
    let mix = try #require(try method() as? ServedNetworks)
    #expect(mix.policy == .mix && mix.rectification == 1)
    // What a user asks for wins, and what was fitted for another policy goes.
    try Weights.write(serving, folder: place)
    #expect(try method() is CalibratedCharacterizer)
    let asked = try #require(try method(ServingOptions(policy: .zeros)) as? ServedNetworks)
    #expect(asked.policy == .zeros && asked.rectification == 1)
    try folder.write(Array("{".utf8), to: "lstm/exponent-1d/serving.json")
    #expect(throws: CheckpointError.self) { try method() }
  }

  @Test func aModelOfSeveralIsTheirMean() throws {
    let registry = try Registry([
      SmallNetworks.network, Constant(id: "one", exponent: 1), Constant(id: "two", exponent: 1.5),
    ])
    let nowhere = WeightStore(folders: ["/nowhere"])
    let trajectories = SmallNetworks.trajectories([10, 20])
    let model = try registry.model("one+two")
    let estimates = try model.characterizer(for: SmallNetworks.exponent, weights: nowhere).estimates(for: trajectories)
    #expect(estimates.allSatisfy { $0.prediction == .exponent(1.25) && abs($0.spread! - 0.125.squareRoot()) < 1e-12 })
    #expect(model.answers(SmallNetworks.exponent))
    for text in ["one+", "+one", "one+one", "one++two"] {
      #expect(throws: RegistryError.malformedExpression(text)) { try registry.model(text) }
    }
    #expect(throws: RegistryError.unknown(id: "twoo", nearest: "two", registered: registry.ids)) {
      try registry.model("one+twoo")
    }
  }

  // MARK: Precision

  @Test func halfPrecisionIsReplayed() throws {
    let checkpoint = try SmallNetworks.checkpoint(SmallNetworks.model, seed: 8)
    let half = try SmallNetworks.network.halved(checkpoint)
    try half.write(to: folder.file("half.h5"))
    let loaded = try Checkpoint(contentsOf: folder.file("half.h5"))
    #expect(loaded.precision == .float16)
    for name in half.parameters.names { #expect(loaded.parameters[name] == half.parameters[name]) }
    let dataset = try HDF5File.open(folder.file("half.h5")).root.group("state_dict").dataset("lstm.weight_hh_l0")
    #expect(dataset.kind == .float(bytes: 2))
    let probe = try #require(loaded.probe)
    let rows = probe.input.shape[0], each = probe.input.values.count / rows
    let results = try SmallNetworks.characterizer(loaded).run(
      (0..<rows).map {
        Tensor(
          shape: Array(probe.input.shape.dropFirst()), values: Array(probe.input.values[$0 * each..<($0 + 1) * each]))
      })
    #expect(results.flatMap(\.output) == probe.output.values)
    #expect(probe.output != checkpoint.probe?.output)
    // Written again it stays what it is.
    try loaded.write(to: folder.file("again.h5"))
    #expect(try Checkpoint(contentsOf: folder.file("again.h5")).precision == .float16)
    var huge = checkpoint
    huge.parameters["fc.weight"]?.values[0] = 1e6
    #expect(throws: CheckpointError.precision(name: "fc.weight", largest: 1e6)) {
      try SmallNetworks.network.halved(huge)
    }
  }

  // MARK: Better and worse

  @Test func betterWeightsAreNotLost() throws {
    func scored(_ score: Double?) throws -> Checkpoint {
      var checkpoint = try SmallNetworks.checkpoint(seed: 1)
      checkpoint.training = Checkpoint.Training()
      checkpoint.training?.validationMetric = "mae"
      checkpoint.training?.validationScore = score
      return checkpoint
    }
    let path = folder.file("a.h5")
    try Weights.requireNoLoss(at: path, of: scored(0.3))
    try scored(0.2).write(to: path)
    try Weights.requireNoLoss(at: path, of: scored(0.2))
    try Weights.requireNoLoss(at: path, of: scored(0.1))
    do {
      try Weights.requireNoLoss(at: path, of: scored(0.3))
      Issue.record("no error")
    } catch { #expect("\(error)".contains("mae is 0.2000, that of these is 0.3000")) }
    #expect(throws: CheckpointError.self) { try Weights.requireNoLoss(at: path, of: scored(nil)) }
    #expect(throws: CheckpointError.self) {
      try Weights.requireNoLoss(at: path, of: SmallNetworks.checkpoint(SmallNetworks.model, seed: 1))
    }
    try folder.write(Array("my thesis".utf8), to: "a.h5")
    #expect(throws: CheckpointError.self) { try Weights.requireNoLoss(at: path, of: scored(0.1)) }
  }
}

/// Says the same of everything.
private struct Constant: Architecture, Characterizer {
  let id: String
  let exponent: Double
  var card: Card {
    Card(id: id, title: id, summary: "A number.", reference: "None.", subtasks: [SmallNetworks.exponent])
  }
  func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
  func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer { self }
  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    trajectories.map { _ in .exponent(exponent) }
  }
}
