import Foundation

/// Reads foreign files in a process of its own, so that a file that crashes libhdf5 ends in a sentence.
///
/// The process is this program with a hidden subcommand, which writes what it read to a file; formats that this
/// package's own code reads need no such process.
public struct IsolatedReader: Sendable {
  /// The program, and the arguments that stand in front of the file to read and the file to write.
  public let program: String
  /// What comes in front of the two paths: the hidden subcommand.
  public let arguments: [String]
  /// Seconds that reading may take.
  public let timeLimit: Double

  /// - Parameters:
  ///   - program: path of the executable to start.
  ///   - arguments: what stands in front of the two paths.
  ///   - timeLimit: seconds until the process is killed; 60 by default.
  public init(program: String, arguments: [String], timeLimit: Double = 60) {
    self.program = program
    self.arguments = arguments
    self.timeLimit = timeLimit
  }

  /// Reads a file.
  /// - Throws: `ForeignError`; `.crashed` where the process ended by a signal or took too long.
  public func read(_ path: String) throws -> ForeignFile {
    if let file = try ForeignFile.withoutHDF5(ForeignFile.bytes(of: path), path) { return file }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-read-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = folder.appendingPathComponent("tensors"), messages = folder.appendingPathComponent("messages")
    try Data().write(to: messages)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments + [path, result.path]
    // A crash here is expected: nothing is to be dumped or traced.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: messages)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    if ended.wait(timeout: .now() + timeLimit) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      throw ForeignError.crashed(file: path, how: "did not come to an end within \(Int(timeLimit)) seconds")
    }
    guard process.terminationReason == .exit else {
      throw ForeignError.crashed(file: path, how: "crashed (signal \(process.terminationStatus))")
    }
    guard process.terminationStatus == 0 else {
      let text = (try? String(contentsOf: messages, encoding: .utf8)) ?? ""
      // The child's own sentence is already a whole one.
      throw Refusal(sentence: Self.sentence(text) ?? "\(path) can't be read.")
    }
    return try ForeignFile(packed: ForeignFile.bytes(of: result.path), path: path)
  }

  /// The sentence of an error without "Error: " in front.
  private static func sentence(_ text: String) -> String? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    guard let line = lines.first(where: { $0.hasPrefix("Error: ") }) ?? lines.first else { return nil }
    return line.hasPrefix("Error: ") ? String(line.dropFirst("Error: ".count)) : String(line)
  }

  /// What the process that read the file said.
  public struct Refusal: Error, Equatable, CustomStringConvertible {
    /// The child's error without "Error: " in front; a general one where it said nothing.
    public let sentence: String
    public var description: String { sentence }
  }
}
