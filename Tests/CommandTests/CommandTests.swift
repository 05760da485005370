import Foundation
import Testing

/// Runs the executable as a user would.
struct Run {
  let status: Int32
  let output: String
  let errors: String

  static let executable: URL = {
    let name = "zoo"
    // Beside the test bundle in every layout of the build folder.
    var folder = Bundle.main.bundleURL
    if !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent(name).path) {
      folder = folder.deletingLastPathComponent()
    }
    return folder.appendingPathComponent(name)
  }()

  init(_ arguments: [String], environment: [String: String] = [:], folder: String? = nil) throws {
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    var all = ProcessInfo.processInfo.environment
    all["ZOO_WEIGHTS"] = nil
    // Set to nothing: what this machine's user has installed is no part of a test.
    all["ZOO_PLUGINS"] = ""
    process.environment = all.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    // Files rather than pipes: nothing blocks, whatever the amount.
    let out = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-run-\(UUID().uuidString)")
    let err = out.appendingPathExtension("err")
    for file in [out, err] { try Data().write(to: file) }
    defer { for file in [out, err] { try? FileManager.default.removeItem(at: file) } }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: try Data(contentsOf: out), as: UTF8.self)
    errors = String(decoding: try Data(contentsOf: err), as: UTF8.self)
  }
}

/// A folder that goes with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
  func file(_ name: String) -> String { path + "/" + name }
  func write(_ text: String, to name: String) throws {
    try text.write(toFile: file(name), atomically: true, encoding: .utf8)
  }
}

