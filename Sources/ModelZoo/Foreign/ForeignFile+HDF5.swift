import HDF5
import LayerGraph

/// Layouts inside HDF5, told apart by what the root group has.
extension ForeignFile {
  init(hdf5 root: HDF5Group, path: String, fileBytes: Int) throws {
    var reader = HDF5TensorReader(path: path, fileBytes: fileBytes)
    if root.contains("model_weights"), root.hasAttribute("model_config") {
      self.init(path: path, format: .keras2Model)
      modelConfig = try root.string("model_config")
      let weights = try root.group("model_weights")
      try readKeras2(weights, &reader)
      kerasVersion = root.hasAttribute("keras_version") ? try root.string("keras_version") : kerasVersion
    } else if root.hasAttribute("layer_names") || root.hasAttribute("layer_names0") {
      self.init(path: path, format: .keras2Weights)
      try readKeras2(root, &reader)
    } else if root.contains("layers"), try root.kind(of: "layers") == .group {
      self.init(path: path, format: .keras3Weights)
      try readKeras3(root, &reader)
    } else {
      self.init(path: path, format: .stateDictHDF5)
      try readStateDict(root, &reader)
    }
  }

  /// A `.keras` archive: the architecture as JSON beside the weights.
  init(archive bytes: [UInt8], path: String) throws {
    let entries = try ZipArchive(bytes, path: path).entries
    for name in ["config.json", "metadata.json", "model.weights.h5"] where entries[name] == nil {
      throw ForeignError.damaged(file: path, reason: "the archive has no '\(name)'")
    }
    let weights = entries["model.weights.h5"]!
    let inside = try ForeignFile(
      hdf5: HDF5File.open(bytes: weights, name: path).root, path: path, fileBytes: weights.count)
    guard inside.format == .keras3Weights else {
      throw ForeignError.damaged(file: path, reason: "its weights are \(inside.format.title)")
    }
    self.init(path: path, format: .kerasArchive)
    layers = inside.layers
    tensors = inside.tensors
    modelConfig = String(decoding: entries["config.json"]!, as: UTF8.self)
    kerasVersion = KerasJSON(String(decoding: entries["metadata.json"]!, as: UTF8.self))?["keras_version"]?.text
  }

  // MARK: Keras 2

  /// Follows `layer_names` and each layer's `weight_names`: paths and layers' names can differ.
  private mutating func readKeras2(_ group: HDF5Group, _ reader: inout HDF5TensorReader) throws {
    kerasVersion = group.hasAttribute("keras_version") ? try group.string("keras_version") : nil
    for name in try Self.names("layer_names", of: group) {
      let layer = try group.group(name)
      var keys: [String] = []
      for weight in try Self.names("weight_names", of: layer) {
        let key = name + "/" + weight
        guard tensors[key] == nil else { throw ForeignError.damaged(file: path, reason: "'\(key)' is named twice") }
        tensors[key] = try reader.tensor(weight, of: layer)
        keys.append(key)
      }
      layers.append(Layer(name: name, kind: nil, tensors: keys))
    }
  }

  /// The strings of an attribute, which Keras splits into several where they are many. Layers without weights have an
  /// empty list of numbers.
  private static func names(_ attribute: String, of group: HDF5Group) throws -> [String] {
    func part(_ name: String) throws -> [String] {
      if let numbers = try? group.numbers(name, as: Double.self), numbers.isEmpty { return [] }
      return try group.strings(name)
    }
    if group.hasAttribute(attribute) { return try part(attribute) }
    var names: [String] = [], number = 0
    while group.hasAttribute("\(attribute)\(number)"), number < 10_000 {
      names += try part("\(attribute)\(number)")
      number += 1
    }
    guard number > 0 else {
      throw HDF5Error.missing(file: group.file, object: group.path, kind: "attribute \(attribute) of")
    }
    return names
  }

  // MARK: Keras 3

  /// `layers/<class>_<number>/.../vars/<number>`, numbers sorted as numbers.
  private mutating func readKeras3(_ root: HDF5Group, _ reader: inout HDF5TensorReader) throws {
    let group = try root.group("layers")
    for name in try group.childNames().sorted(by: Self.inNumericalOrder) {
      let layer = try group.group(name)
      let parts = name.split(separator: "_")
      let isNumbered = parts.count > 1 && Int(parts[parts.count - 1]) != nil
      let kind = isNumbered ? parts.dropLast().joined(separator: "_") : name
      var keys: [String] = []
      try readVariables(layer, key: name, depth: 0, &keys, &reader)
      let vars = layer.contains("vars") ? try? layer.group("vars") : nil
      let given = vars.flatMap { $0.hasAttribute("name") ? try? $0.string("name") : nil }
      layers.append(Layer(name: given ?? name, kind: kind, tensors: keys))
    }
  }

