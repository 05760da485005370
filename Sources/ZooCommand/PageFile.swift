import Foundation
import HDF5
import Report

/// Pages are written whole, and never over another file unless that was asked for.
enum PageFile {
  /// Why a page is not written.
  enum Refusal: Error, CustomStringConvertible {
    case exists(String)
    case isOther(String)
    case noFile(String)
    case noFolder(String)

    var description: String {
      switch self {
      case .exists(let path): "\(path) exists and is kept; --force replaces it, another name keeps both."
      case .isOther(let path):
        "\(path) can't be the page: it is another file of this command. Give the page another name."
      case .noFile(let path): "\(path) is a folder or a device; a page needs the name of a file."
      case .noFolder(let path): "There is no folder for \(path) that can be written to."
      }
    }
  }

  /// Finds out what would stop `write`, before hours of work and not after them.
  /// - Parameter others: files of the command that the page must not replace.
  static func check(_ path: String, force: Bool, others: [String] = []) throws {
    let folder = (path as NSString).deletingLastPathComponent
    guard FileManager.default.isWritableFile(atPath: folder.isEmpty ? "." : folder) else {
      throw Refusal.noFolder(path)
    }
    var status = stat()
    let isThere = stat(path, &status) == 0
    for other in others {
      var its = stat()
      let isSame = isThere && stat(other, &its) == 0 && its.st_dev == status.st_dev && its.st_ino == status.st_ino
      if isSame || other == path { throw Refusal.isOther(path) }
    }
    guard isThere else { return }
    // Renaming a file over a device would replace the device.
    guard status.st_mode & S_IFMT == S_IFREG else { throw Refusal.noFile(path) }
    if !force { throw Refusal.exists(path) }
  }

  static func write(_ page: Page, to path: String, force: Bool) throws {
    try check(path, force: force)
    try AtomicFile.write(Array(page.html.utf8), to: path)
  }
}
