/// Why weights can't be written in the format of another program.
public enum ExportError: Error, Equatable, CustomStringConvertible {
  /// A layer has no counterpart there.
  case layer(layer: String, format: String, reason: String)
  /// The network is no chain.
  case branches(layer: String, format: String)
  /// Statistics for single lengths were asked for, and there are none.
  case noStatistics(length: Int)

  public var description: String {
    switch self {
    case .layer(let layer, let format, let reason):
      "The layer '\(layer)' can't be written as \(format): \(reason). A state dict holds any network: --format safetensors "
        + "or hdf5."
    case .branches(let layer, let format):
      "\(format) is written of chains of layers, and '\(layer)' is none of one: it reads or is read by several. A state "
        + "dict holds any network: --format safetensors or hdf5."
    case .noStatistics(let length):
      "These weights have no statistics by length, so that --length \(length) has nothing to choose. Leave it out."
    }
  }
}
