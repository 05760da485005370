import Foundation
import Testing

/// `zoo train` from the first step to a resumed end.
@Suite struct TrainingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let small = [
    "--architecture", "lstm", "--set", "configuration.hidden=8", "--set", "configuration.layers=1", "--length", "10-30",
    "--budget", "3000", "--set", "batch.points=640", "--set", "validation.count=50", "--set", "validation.every=1000",
  ]

  private func train(_ arguments: [String]) throws -> Run { try Run(["train"] + arguments, folder: folder.path) }

  @Test func aRunLeavesWeightsStateAndLog() throws {
    let run = try train(small + ["--output", "a.h5"])
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("Done: a.h5"))
    #expect(run.errors.isEmpty)
    let log = try String(contentsOfFile: folder.file("a.csv"), encoding: .utf8).split(separator: "\n")
    #expect(log[0].hasPrefix("seen,steps,seconds,rate,training_loss,validation_mae"))
    #expect(log.count == 4)
    try FileManager.default.createDirectory(atPath: folder.file("w/lstm"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder.file("a.h5"), toPath: folder.file("w/lstm/exponent-1d.h5"))
    let eval = try Run([
      "eval", "--models", "lstm", "--tasks", "exponent", "--dimensions", "1", "--count", "30", "--weights",
      folder.file("w"),
    ])
    #expect(eval.status == 0 && eval.output.contains("lstm       0."), "\(eval.errors)")
    let again = try train(small + ["--output", "a.h5"])
    #expect(again.status == 1 && again.errors.contains("--force"))
  }

  @Test func anInterruptedRunGoesOn() throws {
    #expect(try train(small + ["--output", "whole.h5"]).status == 0)
    let first = try train(small + ["--output", "parts.h5", "--time-limit", "0.05s"])
    #expect(first.status == 0 && first.output.contains("--resume"), "\(first.output)")
    let second = try train(["--output", "parts.h5", "--resume"])
    #expect(second.status == 0 && second.output.contains("Done"), "\(second.errors)")
    func weights(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) }
    #expect(try weights("whole.h5") == weights("parts.h5"))
    let other = try train(["--output", "parts.h5", "--resume", "--seed", "2"])
    #expect(other.status == 1 && other.errors.contains("another recipe"))
    let none = try train(["--output", "none.h5", "--resume"])
    #expect(none.status == 1 && none.errors.contains("none.state"))
  }

  @Test func foldsEachHaveTheirWeights() throws {
    #expect(
      try Run([
        "generate", "--tasks", "model", "--dimensions", "2", "--count", "100", "--output", folder.file("set.h5"),
      ]).status == 0)
    let run = try train([
      "--architecture", "lstm", "--task", "model", "--dimension", "2", "--data", "set.h5", "--folds", "2", "--budget",
      "200", "--set", "configuration.hidden=8", "--set", "validation.every=200", "--output", "f.h5",
    ])
    #expect(run.status == 0, "\(run.errors)")
    for name in ["f-fold1.h5", "f-fold2.h5", "f-fold1.csv", "f-fold2.state"] {
      #expect(FileManager.default.fileExists(atPath: folder.file(name)))
    }
  }

  @Test func controlCSavesAndStops() throws {
    let process = Process()
    process.executableURL = Run.executable
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.arguments = ["train"] + small.map { $0 == "3000" ? "100000000" : $0 } + ["--output", "c.h5"]
    let out = folder.file("out.txt")
    try folder.write("", to: "out.txt")
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
    try process.run()
    // Until the first validation, which says that the run is on its way.
    for _ in 0..<600 where try String(contentsOfFile: out, encoding: .utf8).isEmpty { usleep(50_000) }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try String(contentsOfFile: out, encoding: .utf8).contains("--output c.h5 --resume"))
    let resumed = try train(["--output", "c.h5", "--resume", "--time-limit", "0.2s"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.file("c.h5")))
  }
}
