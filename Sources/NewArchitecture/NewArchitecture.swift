import Foundation
import PackagePlugin

/// `swift package new-architecture Foo`: lays out `Plugins/Foo` and registers it.
///
/// Everything is checked before the first file is written, so that a refused name leaves the package as it was.
@main struct NewArchitecture: CommandPlugin {
  func performCommand(context: PluginContext, arguments: [String]) async throws {
    guard arguments.count == 1, let name = arguments.first, !name.hasPrefix("-") else {
      throw Refusal("Usage: swift package --allow-writing-to-package-directory new-architecture NAME, e.g. TinyGRU.")
    }
    let id = name.lowercased()
    let letters = name.utf8.allSatisfy { (65...90).contains($0) || (97...122).contains($0) || (48...57).contains($0) }
    guard letters, let first = name.utf8.first, (65...90).contains(first), name.count <= 40 else {
      throw Refusal(
        "'\(name)' can't be the name of an architecture: it becomes a Swift type and a module, so write letters and "
          + "digits and begin with a capital, e.g. TinyGRU.")
    }
    let root = context.package.directoryURL
    if let reason = try ReservedNames(root).reason(against: name) {
      throw Refusal("\(reason) Choose another name than '\(name)'.")
    }
    if let taken = context.package.targets.first(where: { $0.name.lowercased() == id }) {
      throw Refusal("The package has a target named \(taken.name) already. Choose another name than '\(name)'.")
    }
    let folder = root.appending(path: "Plugins/\(name)"), weights = root.appending(path: "Weights/\(id)")
    for path in [folder, weights] where FileManager.default.fileExists(atPath: path.path) {
      throw Refusal("\(path.path) exists already. Remove it, or choose another name than '\(name)'.")
    }
    let manifest = try Registration(root.appending(path: "Package.swift"))
      .adding("\"\(name)\"", toLineBeginning: "let architectures = [", closing: "]")
    let list = try Registration(root.appending(path: "Sources/BuiltIn/BuiltIn.swift"))
      .addingImport(name)
      .adding("  \(name)(),", beforeLineBeginning: "]")

    try write(Template.architecture(name: name, id: id), to: folder.appending(path: "\(name).swift"))
    try write(Template.readMe(name: name, id: id), to: folder.appending(path: "README.md"))
    for task in ["exponent", "model"] {
      try write(Template.recipe(id: id, task: task), to: weights.appending(path: "\(task)-1d.recipe"))
    }
    try list.write()
    try manifest.write()
    print(
      """
      Plugins/\(name) is laid out and registered. Now:
        swift build -c release
        swift run -c release zoo check \(id)
        swift run -c release zoo train --recipe Weights/\(id)/exponent-1d.recipe --output Weights/\(id)/exponent-1d.h5
        swift run -c release zoo eval --models \(id),msd --tasks exponent --dimensions 1
      Then change the graph in Plugins/\(name)/\(name).swift; its README says what else there is.
      """)
  }

  private func write(_ text: String, to file: URL) throws {
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file, options: .atomic)
  }
}

/// Why nothing was written.
struct Refusal: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
