import Diffusion
import Foundation

/// Where the files that tests read lie.
enum Fixtures {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  /// The small files that are always there; Tests/Fixtures/diffusion/README.md says what they are.
  static let folder = tests.appendingPathComponent("Fixtures/diffusion").path
  static let samples = folder + "/samples"
  /// Two tracks in the formats of many programs.
  static let tracks = tests.appendingPathComponent("Fixtures/tracks").path
  /// The whole development set, beside the checkout where somebody has it.
  static let whole = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/andi").path
  static let hasWhole = FileManager.default.fileExists(atPath: whole + "/dev.h5")
}

/// A folder that is gone after its test.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("diffusion-tests-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a text file and gives its path.
  func write(_ name: String, _ text: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}

/// The text of what a call throws; nil where it throws nothing.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}
