/// Why a checkpoint can't be used, read or written.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// None was given to an architecture that needs one.
  case absent(architecture: String, subtask: Subtask)
  /// It belongs to another architecture, task or dimension.
  case other(expected: String, found: String)
  /// Its configuration is not one of this architecture.
  case configuration(architecture: String, text: String)
  /// The architecture does not answer this question.
  case subtask(architecture: String, subtask: Subtask)
  /// The file is no checkpoint, or no training state, of this project.
  case foreign(file: String, found: String, wanted: SealedFile.Kind = .checkpoint)
  /// The file is not what was written: cut short, or changed.
  case damaged(file: String, reason: String)
  /// The file is of a later version of the format.
  case version(file: String, found: Int, known: Int)
  /// The file can't be opened.
  case system(file: String, reason: String)
  /// Something in the file contradicts the format.
  case contents(file: String, object: String, expected: String, found: String)
  /// A file would be replaced that holds other weights, or weights that can't be compared.
  case occupied(file: String, reason: String)
  /// A file would be replaced by worse weights.
  case better(file: String, metric: String, there: Double, here: Double)
  /// Numbers that 16 bits can't hold.
  case precision(name: String, largest: Float)
  /// No file was found. Where others publish what the weights are made of, `published` names that and the place.
  case notFound(architecture: String, subtask: Subtask, places: [String], published: String? = nil)

  public var description: String {
    switch self {
    case .absent(let architecture, let subtask):
      "'\(architecture)' needs trained weights for \(subtask), and none were given."
    case .other(let expected, let found): "These weights are for \(found), expected \(expected)."
    case .configuration(let architecture, let text):
      "The weights' configuration is none of '\(architecture)': \(text.prefix(200))."
    case .subtask(let architecture, let subtask): "'\(architecture)' does not answer \(subtask)."
    case .foreign(let file, let found, .checkpoint):
      "\(file) is no Zoo checkpoint: \(found). `zoo import` reads weights of other programs."
    case .foreign(let file, let found, .trainingState):
      "\(file) is no state of a training run: \(found). Name the run's weights with --output, or start a new run."
    case .damaged(let file, let reason):
      "\(file) is damaged: \(reason). Fetch it again, or make it again from its recipe."
    case .version(let file, let found, let known):
      "\(file) has version \(found) of the checkpoint format; this program knows up to \(known). Use a newer Zoo."
    case .system(let file, let reason): "\(file) can't be read: \(reason)."
    case .contents(let file, let object, let expected, let found):
      "\(file): '\(object)' has \(found), expected \(expected)."
    case .occupied(let file, let reason):
      "\(file) exists and would be replaced: \(reason). --force replaces it, --output names another file."
    case .better(let file, let metric, let there, let here):
      "\(file) holds better weights: its validation \(metric) is \(String(format: "%.4f", there)), that of these is "
        + "\(String(format: "%.4f", here)). It was left as it is; --force replaces it, --output names another file."
    case .precision(let name, let largest):
      "'\(name)' holds \(largest), and 16 bits hold 65504 at most; store these weights in 32 bits."
    case .notFound(let architecture, let subtask, let places, let published):
      "No weights for '\(architecture)', \(subtask). Looked for: \(places.joined(separator: ", ")). "
        + (published.map { "They are made of \($0); fetch these, then run zoo import \(architecture) FOLDER." }
          ?? "Name a folder with --weights or ZOO_WEIGHTS, or train some: zoo train --architecture \(architecture) "
          + "--task \(subtask.task.rawValue) --dimension \(subtask.dimension).")
    }
  }
}
