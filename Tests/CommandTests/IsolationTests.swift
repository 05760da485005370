import Foundation
import Testing

/// What the processes do that read files which might crash a library.
@Suite struct IsolationTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Changed bytes in the first group's header of `stack_keras2_weights.h5`, for which libhdf5 1.10 looks for ever.
  private static let endless: [(place: Int, value: UInt8)] = [(2112, 0), (2128, 0), (2129, 0), (2130, 0), (2131, 0)]

  @Test func readingEndsWithTheProgramThatWantsIt() async throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: ForeignTests.fixture("stack_keras2_weights.h5")))
    for (place, value) in Self.endless { bytes[place] = value }
    let path = folder.file("endless.h5")
    try bytes.write(to: URL(fileURLWithPath: path))

    let process = Process()
    process.executableURL = Run.executable
    process.arguments = [
      "import", path, "--task", "exponent", "--dimension", "1", "--output", folder.file("imported.h5"),
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
    try process.run()
    var reader: pid_t?
    for _ in 0..<200 where reader == nil && process.isRunning {
      try await Task.sleep(for: .milliseconds(50))
      reader = Self.readers(of: path).first
    }
    guard let reader else {
      process.waitUntilExit()
      try Test.cancel("this libhdf5 comes to an end on the file")
    }
    kill(process.processIdentifier, SIGKILL)
    for _ in 0..<100 where !Self.readers(of: path).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
    #expect(Self.readers(of: path).isEmpty)
    // Foundation waits for the reader, too.
    kill(reader, SIGKILL)
    process.waitUntilExit()
  }

  /// Processes that read a file for another.
  private static func readers(of path: String) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap(pid_t.init).filter { process in
      let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
      let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return words.contains("--read-foreign") && words.contains(path)
    }
  }
}
