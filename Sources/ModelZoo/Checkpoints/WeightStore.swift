import Foundation

/// Finds weight files: `<folder>/<architecture>/<subtask>.h5`, or a folder of that name without ".h5" that holds
/// networks for single lengths and folds.
///
/// Places, in order: a folder that the user names, else `ZOO_WEIGHTS`; where neither is given, the checkout that the
/// executable was built in, a folder `Weights` beside the executable, and the user's own folder. In place of a folder the
/// user may name one weight file.
public struct WeightStore: Sendable {
  /// Folders that are looked in.
  public let folders: [String]

  /// A store that looks in these folders, in this order.
  public init(folders: [String]) { self.folders = folders }

  /// The folders that apply to this run.
  /// - Parameter named: what the user said; it must hold all that is asked for.
  public init(named: String? = nil) {
    if let given = named ?? ProcessInfo.processInfo.environment["ZOO_WEIGHTS"], !given.isEmpty {
      folders = [given]
      return
    }
    let executable = URL(fileURLWithPath: Self.executablePath).resolvingSymlinksInPath()
    var places: [String] = []
    // The build folder lies inside the checkout, whatever its name; the source file knows where that was.
    var folder = executable.deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("Weights")
      if FileManager.default.fileExists(atPath: candidate.path) {
        places.append(candidate.path)
        break
      }
      folder = folder.deletingLastPathComponent()
    }
    let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Weights").path
    let beside = executable.deletingLastPathComponent().appendingPathComponent("Weights").path
    for place in [checkout, beside, Self.userFolder] where !places.contains(place) { places.append(place) }
    folders = places
  }

  /// Where weights of the user's own are kept, e.g. imported ones: `zoo/weights` in `XDG_DATA_HOME`, or in
  /// `~/.local/share`.
  public static var userFolder: String {
    let given = ProcessInfo.processInfo.environment["XDG_DATA_HOME"] ?? ""
    return (given.isEmpty ? NSHomeDirectory() + "/.local/share" : given) + "/zoo/weights"
  }

  /// The path of this program.
  public static var executablePath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Files with weights of an architecture for a subtask: one, or one for each length and fold.
  /// - Throws: `CheckpointError.notFound` with every place looked in; another `CheckpointError` or `HDF5Error` where a
  ///   file was named in place of a folder and holds no weights.
  public func files(_ architecture: String, _ subtask: Subtask) throws -> [String] {
    try place(architecture, subtask).files
  }

  /// The weights of an architecture for a subtask, of one file or of a folder.
  /// - Throws: `CheckpointError` or `HDF5Error` where there are none, or they can't be read.
  public func weights(_ architecture: String, _ subtask: Subtask) throws -> Weights {
    let (files, folder) = try place(architecture, subtask)
    if let folder { return try Weights(folder: folder) }
    return try Weights(contentsOf: files[0])
  }

  /// The files, and the folder that they are the contents of.
  private func place(_ architecture: String, _ subtask: Subtask) throws -> (files: [String], folder: String?) {
    var places: [String] = []
    for folder in folders {
      if let weights = try Self.file(folder) {
        if weights.architecture == architecture, weights.subtask == subtask { return ([folder], nil) }
        places.append("\(folder), which holds weights of \(weights.architecture), \(weights.subtask)")
        continue
      }
      // Of several places, those that a user has not made are no news.
      if folders.count == 1, !FileManager.default.fileExists(atPath: folder) {
        places.append("\(folder), which does not exist")
        continue
      }
      let base = "\(folder)/\(architecture)/\(subtask.name)"
      let file = base + ".h5"
      places.append(file)
      if FileManager.default.fileExists(atPath: file) { return ([file], nil) }
      let parts = Weights.files(in: base)
      if !parts.isEmpty { return (parts, base) }
    }
    throw CheckpointError.notFound(architecture: architecture, subtask: subtask, places: places)
  }

  /// The weights of a file that was named in place of a folder; nil where there is no file.
  private static func file(_ path: String) throws -> Weights? {
    guard FileManager.default.fileExists(atPath: path), !Weights.isFolder(path) else { return nil }
    return try Weights(contentsOf: path)
  }
}
