import Foundation
import HDF5

/// Reads foreign files in a process of its own, so that a file that crashes libhdf5 ends in a sentence.
///
/// The process writes what it read to a file; formats that this package's own code reads need no such process.
public struct IsolatedReader: Sendable {
  /// What the process does: reads the first path and writes what is there to the second.
  static let part = IsolatedPart(flag: "--read-foreign", count: 2) { paths in
    try AtomicFile.write(try ForeignFile(contentsOf: paths[0]).packed(), to: paths[1])
    return ""
  }

  /// What is run, before the flag and the paths.
  let command: [String]
  /// Seconds that reading may take.
  let seconds: Int

  /// - Parameters:
  ///   - command: a program whose `main` calls ``IsolatedPart/answer(_:)``, by default this one.
  ///   - seconds: how long reading may take.
  public init(command: [String]? = nil, seconds: Int = 60) {
    self.command = command ?? IsolatedPart.thisProgram
    self.seconds = seconds
  }

  /// Reads a file.
  /// - Throws: `ForeignError`; `.crashed` where the process ended by a signal or took too long, and `.elsewhere` with what
  ///   it said of the file.
  public func read(_ path: String) throws -> ForeignFile {
    if let file = try ForeignFile.withoutHDF5(ForeignFile.bytes(of: path), path) { return file }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-read-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = folder.appendingPathComponent("tensors").path
    do {
      _ = try Self.part.run([path, result], command: command, seconds: seconds)
    } catch .refused(let sentence) {
      throw ForeignError.elsewhere(sentence: sentence)
    } catch .crashed(let reason) {
      throw ForeignError.crashed(file: path, how: "crashed (\(reason))")
    } catch .ended(let code) {
      throw ForeignError.crashed(file: path, how: "ended (exit code \(code))")
    } catch .slow(let seconds) {
      throw ForeignError.crashed(file: path, how: "did not come to an end within \(seconds) seconds")
    } catch .notStarted(let reason) {
      throw ForeignError.system(file: path, reason: "a process to read it can't be started: \(reason)")
    }
    return try ForeignFile(packed: ForeignFile.bytes(of: result), path: path)
  }
}
