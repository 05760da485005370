import Foundation
import HDF5
import LayerGraph
import PlainLSTM
import Testing
import WADNet

@testable import ModelZoo

@Suite struct CheckpointTests {
  let folder: TemporaryFolder
  let subtask = Subtask(task: .model, dimension: 2)

  init() throws { folder = try TemporaryFolder() }

  /// A small network, so that thousands of damaged copies are read in seconds.
  private func checkpoint() throws -> Checkpoint {
    var configuration = PlainLSTM.Configuration()
    configuration.hidden = 8
    configuration.layers = 1
    let network = PlainLSTM(configuration: configuration)
    let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: 3)
    var checkpoint = try network.checkpoint(subtask, parameters: parameters, probe: [])
    var training = Checkpoint.Training()
    training.recipe = "architecture: lstm\n"
    training.validationScore = 0.75
    checkpoint.training = training
    checkpoint.length = 300
    return checkpoint
  }

  @Test func comesBackAsItWas() throws {
    let checkpoint = try checkpoint()
    try checkpoint.write(to: folder.file("a.h5"))
    var loaded = try Checkpoint(contentsOf: folder.file("a.h5"))
    for name in checkpoint.parameters.names { #expect(loaded.parameters[name] == checkpoint.parameters[name]) }
    #expect(loaded.parameters.names.count == checkpoint.parameters.names.count)
    loaded.parameters = checkpoint.parameters
    #expect(loaded == checkpoint)
  }

  @Test func theSameCheckpointIsTheSameBytes() throws {
    try checkpoint().write(to: folder.file("a.h5"))
    // HDF5 can keep times, in whole seconds.
    Thread.sleep(forTimeInterval: 1.1)
    try checkpoint().write(to: folder.file("b.h5"))
    #expect(try folder.bytes("a.h5") == folder.bytes("b.h5"))
  }

  @Test func isAnHDF5FileForOthers() throws {
    try checkpoint().write(to: folder.file("a.h5"))
    let root = try HDF5File.open(folder.file("a.h5")).root
    #expect(try root.string("architecture") == "lstm")
    #expect(try root.group("state_dict").dataset("lstm.weight_ih_l0").shape == [32, 2])
  }

  @Test func everyFlippedBitIsAnError() throws {
    try checkpoint().write(to: folder.file("a.h5"))
    let bytes = try folder.bytes("a.h5")
    var random = SplitMix64(seed: 11)
    for _ in 0..<1000 {
      var damaged = bytes
      let bit = Int(random.next() % UInt64(bytes.count * 8))
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      try folder.write(damaged, to: "damaged.h5")
      #expect(throws: CheckpointError.self, "bit \(bit)") { try Checkpoint(contentsOf: folder.file("damaged.h5")) }
    }
  }

  @Test func everyTruncationIsAnError() throws {
    try checkpoint().write(to: folder.file("a.h5"))
    let bytes = try folder.bytes("a.h5")
    // Each of the first bytes, then one in seven: the seal's length makes all of them alike.
    for length in Array(0..<600) + Array(stride(from: 600, to: bytes.count, by: 7)) + [bytes.count - 1] {
      try folder.write(Array(bytes[..<length]), to: "short.h5")
      #expect(throws: CheckpointError.self, "\(length) bytes") { try Checkpoint(contentsOf: folder.file("short.h5")) }
    }
    try folder.write(bytes + [0], to: "long.h5")
    #expect(throws: CheckpointError.self) { try Checkpoint(contentsOf: folder.file("long.h5")) }
  }

  @Test func sentencesSayWhatIsWrong() throws {
    func message(_ name: String) -> String {
      do {
        _ = try Checkpoint(contentsOf: folder.file(name))
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message("absent.h5").contains("there is no such file"))
    try folder.write([], to: "empty.h5")
    #expect(message("empty.h5").contains("it is empty"))
    try folder.write(Array("hello".utf8), to: "text.h5")
    #expect(message("text.h5").contains("no Zoo checkpoint"))
    try folder.write([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A] + [UInt8](repeating: 0, count: 600), to: "h.h5")
    #expect(message("h.h5").contains("another program"))
    try checkpoint().write(to: folder.file("a.h5"))
    var newer = try folder.bytes("a.h5")
    newer[Array("zoo checkpoint ".utf8).count] = UInt8(ascii: "9")
    try folder.write(newer, to: "newer.h5")
    #expect(message("newer.h5").contains("version 9"))
    #expect(message("newer.h5").contains("newer Zoo"))
    try TrainingState(ParameterStore([])).write(to: folder.file("state.h5"), recipe: Recipe(), configuration: "{}")
    #expect(message("state.h5").contains("training state"))
  }

  @Test func weightsOfSomethingElseAreRefused() throws {
    let checkpoint = try checkpoint()
    #expect(throws: CheckpointError.self) { try WADNet().characterizer(for: subtask, checkpoint: checkpoint) }
    let other = Subtask(task: .model, dimension: 1)
    #expect(throws: CheckpointError.self) { try PlainLSTM().characterizer(for: other, checkpoint: checkpoint) }
    #expect(throws: CheckpointError.self) { try PlainLSTM().characterizer(for: subtask, checkpoint: nil) }
    var foreign = checkpoint
    foreign.configuration = "{\"hidden\": \"many\"}"
    #expect(throws: CheckpointError.self) { try PlainLSTM().characterizer(for: subtask, checkpoint: foreign) }
  }

  @Test func allThatDoesNotFitIsListedAtOnce() throws {
    var checkpoint = try checkpoint()
    checkpoint.parameters["fc.bias"] = nil
    checkpoint.parameters["extra"] = Tensor(shape: [1], values: [1])
    checkpoint.parameters["fc.weight"] = Tensor(shape: [5, 9], repeating: 0)
    checkpoint.parameters["lstm.bias_ih_l0"]?.values[3] = .nan
    do {
      _ = try PlainLSTM().characterizer(for: subtask, checkpoint: checkpoint)
      Issue.record("no error")
    } catch {
      let text = "\(error)"
      for part in [
        "'fc.bias' is missing", "'extra' is not expected", "'fc.weight' has shape [5, 9], expected [5, 8]",
        "'lstm.bias_ih_l0' holds 1 non-finite",
      ] { #expect(text.contains(part), "\(text)") }
    }
  }

  @Test func aFolderThatCannotBeWrittenLeavesTheOldFile() throws {
    #expect(throws: AtomicFile.Failure.self) { try checkpoint().write(to: folder.file("none/a.h5")) }
    try checkpoint().write(to: folder.file("a.h5"))
    let before = try folder.bytes("a.h5")
    #expect(throws: (any Error).self) {
      try SealedFile.write(.checkpoint, to: folder.file("a.h5")) { _ in throw CheckEnd() }
    }
    #expect(try folder.bytes("a.h5") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.h5"])
  }

  private struct CheckEnd: Error {}
}
