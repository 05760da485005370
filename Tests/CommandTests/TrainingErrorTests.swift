import Foundation
import Testing

/// What must not cost anybody their weights.
@Suite struct TrainingErrorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let small = [
    "train", "--architecture", "lstm", "--set", "configuration.hidden=8", "--set", "configuration.layers=1", "--length",
    "10-30", "--set", "batch.points=640", "--set", "validation.count=50", "--set", "validation.every=1000",
  ]

  private func zoo(_ arguments: [String]) throws -> Run { try Run(arguments, folder: folder.path) }
  private func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) }

  @Test func betterWeightsStay() throws {
    #expect(try zoo(small + ["--budget", "6000", "--output", "a.h5"]).status == 0)
    let before = try bytes("a.h5")
    for name in ["a.state", "a.csv"] { try FileManager.default.removeItem(atPath: folder.file(name)) }
    // A rate of nearly nothing learns nothing.
    let poor = small + ["--budget", "1000", "--rate", "1e-9", "--output", "a.h5"]
    let run = try zoo(poor)
    #expect(run.status == 1, "\(run.output)")
    #expect(run.errors.contains("a.h5 holds better weights: its validation mae is 0."), "\(run.errors)")
    #expect(run.errors.contains("that of these is 0.") && run.errors.contains("--force"))
    #expect(run.output.contains("not written: a.h5 is better"))
    #expect(try bytes("a.h5") == before)
    let forced = try zoo(["train", "--output", "a.h5", "--resume", "--force"])
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(try bytes("a.h5") != before)
    // Weights of something else are never replaced.
    for name in ["a.state", "a.csv"] { try FileManager.default.removeItem(atPath: folder.file(name)) }
    let other = try zoo(poor + ["--task", "model"])
    #expect(other.status == 1 && other.errors.contains("holds weights of lstm, exponent-1d"), "\(other.errors)")
  }

  @Test func twoRunsNeverWriteTheSameFiles() throws {
    #expect(try zoo(small + ["--budget", "3000", "--output", "a.h5", "--time-limit", "0s"]).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.file("a.lock")))
    let state = try bytes("a.state")
    let descriptor = open(folder.file("a.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    for second in [["train", "--output", "a.h5", "--resume"], small + ["--output", "a.h5", "--force"]] {
      let run = try zoo(second)
      #expect(run.status == 1 && run.errors.contains("a.lock is held by another run"), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    }
    #expect(try bytes("a.state") == state)
    // What a killed run leaves keeps nobody away.
    close(descriptor)
    #expect(try zoo(["train", "--output", "a.h5", "--resume"]).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.file("a.lock")))
  }

  @Test func aFullDiskLeavesWhatWasThere() throws {
    #expect(try zoo(small + ["--budget", "3000", "--output", "whole.h5"]).status == 0)
    var stopped = try zoo(small + ["--budget", "3000", "--output", "a.h5", "--time-limit", "0s"])
    #expect(stopped.status == 0, "\(stopped.errors)")
    let state = try bytes("a.state")
    // The shell's limit on the size of files stands for a full disk.
    func limited(_ kilobytes: Int) throws -> Int32 {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/bash")
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      process.arguments = [
        "-c",
        "trap '' XFSZ; ulimit -f \(kilobytes); exec \"\(Run.executable.path)\" train --output a.h5 --resume 2> e.txt > o.txt",
      ]
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus
    }
    #expect(try limited(4) == 1)
    let message = try String(contentsOfFile: folder.file("e.txt"), encoding: .utf8)
    #expect(message.contains("a.state could not be written: File too large."), "\(message)")
    #expect(message.contains("What was there before is unchanged"))
    #expect(try bytes("a.state") == state)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("tmp") })
    stopped = try zoo(["train", "--output", "a.h5", "--resume"])
    #expect(stopped.status == 0, "\(stopped.errors)")
    #expect(try bytes("a.h5") == bytes("whole.h5"))
  }

  @Test func otherDataAndOtherFilesAreSentences() throws {
    #expect(
      try zoo(["generate", "--tasks", "exponent", "--dimensions", "2", "--count", "40", "--output", "two.h5"]).status
        == 0)
    let dimension = try zoo(small + ["--data", "two.h5", "--output", "a.h5"])
    #expect(dimension.status == 1 && dimension.errors.contains("two.h5"), "\(dimension.errors)")
    #expect(dimension.errors.contains("dim2") || dimension.errors.contains("2"), "\(dimension.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("a.h5")))
    #expect(try zoo(small + ["--budget", "600", "--output", "b.h5"]).status == 0)
    // A checkpoint in place of a state.
    try FileManager.default.copyItem(atPath: folder.file("b.h5"), toPath: folder.file("c.state"))
    let state = try zoo(["train", "--output", "c.h5", "--resume"])
    #expect(state.status == 1 && state.errors.contains("it is a zoo checkpoint"), "\(state.errors)")
    // Another recipe.
    let recipe = try zoo(["train", "--output", "b.h5", "--resume", "--set", "clipping=2"])
    #expect(recipe.status == 1 && recipe.errors.contains("another recipe"))
  }

  /// With batch normalisation by length, averaged weights and calibration: three interruptions change no byte.
  @Test func interruptionsLeaveNoTrace() throws {
    let arguments =
      ["train", "--architecture", "wadnet", "--length", "10-40", "--budget", "3000"]
      + [
        "configuration.filters=8", "configuration.depth=4", "configuration.hidden=8", "configuration.recurrentLayers=1",
        "configuration.statisticsLengths=[10,30]", "batch.points=640", "validation.count=50", "validation.every=700",
      ].flatMap { ["--set", $0] }
    #expect(try zoo(arguments + ["--output", "whole.h5"]).status == 0)
    for number in 0..<3 {
      let part = try zoo(
        (number == 0 ? arguments : ["train", "--resume"]) + ["--output", "parts.h5", "--time-limit", "0.02s"])
      #expect(part.status == 0 && part.output.contains("--resume"), "\(part.output)\(part.errors)")
    }
    let last = try zoo(["train", "--resume", "--output", "parts.h5"])
    #expect(last.status == 0 && last.output.contains("Done"), "\(last.errors)")
    #expect(try bytes("whole.h5") == bytes("parts.h5"))
  }
}
