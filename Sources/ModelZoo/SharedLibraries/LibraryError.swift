/// Why a shared library with architectures can't be used.
public enum LibraryError: Error, Equatable, CustomStringConvertible {
  /// There is nothing under this path.
  case missing(path: String)
  /// The system refuses to read it, with its reason.
  case unreadable(path: String, reason: String)
  /// It is no shared library for this machine.
  case foreign(path: String, reason: String)
  /// It ends before its own header says.
  case truncated(path: String, needed: UInt64, found: Int)
  /// Its bytes are not those that were built: its last line is no digest of what stands before.
  case damaged(path: String)
  /// A shared library that was not made for Zoo.
  case unrelated(path: String)
  /// It was compiled against another version, by another compiler, or against other sources.
  case interface(path: String, found: String, expected: LibraryInterface)
  /// The core is linked into it, so that its architectures would be of types that this program doesn't know.
  case ownCore(path: String)
  /// The same library is named twice.
  case twice(path: String, other: String)
  /// The system's loader refuses it, with its reason.
  case refused(path: String, reason: String)
  /// It ended a process that tried it, with what the system says of that.
  case crashed(path: String, reason: String)
  /// A process that tried it did not come to an end.
  case slow(path: String, seconds: Int)
  /// It registers nothing.
  case empty(path: String)
  /// One of its architectures has an id that another has.
  case taken(path: String, id: String, by: String)
  /// One of its architectures has an id that can't be typed.
  case malformedID(path: String, id: String)

  private static let again = "Build it again for this program, or take it away."

  public var description: String {
    switch self {
    case .missing(let path): "There is no library or folder \(path). Check the path."
    case .unreadable(let path, let reason): "\(path) can't be read: \(reason)."
    case .foreign(let path, let reason):
      "\(path) is no shared library that this machine can load: \(reason). \(Self.again)"
    case .truncated(let path, let needed, let found):
      "\(path) is cut short: \(found) bytes of \(needed < .max ? "at least \(needed)" : "more"). Fetch or build it again."
    case .damaged(let path):
      "\(path) is damaged, or was not finished: its last line must hold the SHA-256 of all before it. Fetch it again, or "
        + "build it as Examples/SharedArchitecture does."
    case .unrelated(let path):
      "\(path) is a shared library, but none for Zoo: it doesn't define zoo_plugin_interface and zoo_plugin_register. "
        + "Examples/SharedArchitecture shows how one is built."
    case .interface(let path, let found, let expected): Self.difference(path, found, expected)
    case .ownCore(let path):
      "\(path) has a core of its own linked in, so that this program can't know its architectures. Build it without, "
        + "as Examples/SharedArchitecture does."
    case .twice(let path, let other):
      "\(path) is the same library as \(other). Name it once, or take one of them out of the plugins folder."
    case .refused(let path, let reason): "\(path) can't be loaded: \(reason). \(Self.again)"
    case .crashed(let path, let reason):
      "\(path) ended a process that tried it (\(reason)): it is damaged or wrong. \(Self.again)"
    case .slow(let path, let seconds):
      "\(path) did not finish registering its architectures within \(seconds) s. \(Self.again)"
    case .empty(let path): "\(path) registers no architecture: call PluginRegistration(list).add(…) in it."
    case .taken(let path, let id, let other):
      "\(path) has an architecture with the id '\(id)', which is taken by '\(other)'. Give it another id and build it "
        + "again, or leave one of them out."
    case .malformedID(let path, let id):
      "\(path): '\(id)' can't be an architecture's id: use lower-case letters, digits and hyphens."
    }
  }

  private static func difference(_ path: String, _ found: String, _ expected: LibraryInterface) -> String {
    let (theirs, ours): (String, String)
    if let found = LibraryInterface(found) {
      if found.version != expected.version {
        (theirs, ours) = ("for version \(found.version)", "is \(expected.version)")
      } else if found.compiler != expected.compiler {
        (theirs, ours) = ("by '\(found.compiler)'", "was built by '\(expected.compiler)'")
      } else {
        (theirs, ours) = ("against other sources (\(found.digest))", "was built from \(expected.digest)")
      }
    } else {
      (theirs, ours) = ("for '\(found.prefix(80))'", "is '\(expected)'")
    }
    return "\(path) was built \(theirs); this program \(ours). \(again)"
  }
}
