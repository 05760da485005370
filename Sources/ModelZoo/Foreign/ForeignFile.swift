import Foundation
import LayerGraph

/// What a weight file of another program holds, before anybody has asked what it is for.
///
/// Tensors stand as they do in the file, in the file's own layout and order; numbers of other types are read as 32-bit
/// floating point.
public struct ForeignFile: Sendable, Equatable {
  /// How the file is laid out; told by its content, never by its name.
  public enum Format: String, Sendable, Codable, Equatable {
    /// Keras's two layouts in HDF5, its archive, and state dicts; `title` says each in words.
    case keras2Model, keras2Weights, keras3Weights, kerasArchive, stateDictHDF5, safetensors

    /// For a person to read.
    public var title: String {
      switch self {
      case .keras2Model: "a whole Keras model in HDF5 (Keras 2 layout)"
      case .keras2Weights: "Keras weights in HDF5 (Keras 2 layout)"
      case .keras3Weights: "Keras weights in HDF5 (Keras 3 layout)"
      case .kerasArchive: "a .keras archive"
      case .stateDictHDF5: "a state dict in HDF5"
      case .safetensors: "a state dict in safetensors"
      }
    }

    /// Whether tensors belong to layers and lie in Keras's order of axes.
    public var isKeras: Bool { self != .stateDictHDF5 && self != .safetensors }
  }

  /// A layer of a Keras file and its tensors.
  public struct Layer: Sendable, Codable, Equatable {
    /// As the user called it; the group's name where the file does not say.
    public var name: String
    /// The class in snake case ("conv1d", "bidirectional"), where the file names it.
    public var kind: String?
    /// Keys of `tensors` in Keras's order: kernel before bias and so on.
    public var tensors: [String]

    /// - Parameters:
    ///   - name: as the user called it.
    ///   - kind: the class in snake case; nil where the file does not say.
    ///   - tensors: keys of the file's tensors, in Keras's order.
    public init(name: String, kind: String?, tensors: [String]) {
      self.name = name
      self.kind = kind
      self.tensors = tensors
    }
  }

  /// The file's path.
  public let path: String
  /// The layout that the content was found to have.
  public let format: Format
  /// "2.3.0-tf", "3.15.1"; nil where the file does not say.
  public var kerasVersion: String?
  /// The architecture as Keras's JSON; nil in files of weights alone.
  public var modelConfig: String?
  /// Keras's layers in the order of the model; empty for state dicts.
  public var layers: [Layer] = []
  /// Every tensor by its key, in the file's own layout.
  public var tensors = Parameters()
  /// Lengths of tables of statistics; see `StateDictImport`.
  public var statisticsLengths: [Int] = []

  /// A file without layers and tensors, which are filled in as it is read.
  public init(path: String, format: Format) {
    self.path = path
    self.format = format
  }

  /// The file's own name.
  public var name: String { (path as NSString).lastPathComponent }

  /// Bytes that all tensors of a file may have together.
  static let mostBytes = 1 << 31
  /// Tensors that a file may have.
  static let mostTensors = 100_000
}

/// Why a weight file of another program can't be used.
public enum ForeignError: Error, Equatable, CustomStringConvertible {
  /// It is none of the formats that are read.
  case unknown(file: String, found: String)
  /// It can't be opened.
  case system(file: String, reason: String)
  /// It is of a known format, and something in it contradicts that format.
  case damaged(file: String, reason: String)
  /// Reading it ended a process that had nothing else to do.
  case crashed(file: String, how: String)
  /// What the process that read it said, a whole sentence.
  case elsewhere(sentence: String)
  /// A layer that there is nothing for.
  case layer(file: String, layer: String, kind: String, supported: [String])
  /// An option of a layer that there is nothing for.
  case option(file: String, layer: String, option: String, found: String, supported: String)
  /// Weights that are not those that the architecture asks for.
  case contradiction(file: String, mismatches: [String])
  /// Numbers that are not finite, by layer.
  case notFinite(file: String, layers: [String], repair: String?)
  /// Weights without an architecture.
  case noArchitecture(file: String)
  /// A folder without a single net of an architecture.
  case noNets(folder: String, architecture: String, expected: [String])

  public var description: String {
    switch self {
    case .unknown(let file, let found):
      "\(file) is no weight file that can be read: \(found). Known are Keras .h5, .weights.h5 and .keras, and state dicts "
        + "in HDF5 and safetensors; a PyTorch .pt file becomes one with safetensors.torch.save_file(model.state_dict(), "
        + "\"weights.safetensors\")."
    case .system(let file, let reason): "\(file) can't be read: \(reason)."
    case .damaged(let file, let reason): "\(file) is damaged: \(reason). Fetch it again."
    case .crashed(let file, let how):
      "\(file) is damaged: the HDF5 library, in a process of its own, \(how) on it. Fetch it again."
    case .elsewhere(let sentence): sentence
    case .layer(let file, let layer, let kind, let supported):
      "\(file): the layer '\(layer)' is a \(kind), which is not supported. Supported: \(supported.joined(separator: ", "))."
    case .option(let file, let layer, let option, let found, let supported):
      "\(file): the layer '\(layer)' has \(option) \(found); supported: \(supported)."
    case .contradiction(let file, let mismatches):
      "\(file): the weights are not those of the architecture: \(mismatches.joined(separator: "; ")). "
        + "Give weights and architecture of the same network."
    case .notFinite(let file, let layers, let repair):
      "\(file) is refused: it holds numbers that are not finite. \(layers.joined(separator: "; "))."
        + (repair.map { " \($0)" } ?? "")
    case .noArchitecture(let file):
      "\(file) holds weights and no architecture. Name a file that has it with --config (a whole Keras model, a .keras "
        + "archive, or the JSON of model.to_json()), or an architecture of this program with --architecture."
    case .noNets(let folder, let architecture, let expected):
      "\(folder) holds no net of '\(architecture)'. Looked for: \(expected.joined(separator: ", "))."
    }
  }
}
