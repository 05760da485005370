import Foundation
import HDF5
import LayerGraph

extension ForeignFile {
  /// Reads a file in this process.
  ///
  /// libhdf5 can crash on a damaged file; `IsolatedReader` reads where that does no harm.
  /// - Throws: `ForeignError` or `HDF5Error`.
  public init(contentsOf path: String) throws {
    let bytes = try Self.bytes(of: path)
    if let file = try Self.withoutHDF5(bytes, path) {
      self = file
    } else if ZipArchive.isOne(bytes) {
      try self.init(archive: bytes, path: path)
    } else {
      try self.init(hdf5: HDF5File.open(bytes: bytes, name: path).root, path: path, fileBytes: bytes.count)
    }
  }

  /// The file, where it is of a format that this package's own code reads to the end; nil where libhdf5 is needed.
  static func withoutHDF5(_ bytes: [UInt8], _ path: String) throws -> ForeignFile? {
    if bytes.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) { return nil }
    if ZipArchive.isOne(bytes) {
      let names = try ZipArchive(bytes, path: path).entries.keys
      if names.contains("model.weights.h5") { return nil }
      // torch.save writes a zip archive of pickled objects.
      let isTorch = names.contains { $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }
      throw ForeignError.unknown(
        file: path, found: isTorch ? "it is a pickled PyTorch file" : "it is a zip archive without model.weights.h5")
    }
    if Safetensors.isOne(bytes) {
      var file = ForeignFile(path: path, format: .safetensors)
      let (tensors, texts) = try Safetensors.read(bytes, path: path)
      file.tensors = tensors
      file.statisticsLengths = (texts[Safetensors.lengthsText] ?? "").split(separator: " ").compactMap { Int($0) }
      return file
    }
    throw ForeignError.unknown(file: path, found: found(bytes))
  }

  private static func found(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "it is empty" }
    if bytes.starts(with: "zoo ".utf8) { return "it is a file of this program, and needs no import" }
    if bytes.starts(with: [0x80]) { return "it looks like pickled Python objects" }
    if bytes.starts(with: "{".utf8) { return "it is JSON, an architecture without weights" }
    return "its first bytes are of no known format"
  }

  /// All bytes of a file.
  static func bytes(of path: String) throws -> [UInt8] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ForeignError.system(file: path, reason: "there is no such file")
    }
    guard !isFolder.boolValue else { throw ForeignError.system(file: path, reason: "it is a folder") }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    guard size <= mostBytes else {
      throw ForeignError.system(file: path, reason: "it has \(size) bytes, more than \(mostBytes)")
    }
    do { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw ForeignError.system(file: path, reason: error.localizedDescription)
    }
  }

  // MARK: Handing over between processes

  private struct Header: Codable {
    var format: Format
    var kerasVersion: String?
    var modelConfig: String?
    var layers: [Layer]
    var order: [String]
    var statisticsLengths: [Int]
  }

  /// The whole as bytes, for another process to read.
  public func packed() throws -> [UInt8] {
    let header = Header(
      format: format, kerasVersion: kerasVersion, modelConfig: modelConfig, layers: layers, order: tensors.names,
      statisticsLengths: statisticsLengths)
    return try Safetensors.bytes(
      of: tensors, texts: ["foreign": String(decoding: try JSONEncoder().encode(header), as: UTF8.self)])
  }

  /// What `packed` was made of.
  init(packed bytes: [UInt8], path: String) throws {
    let (found, texts) = try Safetensors.read(bytes, path: path)
    let header: Header
    do { header = try JSONDecoder().decode(Header.self, from: Data((texts["foreign"] ?? "").utf8)) } catch {
      throw ForeignError.damaged(file: path, reason: "the process that read it handed over something else")
    }
    self.init(path: path, format: header.format)
    kerasVersion = header.kerasVersion
    modelConfig = header.modelConfig
    layers = header.layers
    statisticsLengths = header.statisticsLengths
    for name in header.order { tensors[name] = found[name] }
  }
}
