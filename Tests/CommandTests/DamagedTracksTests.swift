import Foundation
import Testing

/// HDF5 files of trajectories that are damaged: the library that reads them may crash, the program may not.
@Suite struct DamagedTracksTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static let whole = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/diffusion/dev_first20.h5")

  /// A sentence and exit code 1, or, where only numbers were hit, an answer.
  @Test func damagedFilesAreSentences() async throws {
    let whole = Array(try Data(contentsOf: Self.whole)), base = folder.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for seed in 0..<24 {
        group.addTask {
          let isCut = seed % 4 == 0, path = "\(base)/\(seed).h5", output = "\(base)/\(seed).csv"
          try Data((isCut ? Damage.cut : .structure).applied(to: whole, seed: seed)).write(
            to: URL(fileURLWithPath: path))
          let arguments =
            seed % 2 == 0
            ? ["predict", path, "--model", "msd", "--output", output]
            : ["eval", "--models", "msd", "--data", path, "--csv", output]
          let run = try Run(arguments)
          #expect(run.status == 1 || (run.status == 0 && !isCut), "\(seed): \(run.status) \(run.errors)")
          if run.status == 1 {
            let last = run.errors.split(separator: "\n").last ?? ""
            #expect(last.hasPrefix("Error: ") && run.errors.count < 2000, "\(seed): \(run.errors)")
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
