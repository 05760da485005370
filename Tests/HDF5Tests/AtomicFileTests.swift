import Foundation
import HDF5
import Testing

/// Files are there whole or not at all.
@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("file.bin")
  }

  private struct Interruption: Error {}

  /// The system's reason in the failure that `body` throws.
  private func reason(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) -> String? {
    #expect(throws: AtomicFile.Failure.self, sourceLocation: sourceLocation) { try body() }?.reason
  }

  @Test(
    arguments: [
      ("x", ""), ("file.bin", ""), ("/x", "/"), ("a/x", "a"), ("/a/b/file", "/a/b"), ("./x", "."), ("", ""),
    ]) func foldersOfPaths(path: String, expected: String)
  {
    #expect(AtomicFile.folder(of: path) == expected)
  }

  @Test func bytesArrive() throws {
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try AtomicFile.write(content, to: path)
    #expect(try bytes(of: path) == content)
    try AtomicFile.write([], to: path)
    #expect(try bytes(of: path).isEmpty)
    #expect(folder.contents == ["file.bin"])
  }

  @Test func aPipeIsNotReplaced() throws {
    #expect(mkfifo(path, 0o600) == 0)
    #expect(reason { try AtomicFile.write([1], to: path) } == "it is a device or a pipe, not a file")
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func theOldFileStandsUntilTheNewOneIsWhole() throws {
    try AtomicFile.write([1, 2, 3], to: path)
    try AtomicFile.write(to: path) { temporary in
      try Data([4]).write(to: URL(fileURLWithPath: temporary))
      #expect(try bytes(of: path) == [1, 2, 3])
      #expect(temporary.hasPrefix(path))
    }
    #expect(try bytes(of: path) == [4])
    #expect(folder.contents == ["file.bin"])
  }

  @Test func whatThrowsLeavesEverythingAsItWas() throws {
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(throws: Interruption.self) {
      try AtomicFile.write(to: path) { temporary in
        try Data([4]).write(to: URL(fileURLWithPath: temporary))
        throw Interruption()
      }
    }
    #expect(try bytes(of: path) == [1, 2, 3])
    #expect(folder.contents == ["file.bin"])
    #expect(throws: Interruption.self) { try AtomicFile.write(to: folder.file("other")) { _ in throw Interruption() } }
    #expect(folder.contents == ["file.bin"])
  }

  @Test func anHDF5FileIsClosedBeforeItGetsItsName() throws {
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5File.create(temporary)
      try file.root.write("x", (0..<10_000).map(Float.init), shape: [10_000], options: .compressed)
      try file.flush()
    }
    #expect(try HDF5File.open(path).root.dataset("x").read() == (0..<10_000).map(Float.init))
    #expect(folder.contents == ["file.bin"])
  }

  @Test func aFolderThatIsMissing() {
    let path = folder.file("no/file.bin")
    let failure = #expect(throws: AtomicFile.Failure.self) { try AtomicFile.write([1], to: path) }
    #expect(failure?.path == path)
    #expect(
      failure?.description
        == "\(path) could not be written: No such file or directory. What was there before is unchanged.")
  }

  @Test func aFolderThatIsAFile() throws {
    try AtomicFile.write([1], to: path)
    #expect(reason { try AtomicFile.write([1], to: path + "/x") } == "Not a directory")
  }

  @Test(.enabled(if: geteuid() != 0, "root may write into every folder"))
  func aFolderThatMayNotBeWritten() throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
    var wasCalled = false
    #expect(reason { try AtomicFile.write(to: path) { _ in wasCalled = true } } == "Permission denied")
    #expect(!wasCalled)
  }

  @Test func aFolderOfTheSystemThatTakesNoFiles() {
    let path = "/proc/zoo-test.bin"
    #expect(throws: AtomicFile.Failure.self) { try AtomicFile.write([1], to: path) }
  }

  @Test func aNameThatIsAFolder() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(reason { try AtomicFile.write([1], to: path) } == "Is a directory")
    #expect(folder.contents == ["file.bin"])
  }

  @Test func aBodyThatWritesNothing() throws {
    #expect(reason { try AtomicFile.write(to: path) { _ in } } == "No such file or directory")
    #expect(folder.contents.isEmpty)
  }
}
