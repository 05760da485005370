import Foundation
import Testing

/// Every public symbol says what it is: read off the sources, without a build.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static var sources: [URL] {
    ["Sources", "Plugins"].flatMap { folder -> [URL] in
      let files = FileManager.default.enumerator(
        at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil)
      return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }.sorted { $0.path < $1.path }
  }

  /// What members of a block are.
  private enum Block { case publicType, publicProtocol, publicEnumeration, other }

  /// Members that a documented protocol asks for: documentation shows its words.
  private static let witnesses = [
    "var description", "func outputShape(", "func makeKernel(", "var parameters: [ParameterSpec]", "var isRecurrent",
    "var usesBatchStatistics", "var statisticsLengths", "func multiplyAdds(", "func savedFloats(",
    "func workspaceFloats(", "var gradientFloats", "var wayBack", "func share(with", "func load(_",
    "func finishGradients(",
    "init(from decoder", "func encode(to", "func hash(into", "static func ==", "func predictions(for", "var card: Card",
    "func graph(for", "func with(configuration", "var configuration: Configuration", "func parameters(for",
    "func characterizer(for", "func input(_ trajectory", "func batch(seen", "func calibration(", "var title: String",
    "let title: String", "static var nativeType", "static var storedType", "var identifier", "func next()",
    "func shards(of count", "func slice(of width", "func slices(of own", "func complete(_ rows",
    "func complete(_ total",
  ]

  /// Public declarations of a file that have no documentation: line and text.
  static func undocumented(in text: String) -> [(line: Int, text: String)] {
    var found: [(line: Int, text: String)] = []
    var blocks: [Block] = []
    var isDocumented = false, isString = false
    for (index, raw) in text.components(separatedBy: "\n").enumerated() {
      let line = raw.trimmingCharacters(in: .whitespaces)
      defer { if raw.components(separatedBy: "\"\"\"").count % 2 == 0 { isString.toggle() } }
      if isString || line.isEmpty { continue }
      if line.hasPrefix("///") {
        isDocumented = true
        continue
      }
      if line.hasPrefix("@"), !line.contains(" func "), !line.contains(" var ") { continue }
      let words = line.split { !($0.isLetter || $0 == "_") }.map(String.init)
      let isPublic = words.prefix(3).contains("public") || words.first == "open"
      let isMember =
        switch blocks.last {
        case .publicEnumeration: line.hasPrefix("case ")
        case .publicProtocol:
          ["func", "var", "init", "associatedtype", "subscript", "static", "mutating"].contains(words.first ?? "")
        default: false
        }
      let isExtension = words.prefix(2).contains("extension") || words.first == "import"
      // Cases on the line of their enumeration have no place for a word of their own.
      let hidesCases = isPublic && words.contains("enum") && line.contains("{ case ")
      let isKnown = isDocumented || witnesses.contains { line.contains($0) }
      if hidesCases || (isPublic && !isExtension || isMember) && !isKnown {
        found.append((index + 1, line))
      }
      isDocumented = false
      blocks = nest(blocks, line, words, isPublic: isPublic)
    }
    return found
  }

  private static func nest(_ blocks: [Block], _ line: String, _ words: [String], isPublic: Bool) -> [Block] {
    var blocks = blocks
    let code = line.components(separatedBy: "//")[0]
    for character in code {
      if character == "}" { _ = blocks.popLast() }
      guard character == "{" else { continue }
      let head = Set(words.prefix(4))
      let kind: Block =
        !isPublic
        ? .other
        : head.contains("protocol")
          ? .publicProtocol
          : head.contains("enum")
            ? .publicEnumeration : head.isDisjoint(with: ["struct", "class", "extension"]) ? .other : .publicType
      blocks.append(kind)
    }
    return blocks
  }

  @Test func everyPublicSymbolIsDocumented() throws {
    let files = Self.sources
    #expect(files.count > 80)
    for file in files {
      for (line, text) in Self.undocumented(in: try String(contentsOf: file, encoding: .utf8)) {
        Issue.record("\(file.path.dropFirst(Self.root.path.count + 1)):\(line) has no documentation: \(text)")
      }
    }
  }

  @Test func whatIsMissingIsFound() {
    let text = """
      /// A type.
      public enum A {
        /// One.
        case one
        case two
        case three(Int)
        func f() { switch self { case .one: break } }
        public var number: Int { 1 }
      }
      public struct B {
        let inner = 1
        @discardableResult
        public func g() -> Int { 1 }
        public private(set) var h = 1
      }
      /// A protocol.
      public protocol C {
        func k()
      }
      extension C {
        public func m() {}
      }
      /// Cases that say nothing.
      public enum D: String { case one, two }
      """
    #expect(Self.undocumented(in: text).map(\.line) == [5, 6, 8, 10, 13, 14, 18, 21, 24])
  }
}
