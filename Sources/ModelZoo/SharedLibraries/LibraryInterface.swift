/// What a shared library and the program that loads it must have in common, since Swift has no stable binary interface
/// on Linux: the version, the compiler, and the sources that both were compiled against.
///
/// A library carries its text under the C symbol `zoo_plugin_interface`, which is read before any of its code runs.
public struct LibraryInterface: Sendable, Equatable, CustomStringConvertible {
  /// The version of this package.
  public let version: String
  /// The first line that `swiftc --version` prints.
  public let compiler: String
  /// 16 hexadecimal digits of the SHA-256 of the sources.
  public let digest: String

  /// The one of this program.
  public static let current = LibraryInterface(
    version: zooVersion, compiler: CompiledInterface.compiler, digest: CompiledInterface.digest)

  init(version: String, compiler: String, digest: String) {
    self.version = version
    self.compiler = compiler
    self.digest = digest
  }

  /// Reads what `description` says; nil where the text is of another form.
  public init?(_ text: String) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: false).map {
      String($0.drop { $0 == " " })
    }
    guard parts.count == 3, parts[0].hasPrefix("zoo "), text.utf8.allSatisfy({ (32...126).contains($0) })
    else { return nil }
    self.init(version: String(parts[0].dropFirst(4)), compiler: parts[1], digest: parts[2])
  }

  /// As in a library: `zoo 0.1.0; Swift version 6.3.1 (swift-6.3.1-RELEASE); 0123456789abcdef`.
  public var description: String { "zoo \(version); \(compiler); \(digest)" }
}

/// The version of this package.
public let zooVersion = "0.1.0"
