import Diffusion
import Foundation
import ModelZoo
import Testing

@Suite struct TrajectoryTrialTests {
  /// What the trial says where reading crashes, or comes to no end.
  @Test func aCrashOfTheLibraryIsASentence() throws {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    let whole = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/diffusion/dev_first20.h5")
    try FileManager.default.copyItem(atPath: whole.path, toPath: path)
    func complaint(_ script: String) throws -> String? {
      do {
        try TrajectoryTrial.check(path, command: ["/bin/sh", "-c", script])
        return nil
      } catch let error as FormatError { return "\(error)" }
    }
    #expect(
      try complaint("kill -SEGV $$")
        == "\(path) is damaged, reading it crashed libhdf5 (Segmentation fault): fetch it again, or make it again.")
    #expect(try complaint("exit 1") == nil)
    // Once is enough.
    #expect(try complaint("kill -SEGV $$") == nil)
  }

  @Test func otherFilesAreNotTried() throws {
    let folder = try TemporaryFolder(), path = folder.file("tracks.csv")
    try Data("track,frame,x\n".utf8).write(to: URL(fileURLWithPath: path))
    try TrajectoryTrial.check(path, command: ["/nowhere"])
    try TrajectoryTrial.check(folder.file("none"), command: ["/nowhere"])
  }
}
