import Diffusion
import Foundation
import HDF5
import LayerGraph

/// Checkpoints as HDF5 files: a seal, attributes for what it is, `state_dict` for the parameters, `probe` for a stored run.
///
/// A file of several networks has `members/0`, `members/1` and so on, each laid out like the root of a file of one.
extension Checkpoint {
  /// Writes the checkpoint; an existing file is replaced in one step.
  /// - Throws: `AtomicFile.Failure` or `HDF5Error`.
  public func write(to path: String) throws {
    try SealedFile.write(.checkpoint, to: path, write(to:))
  }

  /// Writes what the checkpoint holds into a group.
  func write(to group: HDF5Group) throws {
    try writeSubject(to: group)
    try group.setAttribute("configuration", configuration)
    try group.setAttribute("card", try Self.json(card))
    if let lengths {
      try group.setAttribute("length", lengths.upperBound)
      if lengths.count > 1 { try group.setAttribute("shortest_length", lengths.lowerBound) }
    }
    if let training { try group.setAttribute("training", try Self.json(training)) }
    if !serving.isEmpty { try group.setAttribute("serving", try Self.json(serving)) }
    try group.createGroup("state_dict").write(parameters, precision: precision)
    if let probe {
      let run = try group.createGroup("probe")
      for (name, tensor) in [("input", probe.input), ("output", probe.output), ("features", probe.features)] {
        try run.write(name, tensor.values, shape: tensor.shape)
      }
    }
  }

  /// Writes what the parameters are for.
  func writeSubject(to group: HDF5Group) throws {
    try group.setAttribute("architecture", architecture)
    try group.setAttribute("task", subtask.task.rawValue)
    try group.setAttribute("dimension", subtask.dimension)
  }

  /// Reads a checkpoint from a file of one network.
  /// - Throws: `CheckpointError` or `HDF5Error` where the file is not a whole, right checkpoint.
  public init(contentsOf path: String) throws {
    let root = try SealedFile.open(.checkpoint, path).root
    guard !root.contains("members") else {
      throw CheckpointError.contents(
        file: path, object: "members", expected: "one network in the file",
        found: "\(try root.group("members").childNames().count)")
    }
    try self.init(root, path)
  }

  /// Reads what a group holds.
  init(_ root: HDF5Group, _ path: String) throws {
    let task = try root.string("task"), dimension = try root.integer("dimension")
    guard let task = ChallengeTask(rawValue: task), (1...3).contains(dimension) else {
      throw CheckpointError.contents(
        file: path, object: "task and dimension", expected: "exponent or model, 1 to 3", found: "\(task), \(dimension)")
    }
    let dictionary = try root.group("state_dict")
    self.init(
      architecture: try root.string("architecture"), subtask: Subtask(task: task, dimension: dimension),
      configuration: try root.string("configuration"), card: try Self.decode(Card.self, "card", root, path),
      parameters: try dictionary.parameters())
    precision = try dictionary.holdsHalfPrecision() ? .float16 : .float32
    lengths = try Self.lengths(root, path)
    if root.hasAttribute("training") { training = try Self.decode(Training.self, "training", root, path) }
    if root.hasAttribute("serving") { serving = try Self.decode(Serving.self, "serving", root, path) }
    if root.contains("probe") {
      let group = try root.group("probe")
      probe = Probe(
        input: try group.tensor("input"), output: try group.tensor("output"), features: try group.tensor("features"))
    }
  }

  private static func lengths(_ root: HDF5Group, _ path: String) throws -> ClosedRange<Int>? {
    guard root.hasAttribute("length") else { return nil }
    let longest = try root.integer("length")
    let shortest = root.hasAttribute("shortest_length") ? try root.integer("shortest_length") : longest
    guard 1 <= shortest, shortest <= longest else {
      throw CheckpointError.contents(
        file: path, object: "length", expected: "1 or more points, the shortest first",
        found: "\(shortest) to \(longest)")
    }
    return shortest...longest
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, _ name: String, _ root: HDF5Group, _ path: String
  ) throws -> Value {
    let text = try root.string(name)
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
      throw CheckpointError.contents(
        file: path, object: name, expected: "a JSON object of its kind", found: "'\(text.prefix(80))'")
    }
  }
}

extension HDF5Group {
  /// Writes one dataset for each parameter, its dotted key as the name. Numbers are stored as they are: in 16 bits only
  /// those that are whole in them.
  func write(_ parameters: Parameters, precision: Checkpoint.Precision = .float32) throws {
    for name in parameters.names {
      guard let tensor = parameters[name] else { continue }
      // Small ones stay as they are: filters need chunks, and chunks need more room than such a parameter.
      var options: DatasetOptions = tensor.values.count >= 512 ? .compressed : .contiguous
      options.isHalfPrecision = precision == .float16 && tensor.values.allSatisfy { $0 == Float(Float16($0)) }
      try write(name, tensor.values, shape: tensor.shape, options: options)
    }
  }

  /// Whether some of the datasets have 16 bits.
  func holdsHalfPrecision() throws -> Bool {
    try childNames().contains { try dataset($0).kind == .float(bytes: 2) }
  }

  /// All datasets of this group as parameters.
  func parameters() throws -> Parameters {
    var result = Parameters()
    for name in try childNames() { result[name] = try tensor(name) }
    return result
  }

  /// A dataset with its shape.
  func tensor(_ name: String) throws -> Tensor {
    let dataset = try dataset(name)
    return Tensor(shape: dataset.shape, values: try dataset.read())
  }
}