@Suite struct CommandTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(
    arguments: [
      "list", "describe", "eval", "report", "predict", "train", "generate", "features", "import", "export", "check",
    ])
  func everyCommandHasHelpWithAnExample(command: String) throws {
    let run = try Run([command, "--help"])
    #expect(run.status == 0)
    #expect(run.output.contains("zoo \(command)"))
    #expect(run.output.contains("Example"))
  }

  /// Each field of the rows that `zoo eval` writes is explained in its help.
  @Test func fieldsOfRowsAreDocumented() throws {
    let words = Set(try Run(["eval", "--help"]).output.split { !($0.isLetter || $0.isNumber || $0 == "_") })
    let arguments = ["eval", "--models", "msd", "--tasks", "exponent", "--dimensions", "1", "--count", "40"]
    let files = ["--csv", folder.file("rows.csv"), "--json", folder.file("rows.json")]
    #expect(try Run(arguments + files).status == 0)
    let header = try String(contentsOfFile: folder.file("rows.csv"), encoding: .utf8).split(separator: "\n")[0]
    for name in header.split(separator: ",") { #expect(words.contains(name), "\(name)") }
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("rows.json")))
    let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let rows = try #require(document?["rows"] as? [[String: Any]])
    for name in rows[0].keys { #expect(words.contains(Substring(name)), "\(name)") }
  }

  @Test func completionsAreThere() throws {
    for shell in ["bash", "zsh", "fish"] {
      let run = try Run(["--generate-completion-script", shell])
      #expect(run.status == 0 && run.output.contains("eval"))
    }
  }

  @Test func everythingRegisteredIsListed() throws {
    let run = try Run(["list"])
    for id in ["wadnet", "lstm", "msd"] { #expect(run.output.contains("\(id)  ")) }
  }

  @Test func describeCountsParameters() throws {
    let run = try Run(["describe", "wadnet", "--task", "model", "--dimension", "3"])
    #expect(run.output.contains("trained parameters: 192741"))
    #expect(try Run(["describe", "--machine"]).output.contains("portable"))
  }

  @Test(
    arguments: [
      (["eval", "--models", "wadnt"], 1, "Did you mean 'wadnet'?"),
      (["eval"], 64, "--models"),
      (["eval", "--models", "msd", "--dimensions", "4"], 64, "1, 2 and 3"),
      (["eval", "--models", "msd", "--count", "0"], 64, "--count"),
      (["eval", "--models", "msd", "--tasks", "exponents"], 64, "exponents"),
      (["eval", "--models", "msd", "--data", "/nowhere.h5"], 1, "/nowhere.h5"),
      (["evla"], 64, "evla"),
      (["describe"], 64, "zoo describe wadnet"),
      (["train", "--recipe", "/nowhere.recipe"], 1, "/nowhere.recipe"),
      (["train", "--length", "x"], 64, "--length"),
      (["train", "--time-limit", "soon"], 64, "--time-limit"),
      (["train", "--folds", "5"], 64, "--data"),
      (["train", "--resume"], 64, "--output"),
      (["train", "--set", "lenghts.to=5"], 1, "Did you mean 'lengths'?"),
      (["train", "--architecture", "msd"], 1, "nothing to train"),
      (["train", "--budget", "10", "--output", "/nowhere/x.h5"], 1, "/nowhere/x"),
      (["predict", "/nowhere.txt", "--model", "msd"], 1, "/nowhere.txt"),
      (["predict", "x.csv", "--columns", "track=a"], 64, "--columns"),
      (["predict", "x.csv", "--delimiter", "7"], 64, "--delimiter"),
      (["predict", "x.csv", "--pixel-size", "0"], 64, "--pixel-size"),
      (["predict", "x.csv", "--frame-interval", "fast"], 64, "--frame-interval"),
      (["predict", "x.csv", "--gaps", "close"], 64, "--gaps"),
      (["predict", "x.csv", "--shortest", "1"], 64, "--shortest"),
      (["predict", "x.csv", "--format", "andi"], 64, "--task"),
      (["predict", "x.csv", "--model", "msd", "--task", "model"], 1, "msd"),
      (["generate", "--count", "5", "--output", "/nowhere/x.h5"], 1, "/nowhere/x.h5"),
      (
        ["import", "/nowhere.h5", "--architecture", "wadnet", "--task", "model", "--dimension", "1", "--output", "x"],
        1,
        "/nowhere.h5"
      ),
    ] as [([String], Int32, String)])
  func wrongUseIsASentence(arguments: [String], status: Int32, part: String) throws {
    let run = try Run(arguments, folder: folder.path)
    #expect(run.status == status, "\(run.status): \(run.errors)")
    #expect(run.errors.contains(part), "\(run.errors)")
    #expect(run.output.isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func generatedSetsAreEvaluatedAlikeInBothFormats() throws {
    #expect(try Run(["generate", "--count", "60", "--seed", "5", "--output", folder.file("set.h5")]).status == 0)
    #expect(try Run(["generate", "--count", "60", "--seed", "5", "--output", folder.file("set")]).status == 0)
    func rows(_ arguments: [String]) throws -> [String] {
      let run = try Run(
        ["eval", "--models", "msd", "--tasks", "exponent", "--force", "--csv", folder.file("rows.csv")] + arguments)
      #expect(run.status == 0, "\(run.errors)")
      // Without the time, which nothing can fix; labels in HDF5 have 32 bits.
      return try String(contentsOfFile: folder.file("rows.csv"), encoding: .utf8).split(separator: "\n").map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).prefix(11).map { field in
          Double(field).map { String(format: "%.6f", $0) } ?? String(field)
        }.joined(separator: ",")
      }
    }
    let simulated = try rows(["--count", "60", "--seed", "5"])
    #expect(simulated.count == 4)
    #expect(try rows(["--data", folder.file("set.h5")]) == simulated)
    #expect(try rows(["--data", folder.file("set")]) == simulated)
    #expect(try rows(["--data", folder.file("set/task1.txt")]) == simulated)
  }

  @Test func threadsDoNotChangeATable() throws {
    func json(_ threads: String) throws -> String {
      let path = folder.file("rows-\(threads).json")
      let run = try Run(
        ["eval", "--models", "wadnet,lstm,msd", "--count", "40", "--json", path],
        environment: ["ZOO_THREADS": threads])
      #expect(run.output.contains("Diffusion model"))
      let text = try String(contentsOfFile: path, encoding: .utf8)
      return text.split(separator: "\n").filter { !$0.contains("\"seconds\"") }.joined(separator: "\n")
    }
    #expect(try json("1") == json("2"))
  }

  @Test func predictionsComeInTheOrderOfTheLines() throws {
    #expect(try Run(["generate", "--count", "20", "--seed", "6", "--output", folder.file("set")]).status == 0)
    let path = folder.file("set/task1.txt")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").reversed()
    try folder.write(lines.joined(separator: "\n") + "\n", to: "reversed.txt")
    let first = try Run(["predict", path, "--model", "msd", "--format", "andi"]).output.split(separator: "\n")
    let second = try Run(["predict", folder.file("reversed.txt"), "--model", "msd", "--format", "andi"])
      .output.split(separator: "\n")
    #expect(first.count == 60)
    #expect(first == second.reversed())
    let csv = try Run(["predict", path, "--model", "msd", "--output", folder.file("out.csv")])
    #expect(csv.status == 0 && csv.output.isEmpty)
    let rows = try String(contentsOfFile: folder.file("out.csv"), encoding: .utf8).split(separator: "\n")
    #expect(rows[0].hasPrefix("track,piece,first_frame,points,gaps,dimension,exponent,") && rows.count == 61)
  }

  @Test func badLinesNameFileAndLine() throws {
    try folder.write("1.0;0;1;2\n1.0;0;x;2\n", to: "bad.txt")
    let run = try Run(["predict", folder.file("bad.txt"), "--model", "msd", "--output", folder.file("out.csv")])
    #expect(run.status == 1)
    #expect(run.errors.contains("bad.txt, line 2"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("out.csv")))
    try folder.write("", to: "empty.txt")
    #expect(try Run(["predict", folder.file("empty.txt"), "--model", "msd"]).errors.contains("empty"))
  }
}
