import Foundation

/// Names that an architecture can't have, because its file would not compile or its id could not be registered.
struct ReservedNames {
  /// Types that the architecture's file sees, with the module that they are of.
  private var types: [String: String] = [:]
  /// Ids of the architectures in Plugins, with their file's name.
  private var ids: [String: String] = [:]

  private static let swift: Set<String> = [
    "Any", "AnyObject", "Array", "Bool", "Character", "ClosedRange", "Codable", "Decodable", "Dictionary", "Double",
    "Encodable", "Equatable", "Error", "Float", "Hashable", "Int", "Never", "Optional", "Protocol", "Range", "Result",
    "Self", "Sendable", "Set", "String", "Swift", "Task", "Type", "UInt", "Void",
  ]
  private static let modules: Set<String> = [
    "ArgumentParser", "Foundation", "Glibc", "Synchronization", "Testing", "Yams",
  ]

  /// - Parameter root: a checkout of the package.
  init(_ root: URL) throws {
    for module in ["LayerGraph", "Diffusion", "ModelZoo"] {
      for file in Self.swiftFiles(in: root.appending(path: "Sources/\(module)")) {
        for line in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n") {
          let words = line.split { !($0.isLetter || $0.isNumber) }.map(String.init)
          guard words.first == "public", let kind = words.firstIndex(where: Self.kinds.contains),
            kind + 1 < words.count
          else { continue }
          types[words[kind + 1]] = module
        }
      }
    }
    for file in Self.swiftFiles(in: root.appending(path: "Plugins")) {
      let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "id: \"")
      for part in parts.dropFirst() { ids[String(part.prefix { $0 != "\"" })] = file.lastPathComponent }
    }
  }

  private static let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias"]

  private static func swiftFiles(in folder: URL) -> [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
  }

  /// Why a name is taken; nil where it is not.
  func reason(against name: String) -> String? {
    if Self.swift.contains(name) { return "'\(name)' is a name of Swift itself." }
    if Self.modules.contains(name) { return "'\(name)' is the name of a module that the package uses." }
    if let module = types[name] { return "'\(name)' is a type of \(module), which architectures use." }
    if let file = ids[name.lowercased()] {
      return "The id '\(name.lowercased())' is taken by the architecture in \(file)."
    }
    return nil
  }
}
