import Foundation

/// Finds weight files: `<folder>/<architecture>/<subtask>.h5`, or a folder of that name without ".h5" that holds
/// networks for single lengths and folds.
///
/// Places, in order: a folder that the user names, else `ZOO_WEIGHTS`; where neither is given, the checkout that the
/// executable was built in, and a folder `Weights` beside the executable.
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
    for place in [checkout, beside] where !places.contains(place) { places.append(place) }
    folders = places
  }

  /// The path of this program.
  public static var executablePath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Files with weights of an architecture for a subtask: one, or one for each length and fold.
  /// - Throws: `CheckpointError.notFound` with every place looked in.
  public func files(_ architecture: String, _ subtask: Subtask) throws -> [String] {
    var places: [String] = []
    for folder in folders {
      let base = "\(folder)/\(architecture)/\(subtask.name)"
      let file = base + ".h5"
      places.append(file)
      if FileManager.default.fileExists(atPath: file) { return [file] }
      let parts = ((try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [])
        .filter { $0.hasSuffix(".h5") }.sorted()
      if !parts.isEmpty { return parts.map { "\(base)/\($0)" } }
    }
    throw CheckpointError.notFound(architecture: architecture, subtask: subtask, places: places)
  }

  /// The weights of an architecture for a subtask.
  /// - Throws: `CheckpointError` where there are none, or they can't be read.
  public func checkpoints(_ architecture: String, _ subtask: Subtask) throws -> [Checkpoint] {
    try files(architecture, subtask).map(Checkpoint.init(contentsOf:))
  }
}

extension Architecture {
  /// The method with the weights of a store, ready to run.
  ///
  /// Networks for single lengths run by the window rule of the paper; several for one length are folds.
  /// - Throws: `CheckpointError` where weights are missing, damaged or another's.
  public func characterizer(for subtask: Subtask, weights: WeightStore) throws -> any Characterizer {
    try card.require(subtask)
    if try parameters(for: subtask).isEmpty { return try characterizer(for: subtask, checkpoint: nil) }
    let checkpoints = try weights.checkpoints(card.id, subtask)
    if checkpoints.count == 1, checkpoints[0].length == nil {
      return try characterizer(for: subtask, checkpoint: checkpoints[0])
    }
    var networks: [Int: [NetworkCharacterizer]] = [:]
    for checkpoint in checkpoints {
      guard let length = checkpoint.length,
        let network = try characterizer(for: subtask, checkpoint: checkpoint) as? NetworkCharacterizer
      else {
        throw CheckpointError.other(
          expected: "networks for single lengths, as there are several files for \(subtask)",
          found: "one for all lengths")
      }
      networks[length, default: []].append(network)
    }
    return WindowCharacterizer(
      networks, subtask: subtask, longest: card.lengths.upperBound,
      rectification: WindowRule.rectification(dimension: subtask.dimension))
  }
}
