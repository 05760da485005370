import CCrypto
import Foundation
import HDF5

/// HDF5 files behind a seal: 512 bytes that say what the file is, how long it is, and the SHA-256 of what follows.
///
/// libhdf5 crashes on some damaged files, so the seal is checked before it reads a byte. The 512 bytes are an HDF5 user
/// block: other programs read the file as it is.
public enum SealedFile {
  /// What a sealed file holds.
  public enum Kind: String, Sendable {
    /// Weights to run.
    case checkpoint = "zoo checkpoint"
    /// A training run to go on with.
    case trainingState = "zoo training state"

    /// The version that this program writes.
    var version: Int { 1 }
  }

  static let sealBytes = 512
  /// Bytes that a file may have; far more than any checkpoint needs.
  static let mostBytes = 1 << 31

  /// Writes a sealed file under a temporary name and puts it in place.
  /// - Throws: `AtomicFile.Failure`, e.g. where the disk is full; what was there before is unchanged then.
  public static func write(_ kind: Kind, to path: String, _ body: (HDF5Group) throws -> Void) throws {
    try AtomicFile.write(to: path) { temporary in
      do {
        let file = try HDF5File.create(temporary, userBlock: sealBytes)
        try body(file.root)
        try file.flush()
      } catch let error as HDF5Error {
        throw AtomicFile.Failure(path: path, reason: systemReason(error))
      }
      let contents = try bytes(of: temporary)
      let seal = seal(kind, contents: contents[sealBytes...])
      guard let handle = FileHandle(forUpdatingAtPath: temporary) else {
        throw AtomicFile.Failure(path: path, reason: "the temporary file could not be opened again")
      }
      defer { try? handle.close() }
      do {
        try handle.write(contentsOf: Data(seal))
      } catch {
        throw AtomicFile.Failure(path: path, reason: error.localizedDescription)
      }
    }
  }

  /// The bytes of a file.
  /// - Throws: `CheckpointError` where it can't be read.
  public static func contents(of path: String) throws -> [UInt8] {
    do { return try bytes(of: path) } catch let error as CocoaError {
      throw CheckpointError.system(file: path, reason: reason(error, path))
    }
  }

  /// Opens a sealed file after its seal was found to be right.
  /// - Parameters:
  ///   - kind: what the file must be.
  ///   - path: of the file.
  ///   - contents: of the file, where they have been read already.
  /// - Throws: `CheckpointError` where the file is missing, foreign, of a later version, cut short or changed.
  public static func open(_ kind: Kind, _ path: String, contents: [UInt8]? = nil) throws -> HDF5File {
    let contents = try contents ?? self.contents(of: path)
    let name = kind.rawValue + " "
    guard contents.count >= sealBytes, contents.starts(with: name.utf8) else {
      throw CheckpointError.foreign(file: path, found: description(of: contents), wanted: kind)
    }
    let lines = String(decoding: contents[..<sealBytes].prefix { $0 != 0 }, as: UTF8.self).split(separator: "\n")
    guard let version = lines.first.flatMap({ Int($0.dropFirst(name.count)) }) else {
      throw CheckpointError.damaged(file: path, reason: "its first line names no version")
    }
    guard version <= kind.version else {
      throw CheckpointError.version(file: path, found: version, known: kind.version)
    }
    let length = contents.count - sealBytes
    guard lines.count == 3, lines[1] == "length \(length)" else {
      let said = lines.count > 1 ? String(lines[1]) : "nothing"
      throw CheckpointError.damaged(file: path, reason: "its seal says '\(said)', and \(length) bytes follow")
    }
    guard seal(kind, contents: contents[sealBytes...]) == Array(contents[..<sealBytes]) else {
      throw CheckpointError.damaged(file: path, reason: "its SHA-256 is another than its seal says")
    }
    return try HDF5File.open(bytes: contents, name: path)
  }

  private static func seal(_ kind: Kind, contents: ArraySlice<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    contents.withUnsafeBytes { _ = SHA256($0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count, &digest) }
    let hexadecimal = digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let text = "\(kind.rawValue) \(kind.version)\nlength \(contents.count)\nsha256 \(hexadecimal)\n"
    return Array(text.utf8) + [UInt8](repeating: 0, count: sealBytes - text.utf8.count)
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard size <= mostBytes else {
      throw CheckpointError.foreign(file: path, found: "\(size) bytes, more than \(mostBytes)")
    }
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// What the system said, e.g. "No space left on device", where libhdf5 passes it on.
  private static func systemReason(_ error: HDF5Error) -> String {
    let text = error.description
    guard let start = text.range(of: "error message = '"), let end = text[start.upperBound...].firstIndex(of: "'")
    else { return text }
    return String(text[start.upperBound..<end])
  }

  private static func reason(_ error: CocoaError, _ path: String) -> String {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
      return isFolder.boolValue ? "it is a folder" : error.localizedDescription
    }
    return "there is no such file"
  }

  private static func description(of contents: [UInt8]) -> String {
    if contents.isEmpty { return "it is empty" }
    if contents.starts(with: [0x89, 0x48, 0x44, 0x46]) { return "it is an HDF5 file of another program" }
    if let kind = [Kind.checkpoint, .trainingState].first(where: { contents.starts(with: $0.rawValue.utf8) }) {
      return "it is a \(kind.rawValue)" + (contents.count < sealBytes ? ", cut short" : "")
    }
    return "it starts with other bytes"
  }
}
