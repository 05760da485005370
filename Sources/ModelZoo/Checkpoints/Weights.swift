import Foundation
import HDF5

/// What a weight file, or a folder of them, holds: networks of one architecture for one subtask, and how they answer
/// together.
///
/// Several networks are members of an ensemble, or stand for several lengths, or both.
public struct Weights: Sendable, Equatable {
  /// At least one, all of one architecture and subtask.
  public let members: [Checkpoint]
  /// How the members answer together; each member itself has an empty one.
  public var serving: Serving

  /// - Parameters:
  ///   - members: at least one, all of one architecture and subtask.
  ///   - serving: how they answer together.
  ///   - source: what messages call the place that the members came from.
  /// - Throws: `CheckpointError` where there is none, or they are of different kinds.
  public init(_ members: [Checkpoint], serving: Serving = Serving(), source: String = "the weights") throws {
    guard let first = members.first else {
      throw CheckpointError.contents(file: source, object: "members", expected: "a network", found: "none")
    }
    for member in members where member.architecture != first.architecture || member.subtask != first.subtask {
      throw CheckpointError.contents(
        file: source, object: "members", expected: "networks of one kind: \(first.architecture), \(first.subtask)",
        found: "\(member.architecture), \(member.subtask) among them")
    }
    self.members = members.map {
      var member = $0
      member.serving = Serving()
      return member
    }
    self.serving = serving
  }

  /// The id of the architecture that all members share.
  public var architecture: String { members[0].architecture }
  /// The subtask that all members answer.
  public var subtask: Subtask { members[0].subtask }
  /// Whether no member is for single lengths.
  public var isForAllLengths: Bool { members.allSatisfy { $0.lengths == nil } }

  // MARK: Files

  /// What stands beside the files of a folder: `Serving` as JSON.
  static let servingFile = "serving.json"

  /// Reads a weight file of one or several networks.
  /// - Throws: `CheckpointError` or `HDF5Error` where the file is not a whole, right one.
  public init(contentsOf path: String) throws {
    let root = try SealedFile.open(.checkpoint, path).root
    guard root.contains("members") else {
      let checkpoint = try Checkpoint(root, path)
      try self.init([checkpoint], serving: checkpoint.serving, source: path)
      return
    }
    let group = try root.group("members")
    let names = try group.childNames().compactMap(Int.init).sorted().map { "\($0)" }
    try self.init(
      names.map { try Checkpoint(group.group($0), path) },
      serving: root.hasAttribute("serving") ? Checkpoint.decode(Serving.self, "serving", root, path) : Serving(),
      source: path)
  }

  /// Reads all weight files of a folder, in the order of their names, and `serving.json` where there is one.
  public init(folder: String) throws {
    let files = Self.files(in: folder)
    let path = folder + "/" + Self.servingFile
    var serving = Serving()
    if FileManager.default.fileExists(atPath: path) {
      guard let data = FileManager.default.contents(atPath: path),
        let known = try? JSONDecoder().decode(Serving.self, from: data)
      else {
        throw CheckpointError.contents(
          file: path, object: "text", expected: "policy, rectification and calibration as JSON", found: "something else"
        )
      }
      serving = known
    }
    try self.init(files.flatMap { try Weights(contentsOf: $0).members }, serving: serving, source: folder)
  }

  /// Reads a weight file, or all of a folder.
  public init(at path: String) throws {
    if Self.isFolder(path) { try self.init(folder: path) } else { try self.init(contentsOf: path) }
  }

  /// Whether a path is that of a folder.
  public static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// Weight files of a folder, in the order of their names.
  static func files(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".h5") }.sorted()
      .map { "\(folder)/\($0)" }
  }

  /// Writes one file; an existing one is replaced in one step.
  /// - Throws: `AtomicFile.Failure` or `HDF5Error`.
  public func write(to path: String) throws {
    if members.count == 1 {
      var only = members[0]
      only.serving = serving
      return try only.write(to: path)
    }
    try SealedFile.write(.checkpoint, to: path) { root in
      try members[0].writeSubject(to: root)
      if !serving.isEmpty { try root.setAttribute("serving", try Checkpoint.json(serving)) }
      let group = try root.createGroup("members")
      for (index, member) in members.enumerated() { try member.write(to: group.createGroup("\(index)")) }
    }
  }

  /// Writes how the files of a folder answer together.
  public static func write(_ serving: Serving, folder: String) throws {
    try AtomicFile.write(Array((try Checkpoint.json(serving) + "\n").utf8), to: folder + "/" + servingFile)
  }

  // MARK: Better and worse

  /// Makes sure that writing these weights to a file loses none that are better.
  ///
  /// A file may be replaced by weights of the same architecture and subtask whose validation score is as good or better.
  /// - Throws: `CheckpointError.better` with both scores, or `.occupied`.
  public static func requireNoLoss(at path: String, of new: Checkpoint) throws {
    guard let old = try replaceable(at: path, by: new.architecture, new.subtask) else { return }
    guard let here = new.training?.validationScore, new.training?.validationMetric == old.metric else {
      throw CheckpointError.occupied(file: path, reason: "nothing says how good the new weights are")
    }
    if old.isBetter(than: here) {
      throw CheckpointError.better(file: path, metric: old.metric, there: old.value, here: here)
    }
  }

  /// The score of a file that weights of this kind may replace where they are better; nil where there is no file.
  /// - Throws: `CheckpointError.occupied` where nothing may replace it.
  public static func replaceable(
    at path: String, by architecture: String, _ subtask: Subtask
  ) throws -> ValidationScore? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let old: Weights
    do { old = try Weights(contentsOf: path) } catch {
      throw CheckpointError.occupied(file: path, reason: "what it holds can't be told (\(error))")
    }
    guard old.architecture == architecture, old.subtask == subtask else {
      throw CheckpointError.occupied(file: path, reason: "it holds weights of \(old.architecture), \(old.subtask)")
    }
    guard old.members.count == 1 else {
      throw CheckpointError.occupied(file: path, reason: "it holds \(old.members.count) networks")
    }
    guard let training = old.members[0].training, let metric = training.validationMetric,
      let score = training.validationScore
    else { throw CheckpointError.occupied(file: path, reason: "nothing says how good its weights are") }
    return ValidationScore(metric: metric, value: score)
  }
}

/// How good weights were found to be.
public struct ValidationScore: Sendable, Equatable {
  /// "mae", of which less is better, or "f1".
  public let metric: String
  /// The metric on the validation set; mean absolute error in exponents, or F1 within 0...1.
  public let value: Double

  /// Whether this score beats another of the same metric; equal ones do not.
  public func isBetter(than other: Double) -> Bool { metric == "mae" ? value < other : value > other }
}
