import Foundation
import Testing

/// Weights of other programs through the command line.
@Suite struct ForeignTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  static func fixture(_ name: String) -> String { tests.appendingPathComponent("Fixtures/foreign/" + name).path }
  private static let small = ["--set", "filters=8", "--set", "depth=5", "--set", "hidden=16"]

  /// A Python with h5py, safetensors and, where it is there, PyTorch; nil where nobody names one.
  static let python = ProcessInfo.processInfo.environment["ZOO_TEST_PYTHON"]

  @Test func aKerasFileRunsWithoutAnArchitectureOfItsOwn() throws {
    let net = folder.file("net.h5")
    let run = try Run([
      "import", Self.fixture("stack_keras2_whole.h5"), "--task", "model", "--dimension", "3", "--input",
      "displacements",
      "--output", net,
    ])
    #expect(run.status == 0, "\(run.errors)")
    for part in ["whole Keras model", "axes turned in 10 tensors", "all names used", "lint: no non-finite"] {
      #expect(run.output.contains(part), "\(run.output)")
    }
    #expect(try Run(["generate", "--count", "6", "--seed", "3", "--output", folder.file("set")]).status == 0)
    let predicted = try Run([
      "predict", folder.file("set/task2.txt"), "--model", "keras", "--task", "model", "--weights", net,
    ])
    // The set has trajectories of all dimensions, and the net is for three.
    #expect(predicted.status == 1 && predicted.errors.contains("which holds weights of keras, model-3d"))
    let evaluated = try Run([
      "eval", "--models", "keras", "--tasks", "model", "--dimensions", "3", "--count", "20", "--weights", net,
    ])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    let weights = try Run([
      "import", Self.fixture("stack_keras3.weights.h5"), "--task", "model", "--dimension", "3", "--config",
      Self.fixture("stack_keras2_whole.h5"), "--output", folder.file("other.h5"),
    ])
    #expect(weights.status == 0, "\(weights.errors)")
  }

  @Test func wrongFilesAreSentences() throws {
    try folder.write("hello", to: "text.h5")
    try folder.write("", to: "empty.h5")
    try FileManager.default.createDirectory(atPath: folder.file("nets"), withIntermediateDirectories: true)
    func file(_ path: String, _ more: String...) -> [String] {
      [path] + more + ["--task", "model", "--dimension", "3", "--output", folder.file("x.h5")]
    }
    let stack = Self.fixture("stack_keras2_whole.h5"), dict = Self.fixture("wadnet-small-2d.safetensors")
    let cases: [([String], Int32, String)] = [
      (file(folder.file("text.h5")), 1, "no weight file"), (file(folder.file("empty.h5")), 1, "it is empty"),
      (file(folder.path), 1, "it is a folder"), (file("/nowhere.h5"), 1, "there is no such file"),
      (file(Self.fixture("stack_keras3.weights.h5")), 1, "--config"),
      (file(Self.fixture("stack_keras2_weights.h5")), 1, "--config"),
      (file(stack, "--architecture", "wadnet"), 1, "no chain of Keras layers"),
      (file(stack, "--architecture", "randi"), 1, "expected 4: LSTM, LSTM, Dense"),
      (file(Self.fixture("options_keras3.keras")), 1, "3D trajectories are 3"),
      (file(dict), 1, "--architecture"), (file(dict, "--architecture", "lstm"), 1, "is not expected"),
      (["randi", folder.file("nets")], 1, "inference_1D_25.h5"), (["randi", "/nowhere"], 1, "no such folder"),
      (["wadnet", folder.file("nets")], 1, "randi, upv-mat have"),
      (["rnadi", folder.file("nets")], 1, "Did you mean 'randi'?"),
      ([stack, "--task", "model"], 64, "--dimension"),
      (["randi", folder.file("nets"), "--task", "model"], 64, "leave out"), (["a", "b", "c"], 64, "one file"),
    ]
    for (arguments, status, part) in cases {
      let run = try Run(["import"] + arguments, environment: ["XDG_DATA_HOME": folder.file("data")])
      #expect(run.status == status && run.errors.contains(part), "\(arguments): \(run.status) \(run.errors)")
      #expect(run.output.isEmpty && !FileManager.default.fileExists(atPath: folder.file("x.h5")))
    }
  }

  /// Cut short, bytes changed: a sentence and exit code 1, or, where only numbers were hit, a network; never a crash.
  @Test(arguments: ["options_keras2_whole.h5", "stack_keras3.weights.h5", "options_keras3.keras"])
  func damagedFilesAreSentences(name: String) async throws {
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: Self.fixture(name))))
    let base = folder.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<14 {
        group.addTask {
          let isCut = seed % 2 == 0
          let bytes = Damage.damaged(whole, seed: seed, isCut: isCut)
          let path = "\(base)/\(seed)-\(name)", output = "\(base)/\(seed)-out.h5"
          try Data(bytes).write(to: URL(fileURLWithPath: path))
          let config = name.contains("keras3.w") ? ["--config", Self.fixture("stack_keras2_whole.h5")] : []
          let dimension = name.contains("stack") ? "3" : "2"
          let run = try Run(
            ["import", path, "--task", "model", "--dimension", dimension, "--output", output] + config)
          #expect(run.status == 1 || (run.status == 0 && !isCut), "\(seed): \(run.status) \(run.errors)")
          if run.status == 1 {
            #expect(run.errors.hasPrefix("Error: ") && run.errors.count < 2000, "\(seed): \(run.errors)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func exportsComeBackBitForBit() throws {
    let first = folder.file("first.h5"), second = folder.file("second.h5")
    let target = ["--architecture", "wadnet", "--task", "exponent", "--dimension", "2"] + Self.small
    let run = try Run(["import", Self.fixture("wadnet-small-2d.safetensors")] + target + ["--output", first])
    #expect(run.status == 0, "\(run.errors)")
    for name in ["dict.h5", "dict.safetensors"] {
      let export = try Run(["export", first, "--output", folder.file(name)])
      #expect(export.status == 0, "\(export.errors)")
      #expect(try Run(["import", folder.file(name)] + target + ["--force", "--output", second]).status == 0)
      let a = folder.file("a.safetensors"), b = folder.file("b.safetensors")
      #expect(try Run(["export", first, "--force", "--output", a]).status == 0)
      #expect(try Run(["export", second, "--force", "--output", b]).status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: a)) == Data(contentsOf: URL(fileURLWithPath: b)))
    }
    for (arguments, status, part) in [
      (["export", first, "--format", "keras2", "--output", folder.file("k.h5")], 1, "--format safetensors"),
      (["export", first, "--output", folder.file("k.onnx")], 64, "--format"),
      (["export", first, "--length", "50", "--output", folder.file("k.h5")], 1, "--length 50"),
      (["export", "wadnet", "--output", folder.file("k.h5")], 1, "--task and --dimension"),
      (["export", first, "--member", "2", "--output", folder.file("k.h5")], 1, "not 2"),
      (["export", first, "--output", "/nowhere/k.h5"], 1, "/nowhere/k.h5"),
    ] as [([String], Int32, String)] {
      let run = try Run(arguments)
      #expect(run.status == status && run.errors.contains(part), "\(arguments): \(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("k.h5")))
    }
  }

  /// h5py and safetensors read what is written, and PyTorch predicts the same with it.
  @Test(.enabled(if: ForeignTests.python != nil, "ZOO_TEST_PYTHON names no Python with h5py, safetensors and PyTorch"))
  func pythonReadsExports() throws {
    let checkpoint = folder.file("first.h5")
    let imported = try Run(
      [
        "import", Self.fixture("wadnet-small-2d.safetensors"), "--architecture", "wadnet", "--task", "exponent",
        "--dimension", "2", "--output", checkpoint,
      ] + Self.small)
    #expect(imported.status == 0, "\(imported.errors)")
    for name in ["dict.h5", "dict.safetensors"] {
      #expect(try Run(["export", checkpoint, "--output", folder.file(name)]).status == 0)
    }
    let script = Self.fixture("check_exports.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Self.python))
    process.arguments = [
      script, checkpoint, folder.file("dict.h5"), folder.file("dict.safetensors"),
      Self.fixture("wadnet-small-2d.safetensors"),
    ]
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = messages
    try process.run()
    let text = String(decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("tensors agree"), "\(text)")
  }
}
