import Foundation
import Testing

/// Files that exist are kept by every command, and replaced under one name everywhere.
@Suite struct ReplacementTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let weights = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Weights/wadnet/model-1d.h5").path
  static let cell = ["--task", "model", "--dimension", "1"]
  static let brief = ["--seconds", "0.01"]
  static let few = ["--count", "10", "--tasks", "exponent", "--dimensions", "1"]

  @Test(
    arguments: [
      (["generate"] + few + ["--output", "x.h5"], "x.h5"),
      // One letter is a name, too.
      (["generate"] + few + ["--format", "hdf5", "--output", "x"], "x"),
      (["generate"] + few + ["--output", "."], "task1.txt"),
      (["generate"] + few + ["--output", "."], "ref1.txt"),
      (["eval", "--models", "msd", "--json", "x.json"] + few, "x.json"),
      (["eval", "--models", "msd", "--csv", "x.csv"] + few, "x.csv"),
      (["report", "--models", "msd", "--output", "x.html"] + few, "x.html"),
      (["features", "--model", "wadnet", "--count", "10", "--output", "x.npy"] + cell, "x.npy"),
      (["export", weights, "--output", "x.safetensors"], "x.safetensors"),
      (["bundle", weights, "--output", "x.h5"], "x.h5"),
      (["bench", "--kinds", "inference", "--lengths", "10", "--batches", "1", "--json", "x.json"] + brief, "x.json"),
    ] as [([String], String)])
  func filesAreKeptUnlessForced(arguments: [String], name: String) throws {
    try folder.write("precious", to: name)
    let kept = try Run(arguments, folder: folder.path)
    #expect(kept.status == 1 && kept.output.isEmpty, "\(kept.errors)")
    #expect(kept.errors.hasSuffix("\(name) exists and is kept; --force replaces it, another name keeps both.\n"))
    #expect(try String(contentsOfFile: folder.file(name), encoding: .utf8) == "precious")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
    let forced = try Run(arguments + ["--force"], folder: folder.path)
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.file(name))) != Data("precious".utf8))
  }
}