  /// A layer's own variables, then those of the layers inside, forwards before backwards.
  private mutating func readVariables(
    _ group: HDF5Group, key: String, depth: Int, _ keys: inout [String], _ reader: inout HDF5TensorReader
  ) throws {
    guard depth < 8 else { throw ForeignError.damaged(file: path, reason: "'\(key)' lies too deep") }
    let names = try group.childNames()
    if names.contains("vars") {
      let vars = try group.group("vars")
      for name in try vars.childNames().sorted(by: Self.inNumericalOrder) {
        let place = "\(key)/vars/\(name)"
        tensors[place] = try reader.tensor(name, of: vars)
        keys.append(place)
      }
    }
    for name in names.filter({ $0 != "vars" }).sorted(by: { Self.rank($0) < Self.rank($1) }) {
      guard try group.kind(of: name) == .group else { continue }
      try readVariables(group.group(name), key: "\(key)/\(name)", depth: depth + 1, &keys, &reader)
    }
  }

  private static func rank(_ name: String) -> (Int, String) {
    (name == "forward_layer" ? 0 : name == "backward_layer" ? 1 : 2, name)
  }

  /// "dense_2" before "dense_10", "2" before "10".
  private static func inNumericalOrder(_ a: String, _ b: String) -> Bool {
    func split(_ name: String) -> (String, Int) {
      let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
      return (String(name.dropLast(digits)), Int(name.suffix(digits)) ?? -1)
    }
    // "dense" comes before "dense_1".
    let (first, second) = (split(a), split(b))
    return (first.0.trimmed, first.1, a) < (second.0.trimmed, second.1, b)
  }

  // MARK: State dicts

  private mutating func readStateDict(_ root: HDF5Group, _ reader: inout HDF5TensorReader) throws {
    let group = root.contains("state_dict") ? try root.group("state_dict") : root
    for name in try group.childNames() {
      guard try group.kind(of: name) == .dataset else {
        if group.path == "/", name == "statistics_by_length" { continue }
        throw ForeignError.unknown(
          file: path, found: "the group '\(name)' of this HDF5 file belongs neither to Keras nor to a state dict")
      }
      tensors[name] = try reader.tensor(name, of: group)
    }
    guard !tensors.names.isEmpty else {
      throw ForeignError.unknown(file: path, found: "this HDF5 file holds no weights")
    }
    guard root.contains("statistics_by_length") else { return }
    let statistics = try root.group("statistics_by_length")
    statisticsLengths = try reader.tensor("length", of: statistics).values.map { Int(exactly: $0) ?? 0 }
    let norms = tensors.names.filter { $0.hasSuffix(".running_mean") }
    guard norms.count == 1 else {
      throw ForeignError.damaged(
        file: path, reason: "'statistics_by_length' belongs to one batch normalisation, and there are \(norms.count)")
    }
    let scope = norms[0].dropLast("running_mean".count)
    for (source, target) in [("mean", "mean_by_length"), ("variance", "var_by_length")] {
      let tensor = try reader.tensor(source, of: statistics)
      guard tensor.shape.first == statisticsLengths.count else {
        throw ForeignError.damaged(
          file: path,
          reason: "'statistics_by_length/\(source)' has shape \(tensor.shape) for \(statisticsLengths.count) lengths")
      }
      tensors[scope + target] = tensor
    }
  }
}

extension String {
  /// Without underscores at the end.
  fileprivate var trimmed: Substring { self[..<(lastIndex { $0 != "_" }.map(index(after:)) ?? startIndex)] }
}

/// Reads datasets of one file and keeps count of how many bytes they bring.
struct HDF5TensorReader {
  let path: String
  private var left: Int
  private var tensors = 0

  /// - Parameter fileBytes: the file's size: what deflate can make of it bounds what datasets may claim.
  init(path: String, fileBytes: Int) {
    self.path = path
    left = min(ForeignFile.mostBytes, 1100 * fileBytes + 1 << 20)
  }

  mutating func tensor(_ name: String, of group: HDF5Group) throws -> Tensor {
    tensors += 1
    guard tensors <= ForeignFile.mostTensors else {
      throw ForeignError.damaged(file: path, reason: "it claims more than \(ForeignFile.mostTensors) tensors")
    }
    let dataset = try group.dataset(name)
    let values = try dataset.read(as: Float.self, limit: left)
    left -= 4 * values.count
    return Tensor(shape: dataset.shape, values: values)
  }
}
