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
  /// A field of a table does not fit.
  case field(file: String, line: Int, column: String, expected: String, found: String)
  /// A table of a known kind, or one whose columns the user named, lacks some.
  case columns(file: String, format: String, missing: [String], found: [String])
  /// The file is known to be something that can't be read, or not like this.
  case refused(file: String, found: String, wayOut: String)
  /// Nothing that is known; the first line that did not fit.
  case unknown(file: String, line: Int, text: String, reason: String, tried: [String])

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
    case .field(let file, let line, let column, let expected, let found):
      "\(file), line \(line), column \(column): expected \(expected), found \(found)."
    case .columns(let file, let format, let missing, let found):
      "\(file) looks like \(format), but has no column \(missing.joined(separator: ", ")); its columns are "
        + "\(found.map { $0.isEmpty ? "''" : $0 }.joined(separator: ", ")). Name them with --columns track=ID,frame=T,x=X,y=Y."
    case .refused(let file, let found, let wayOut): "\(file) \(found): \(wayOut)."
    case .unknown(let file, let line, let text, let reason, let tried):
      "\(file) is of no known kind. Line \(line), \(text): \(reason). Tried: \(tried.joined(separator: ", "))."
    }
  }
}
