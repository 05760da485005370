import ArgumentParser
import Foundation
import HDF5

/// Files that exist are replaced by no command unless that was asked for, under one name everywhere.
struct ReplacementOption: ParsableArguments {
  @Flag(help: "Replace files that exist.")
  var force = false

  /// Why a file is not written.
  enum Refusal: Error, Equatable, CustomStringConvertible {
    case exists(String)
    case isOther(String)
    case noFile(String)
    case noFolder(String)

    var description: String {
      switch self {
      case .exists(let path): "\(path) exists and is kept; --force replaces it, another name keeps both."
      case .isOther(let path): "\(path) is another file of this command; give the output another name."
      case .noFile(let path): "\(path) is a folder or a device; the output needs the name of a file."
      case .noFolder(let path): "There is no folder for \(path) that can be written to."
      }
    }
  }

  /// Finds out what would stop the writing of a file, before hours of work and not after them.
  /// - Parameters:
  ///   - path: the file; nil where none was asked for.
  ///   - others: files of the command that this one must not replace, not even with `--force`.
  ///   - isStream: whether a pipe or a device will do.
  func check(_ path: String?, besides others: [String?] = [], isStream: Bool = false) throws {
    guard let path else { return }
    var there = stat()
    let isThere = stat(path, &there) == 0
    for other in others.compactMap({ $0 }) {
      var its = stat()
      let isSame = isThere && stat(other, &its) == 0 && its.st_dev == there.st_dev && its.st_ino == there.st_ino
      if (isSame && there.st_mode & S_IFMT == S_IFREG) || other == path { throw Refusal.isOther(path) }
    }
    if isStream, isThere, ![S_IFREG, S_IFDIR].contains(there.st_mode & S_IFMT) { return }
    let folder = AtomicFile.folder(of: path)
    guard FileManager.default.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
      throw Refusal.noFolder(path)
    }
    guard isThere else { return }
    // Renaming a file over a device would replace the device.
    guard there.st_mode & S_IFMT == S_IFREG else { throw Refusal.noFile(path) }
    if !force { throw Refusal.exists(path) }
  }
}
