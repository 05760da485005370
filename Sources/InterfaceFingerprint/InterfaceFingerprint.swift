import Foundation
import PackagePlugin

/// Writes what the code was compiled from and with into `CompiledInterface`: the first line that `swiftc --version`
/// prints, and a digest of the sources of a target and of all targets of this package that it stands on.
///
/// Swift has no stable binary interface on Linux: even a private member changes the layout of a public structure. So
/// the digest is taken of whole sources, and nobody has to remember to count a number up.
@main struct InterfaceFingerprint: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    // What other packages bring is no part of the interface, and a checkout may lie anywhere.
    let own = Set(context.package.targets.map(\.id))
    let targets = ([target] + target.recursiveTargetDependencies).filter { own.contains($0.id) }
    let sources = targets.flatMap { Self.sources(in: $0.directoryURL) }.sorted { $0.path < $1.path }
    let names = targets.map { "\"\($0.name)\"" }.sorted().joined(separator: ", ")
    let swiftc = try context.tool(named: "swiftc").url
    let output = context.pluginWorkDirectoryURL.appending(path: "CompiledInterface.swift")
    let script = """
      set -e
      output=$1; compiler=$("$2" --version 2>/dev/null | head -n 1); shift 2
      digest=$(cat "$@" | sha256sum | cut -c 1-16)
      cat > "$output" <<END
      enum CompiledInterface {
        static let compiler = "$compiler"
        static let digest = "$digest"
        /// What the digest is of.
        static let targets = [\(names)]
      }
      END
      """
    return [
      .buildCommand(
        displayName: "Digest of the interface of \(target.name)", executable: URL(fileURLWithPath: "/bin/sh"),
        arguments: ["-c", script, "sh", output.path, swiftc.path] + sources.map(\.path),
        inputFiles: sources + [swiftc], outputFiles: [output])
    ]
  }

  /// Swift files and C headers: what C declares is part of what Swift sees.
  private static func sources(in folder: URL) -> [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { ["swift", "h"].contains($0.pathExtension) }
  }
}
