import Foundation
import Testing

/// Weights of other programs through the command line.
@Suite struct ForeignTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  static func fixture(_ name: String) -> String { tests.appendingPathComponent("Fixtures/foreign/" + name).path }
  private static let small = ["--set", "filters=8", "--set", "depth=5", "--set", "hidden=16"]

  /// The Python that ZOO_TEST_PYTHON names, else python3, where it has some modules; nil where it lacks them.
  private static func python(_ modules: String...) -> String? {
    let named = ProcessInfo.processInfo.environment["ZOO_TEST_PYTHON"]
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
    let list = modules.map { "'\($0)'" }.joined(separator: ", ")
    return (named.map { [$0] } ?? folders).first { python in
      guard FileManager.default.isExecutableFile(atPath: python) else { return false }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: python)
      process.arguments = ["-c", "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, [\(list)])))"]
      process.standardError = FileHandle.nullDevice
      guard (try? process.run()) != nil else { return false }
      process.waitUntilExit()
      return process.terminationStatus == 0
    }
  }
  private static let reader = python("numpy", "h5py", "safetensors")
  private static let pyTorch = python("numpy", "h5py", "safetensors", "torch")

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

  /// What stands under "Bad input" of weights: one sentence that says what to do.
  @Test func contradictionsAreSentences() throws {
    func model(_ layers: String...) -> String {
      """
      {"class_name": "Sequential", "config": {"layers": [{"class_name": "InputLayer", "config": {"name": "in", \
      "batch_input_shape": [null, null, 3]}}, \(layers.joined(separator: ", "))]}}
      """
    }
    func dense(_ units: Int, _ activation: String) -> String {
      """
      {"class_name": "Dense", "config": {"name": "d", "units": \(units), "activation": "\(activation)", \
      "use_bias": true}}
      """
    }
    let gru = "{\"class_name\": \"GRU\", \"config\": {\"name\": \"g\", \"units\": 4}}"
    for (name, text) in [
      ("layer.json", model(gru)), ("activation.json", model(dense(5, "mish"))),
      ("other.json", model(dense(5, "softmax"))),
      ("broken.json", "{\"class_name\": 3}"),
    ] { try folder.write(text, to: name) }
    func tensor(_ name: String, _ first: Int, _ last: Int) -> String {
      "\"\(name)\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [\(first), \(last)]}"
    }
    for (name, header) in [
      ("overlap", "{\(tensor("a", 0, 8)), \(tensor("b", 4, 12))}"),
      ("absurd", "{\(tensor("a", 0, 8)), \(tensor("b", 8, 1 << 60))}"),
    ] {
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try (length + Data(header.utf8) + Data(count: 12)).write(
        to: URL(fileURLWithPath: folder.file(name + ".safetensors")))
    }
    let keras = [Self.fixture("stack_keras2_weights.h5"), "--config"]
    let dict = Self.fixture("wadnet-small-2d.safetensors")
    for (arguments, parts) in [
      (keras + [folder.file("layer.json")], ["'g' is a GRU, which is not supported", "Supported: ", "Conv1D"]),
      (keras + [folder.file("activation.json")], ["'d' has activation", "mish", "supported: ", "sigmoid"]),
      (keras + [folder.file("other.json")], ["the weights are not those of the architecture", "same network"]),
      (keras + [folder.file("broken.json")], ["class_name"]),
      ([folder.file("overlap.safetensors"), "--architecture", "lstm"], ["'a' and 'b' overlap", "Fetch it again"]),
      ([folder.file("absurd.safetensors"), "--architecture", "lstm"], ["'b' lies at", "Fetch it again"]),
      // A network with one block less has no place for the last one's tensors.
      (
        [dict, "--architecture", "wadnet", "--set", "filters=8", "--set", "depth=4", "--set", "hidden=16"],
        ["conv1d_tanh.4.weight", "is not expected"]
      ),
    ] as [([String], [String])] {
      let run = try Run(
        ["import"] + arguments + ["--task", "exponent", "--dimension", "2", "--output", folder.file("x.h5")])
      #expect(run.status == 1 && run.errors.hasPrefix("Error: "), "\(arguments): \(run.status) \(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      #expect(parts.allSatisfy(run.errors.contains), "\(run.errors)")
    }
  }

  /// One net of an architecture that has 45, made by this program: each that is missing is named, then and later.
  @Test func aFolderWithOneNetNamesTheOthers() throws {
    let net = folder.file("net.h5"), weights = ["--weights", folder.file("w")]
    let train = try Run([
      "train", "--architecture", "randi", "--task", "exponent", "--dimension", "1", "--length", "12", "--budget", "8",
      "--set", "batch={points: 48, least: 4, most: 4}", "--set", "validation={count: 8, every: 8}", "--output", net,
    ])
    #expect(train.status == 0, "\(train.errors)")
    try FileManager.default.createDirectory(atPath: folder.file("nets/deep"), withIntermediateDirectories: true)
    let export = try Run(
      ["export", net, "--format", "keras2", "--output", folder.file("nets/deep/inference_1D_25.h5")])
    #expect(export.status == 0, "\(export.errors)")
    let run = try Run(["import", "randi", folder.file("nets")] + weights)
    #expect(run.status == 0, "\(run.errors)")
    for part in [
      "missing in ", "inference_1D_50.h5", "inference_3D_925.h5", "classification_3D_425.h5", "argunaykut/randi",
      "exponent-1d: 1 of 14 nets.",
    ] { #expect(run.output.contains(part), "\(part): \(run.output)") }
    #expect(!run.output.contains("inference_1D_25.h5,"))
    let eval = try Run(
      ["eval", "--models", "randi", "--tasks", "exponent", "--dimensions", "1,2", "--count", "10"] + weights)
    #expect(eval.status == 0, "\(eval.errors)")
    #expect(eval.errors.contains("Missing for 26 or more points: inference_1D_50.h5"), "\(eval.errors)")
    #expect(eval.output.contains("They are made of inference_2D_25.h5"), "\(eval.output)")
    try folder.write(
      (["track,frame,x"] + (0..<20).map { "1,\($0),\($0 * $0 % 7)" }).joined(separator: "\n"), to: "t.csv")
    let predict = try Run(
      [
        "predict", folder.file("t.csv"), "--columns", "track=track,frame=frame,x=x", "--model", "randi", "--task",
        "exponent",
      ] + weights)
    #expect(predict.status == 0 && !predict.errors.contains("Missing for"), "\(predict.errors)")
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

  /// h5py and safetensors, as they come from PyPI, read what is written and find the same tensors.
  @Test(.enabled(if: reader != nil, "neither python3 nor ZOO_TEST_PYTHON has h5py and safetensors"))
  func pythonReadsExports() throws {
    let text = try checkExports(#require(Self.reader), "--tensors-only")
    #expect(text.contains("tensors agree"), "\(text)")
  }

  /// PyTorch's own layers, with exported weights, predict within 1e-5 what was stored here.
  @Test(.enabled(if: pyTorch != nil, "neither python3 nor ZOO_TEST_PYTHON has h5py, safetensors and PyTorch"))
  func pyTorchPredictsTheSame() throws {
    let text = try checkExports(#require(Self.pyTorch))
    #expect(text.contains("predictions of PyTorch's WADNet"), "\(text)")
  }

  private func checkExports(_ python: String, _ more: String...) throws -> String {
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
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments =
      [Self.fixture("check_exports.py")] + more + [
        checkpoint, folder.file("dict.h5"), folder.file("dict.safetensors"),
        Self.fixture("wadnet-small-2d.safetensors"),
      ]
    let messages = Pipe()
    process.standardError = messages
    process.standardOutput = messages
    try process.run()
    let text = String(decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    return text
  }
}
