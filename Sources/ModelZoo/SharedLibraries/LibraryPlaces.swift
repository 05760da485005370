import Foundation

/// Where shared libraries with architectures are found.
///
/// What the user names comes first. Behind it come the files and folders of `ZOO_PLUGINS`, with colons between them;
/// where that is not set, the folders `plugins` beside the executable and `zoo/plugins` in the user's data folder
/// (`$XDG_DATA_HOME`, else `~/.local/share`). Of a folder, every file whose name ends in ".so" is taken, by name.
public struct LibraryPlaces: Sendable, Equatable {
  /// Files and folders that must be there.
  public let named: [String]
  /// Folders that are looked into where they are there.
  public let folders: [String]

  /// The places that apply to this run.
  /// - Parameters:
  ///   - named: what the user says on the command line.
  ///   - environment: variables by name.
  ///   - executable: the path of this program.
  public init(
    named: [String] = [], environment: [String: String] = ProcessInfo.processInfo.environment,
    executable: String = WeightStore.executablePath
  ) {
    if let given = environment["ZOO_PLUGINS"] {
      self.named = named + given.split(separator: ":").map(String.init)
      folders = []
      return
    }
    self.named = named
    let beside = URL(fileURLWithPath: executable).resolvingSymlinksInPath().deletingLastPathComponent()
    let home = environment["HOME"].map { $0 + "/.local/share" }
    // The specification of these folders says that a relative path is to be ignored.
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home
    folders = [beside.appendingPathComponent("plugins").path] + (data.map { [$0 + "/zoo/plugins"] } ?? [])
  }

  /// The libraries, in order.
  /// - Throws: `LibraryError.missing` where a place that was named is not there, `.unreadable` where a folder can't be
  ///   listed.
  public var files: [String] {
    get throws {
      var found: [String] = []
      for place in named {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
          throw LibraryError.missing(path: place)
        }
        found += isFolder.boolValue ? try Self.libraries(in: place) : [place]
      }
      for folder in folders where FileManager.default.fileExists(atPath: folder) {
        found += try Self.libraries(in: folder)
      }
      return found
    }
  }

  private static func libraries(in folder: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".so") }.sorted()
        .map { folder + "/" + $0 }
    } catch {
      throw LibraryError.unreadable(path: folder, reason: error.localizedDescription)
    }
  }
}
