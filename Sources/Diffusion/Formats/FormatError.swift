/// Why a file of trajectories or labels can't be read.
public enum FormatError: Error, Equatable, CustomStringConvertible {
  /// A line of a text file does not fit.
  case line(file: String, number: Int, expected: String, found: String)
  /// The file itself can't be opened or read.
  case system(file: String, reason: String)
  /// The file holds nothing.
  case empty(file: String)
  /// Two files that belong together have different numbers of lines.
  case count(file: String, lines: Int, other: String, otherLines: Int)
  /// An HDF5 file whose contents contradict each other.
  case contents(file: String, object: String, expected: String, found: String)
  /// The file has nothing for a task and dimension.
  case absent(file: String, wanted: String, found: String)

  /// A sentence that names the file, the place, what was expected and what was found.
  public var description: String {
    switch self {
    case .line(let file, let number, let expected, let found):
      "\(file), line \(number): expected \(expected), found \(found)."
    case .system(let file, let reason): "\(file) can't be read: \(reason)."
    case .empty(let file): "\(file) is empty; one line for each trajectory was expected."
    case .count(let file, let lines, let other, let otherLines):
      "\(file) has \(lines) lines, but \(other) has \(otherLines); line by line they must belong together."
    case .contents(let file, let object, let expected, let found):
      "\(file): '\(object)' has \(found), expected \(expected)."
    case .absent(let file, let wanted, let found): "\(file) holds no \(wanted); it holds \(found)."
    }
  }
}
