import Foundation

/// Architectures from shared libraries, loaded while the program runs.
public enum ArchitectureLibrary {
  /// What every library defines: a C string with the text of a `LibraryInterface`.
  static let interfaceSymbol = "zoo_plugin_interface"
  /// What every library defines: a C function that gets a pointer for `PluginRegistration`.
  static let entrySymbol = "zoo_plugin_register"
  /// What only a library with a core of its own defines: the protocol `Architecture`.
  private static let coreSymbol = "$s8ModelZoo12ArchitectureMp"

  /// Loads libraries and adds their architectures behind those of a registry.
  ///
  /// Each file is first read as bytes, then tried in another process, and loaded into this one only if it survived
  /// there and no id of it is taken.
  /// - Parameters:
  ///   - registry: what the program knows already.
  ///   - paths: the files, in the order in which their architectures are listed.
  ///   - trial: how a library is tried.
  /// - Throws: `LibraryError` about the first library that can't be used.
  public static func registry(
    _ registry: Registry, adding paths: [String], trial: LibraryTrial = LibraryTrial()
  ) throws -> Registry {
    var titles = Dictionary(
      registry.architectures.map { ($0.card.id, $0.card.title) }, uniquingKeysWith: { first, _ in first })
    var architectures = registry.architectures
    for path in try checked(paths) {
      let ids = try trial.ids(of: path)
      guard !ids.isEmpty else { throw LibraryError.empty(path: path) }
      for (index, id) in ids.enumerated() {
        guard Registry.isWellFormed(id) else { throw LibraryError.malformedID(path: path, id: id) }
        if let other = titles[id] ?? (ids[..<index].contains(id) ? path : nil) {
          throw LibraryError.taken(path: path, id: id, by: other)
        }
      }
      let loaded = try open(path)
      for architecture in loaded { titles[architecture.card.id] = architecture.card.title }
      architectures += loaded
    }
    return try Registry(architectures)
  }

  /// The absolute paths of files that may be tried: each a library for this program, and none twice.
  private static func checked(_ paths: [String]) throws -> [String] {
    var known: [(path: String, bytes: [UInt8])] = []
    for path in paths {
      let path = URL(fileURLWithPath: path).standardizedFileURL.path
      let bytes = try contents(path)
      try checkFile(path, bytes)
      if let other = known.first(where: { $0.bytes == bytes }) {
        throw LibraryError.twice(path: path, other: other.path)
      }
      known.append((path, bytes))
    }
    return known.map(\.path)
  }

  private static func contents(_ path: String) throws -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { throw LibraryError.missing(path: path) }
      throw LibraryError.unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size < 1 << 31 else {
      throw LibraryError.foreign(path: path, reason: "it is not a file of usual size")
    }
    do { return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw LibraryError.unreadable(path: path, reason: error.localizedDescription)
    }
  }

  /// Everything that can be known before code of the library runs, which it does as soon as it is loaded.
  private static func checkFile(_ path: String, _ bytes: [UInt8]) throws {
    do {
      let object = try SharedObject(bytes)
      guard let interface = try object.text(of: interfaceSymbol), try object.definition(of: entrySymbol) != nil else {
        throw LibraryError.unrelated(path: path)
      }
      guard interface == LibraryInterface.current.description else {
        throw LibraryError.interface(path: path, found: interface, expected: .current)
      }
      if try object.definition(of: coreSymbol) != nil { throw LibraryError.ownCore(path: path) }
      guard LibrarySeal.isWhole(bytes) else { throw LibraryError.damaged(path: path) }
    } catch SharedObject.Fault.foreign(let reason) {
      throw LibraryError.foreign(path: path, reason: reason)
    } catch SharedObject.Fault.truncated(let needed, let found) {
      throw LibraryError.truncated(path: path, needed: needed, found: found)
    }
  }

  /// Loads a library for good and lets it register.
  static func open(_ path: String) throws -> [any Architecture] {
    func refusal() -> LibraryError {
      LibraryError.refused(path: path, reason: dlerror().map { String(cString: $0) } ?? "the system says no reason")
    }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL), let entry = dlsym(handle, entrySymbol) else {
      throw refusal()
    }
    typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
    let list = PluginRegistration.List()
    unsafeBitCast(entry, to: Entry.self)(Unmanaged.passUnretained(list).toOpaque())
    return list.architectures
  }
}
