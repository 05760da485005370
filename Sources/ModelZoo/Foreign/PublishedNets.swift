import Foundation
import LayerGraph

/// An architecture whose weights other people publish, in Keras files that users fetch themselves.
public protocol PublishedNets: KerasDescribed {
  /// Where the files are found, for a person to read.
  var publishedSource: String { get }
  /// Every file that is of use.
  var publishedNets: [PublishedNet] { get }
  /// How several nets answer together.
  var publishedServing: Serving { get }
  /// The architecture with the configuration that a file's own layers ask for.
  func configured(for net: PublishedNet, reading model: KerasModel) -> Self
}

/// One file and what it is for.
public struct PublishedNet: Sendable, Equatable {
  /// The file's name, with ".h5".
  public let file: String
  /// The task and dimension that it answers.
  public let subtask: Subtask
  /// Points of the trajectories that it is for.
  public let lengths: ClosedRange<Int>

  /// - Parameters:
  ///   - file: the file's name, with ".h5".
  ///   - subtask: the task and dimension that it answers.
  ///   - lengths: points of the trajectories that it is for.
  public init(file: String, subtask: Subtask, lengths: ClosedRange<Int>) {
    self.file = file
    self.subtask = subtask
    self.lengths = lengths
  }
}

/// What came of importing a folder of published nets.
public struct PublishedImport: Sendable {
  /// Weights for each subtask that has a net.
  public private(set) var weights: [Weights] = []
  /// What was done with each net that was imported; equal reports stand once.
  public private(set) var reports: [ImportReport] = []
  /// Files that were not in the folder, in the order of the architecture's list.
  public private(set) var missing: [String] = []
  /// Files that were there and can't be used, with why.
  public private(set) var refused: [(file: String, reason: String)] = []
  /// What the nets that are there mean for the lengths that they are not for.
  public private(set) var coverage: [String] = []

  /// Reads every net of an architecture that is in a folder or in folders inside it.
  /// - Parameters:
  ///   - network: what is published.
  ///   - folder: where the files are, or folders with them.
  ///   - repair: what is done about numbers that are not finite; nil refuses the file.
  ///   - read: how a file is read.
  /// - Throws: `ForeignError.noNets` where none was there, or what is wrong with the folder.
  public init<Network: PublishedNets>(
    _ network: Network, folder: String, repair: Repair?, read: (String) throws -> ForeignFile
  ) throws {
    let places = try Self.files(in: folder), nets = network.publishedNets
    var found: [Subtask: [Checkpoint]] = [:]
    // Nets that serve several subtasks are read once.
    var known: [String: Result<ForeignFile, any Error>] = [:]
    for net in nets {
      guard let path = places[net.file] else {
        if !missing.contains(net.file) { missing.append(net.file) }
        continue
      }
      do {
        if known[path] == nil { known[path] = Result { try read(path) } }
        guard let foreign = try known[path]?.get() else { continue }
        let importing = ForeignImport(foreign, repair: repair)
        let configured = network.configured(for: net, reading: try importing.model())
        let (checkpoint, report) = try importing.checkpoint(configured, net.subtask, lengths: net.lengths)
        found[net.subtask, default: []].append(checkpoint)
        if !reports.contains(report) { reports.append(report) }
      } catch {
        if !refused.contains(where: { $0.file == net.file }) { refused.append((net.file, "\(error)")) }
      }
    }
    guard !found.isEmpty || !refused.isEmpty else {
      throw ForeignError.noNets(folder: folder, architecture: network.card.id, expected: missing)
    }
    for subtask in Subtask.all {
      guard let checkpoints = found[subtask] else { continue }
      weights.append(try Weights(checkpoints, serving: network.publishedServing, source: folder))
      let missing = MissingNets(network, subtask, present: checkpoints.compactMap(\.lengths))
      if let missing { coverage.append(missing.coverage) }
    }
  }

  /// Files by name, in a folder and the folders inside it.
  private static func files(in folder: String) throws -> [String: String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
      throw ForeignError.system(file: folder, reason: "there is no such folder")
    }
    var found: [String: String] = [:], seen = 0
    guard let walk = FileManager.default.enumerator(atPath: folder) else {
      throw ForeignError.system(file: folder, reason: "it can't be listed")
    }
    while let path = walk.nextObject() as? String, seen < 100_000 {
      seen += 1
      guard path.hasSuffix(".h5") else { continue }
      let name = (path as NSString).lastPathComponent
      // Of two files of one name the one nearer to the folder counts, then the first by name.
      let place = folder + "/" + path
      if let other = found[name], (other.count, other) <= (place.count, place) { continue }
      found[name] = place
    }
    return found
  }
}
