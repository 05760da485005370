import Foundation

/// A file of the package in which an architecture is named, with the lines that are to be added.
struct Registration {
  private let file: URL
  private var lines: [String]

  init(_ file: URL) throws {
    self.file = file
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw Refusal("\(file.path) can't be read. Run the command in a checkout of the package.")
    }
    lines = text.components(separatedBy: "\n")
  }

  /// Adds an element at the end of an array that stands in one line.
  func adding(_ element: String, toLineBeginning start: String, closing: String) throws -> Registration {
    var copy = self
    let index = try copy.index(ofLineBeginning: start)
    guard lines[index].hasSuffix(closing) else { throw missing(start + "…" + closing) }
    copy.lines[index].removeLast(closing.count)
    copy.lines[index] += ", " + element + closing
    return copy
  }

  /// Adds a line before the first that begins with `start`.
  func adding(_ line: String, beforeLineBeginning start: String) throws -> Registration {
    var copy = self
    copy.lines.insert(line, at: try copy.index(ofLineBeginning: start))
    return copy
  }

  /// Adds an import where the alphabet puts it.
  func addingImport(_ module: String) throws -> Registration {
    let first = try index(ofLineBeginning: "import ")
    let place = lines[first...].firstIndex { !$0.hasPrefix("import ") || $0 > "import " + module } ?? lines.endIndex
    var copy = self
    copy.lines.insert("import " + module, at: place)
    return copy
  }

  func write() throws {
    try Data(lines.joined(separator: "\n").utf8).write(to: file, options: .atomic)
  }

  private func index(ofLineBeginning start: String) throws -> Int {
    guard let index = lines.firstIndex(where: { $0.hasPrefix(start) }) else { throw missing(start) }
    return index
  }

  private func missing(_ start: String) -> Refusal {
    Refusal(
      "\(file.path) has no line that begins with '\(start)', where the new name belongs. Put the line back, or register "
        + "the architecture by hand as README.md says.")
  }
}
