import Foundation
import LayerGraph
import Testing

@testable import ModelZoo

/// What is known of a shared library before the system's loader sees it, and the processes that try it.
@Suite struct SharedObjectTests {
  /// The C library that this process runs with; nil where it has no file.
  private static let library: [UInt8]? = {
    // Files of /proc say that they are empty; only reading to the end tells.
    let maps = try? FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
    let lines = String(decoding: maps ?? Data(), as: UTF8.self).split(separator: "\n")
    let paths = lines.compactMap { $0.split(separator: " ").last.map(String.init) }
    guard let path = paths.first(where: { $0.contains("/libc.so") || $0.contains("/libc-") }) else { return nil }
    return (try? Data(contentsOf: URL(fileURLWithPath: path))).map { [UInt8]($0) }
  }()

  @Test(.enabled(if: library != nil, "needs a C library in a file"))
  func symbolsAreFoundWhereTheyAreDefined() throws {
    let object = try SharedObject(#require(Self.library))
    #expect(try object.definition(of: "malloc") != nil)
    #expect(try object.definition(of: "zoo_plugin_interface") == nil)
    #expect(try object.definition(of: "mallo") == nil)
  }

  @Test(.enabled(if: library != nil, "needs a C library in a file"))
  func whatIsCutShortIsSaidToBe() throws {
    let bytes = try #require(Self.library)
    var random = SplitMix64(seed: 5)
    var said = 0
    for _ in 0..<60 {
      let count = Int(random.next() % UInt64(bytes.count))
      do {
        _ = try SharedObject(Array(bytes[..<count]))
        Issue.record("\(count) of \(bytes.count) bytes were taken for a whole library")
      } catch SharedObject.Fault.truncated(let needed, let found) {
        #expect(needed > UInt64(found) && found == count)
        said += 1
      } catch SharedObject.Fault.foreign { #expect(count < 4) }
    }
    #expect(said >= 59)
  }

  @Test(.enabled(if: library != nil, "needs a C library in a file"))
  func changedBytesNeverCrashTheReader() throws {
    var bytes = try #require(Self.library)
    var random = SplitMix64(seed: 6)
    var refused = 0
    for _ in 0..<300 {
      let places = (0..<4).map { _ in Int(random.next() % 1500) }, old = places.map { bytes[$0] }
      for place in places { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
      do { _ = try SharedObject(bytes).definition(of: "no such symbol") } catch is SharedObject.Fault { refused += 1 }
      for (place, byte) in zip(places, old).reversed() { bytes[place] = byte }
    }
    #expect(refused > 20)
  }

  @Test func otherFilesAreForeign() {
    for bytes: [UInt8] in [[], Array("#!/bin/sh\n".utf8), [UInt8](repeating: 0x7F, count: 100)] {
      #expect(throws: SharedObject.Fault.foreign("it does not begin as one")) { try SharedObject(bytes) }
    }
  }

  @Test func aChildEndsInEveryWay() {
    func end(_ script: String, seconds: Int = 10) -> ChildProcess {
      ChildProcess(["/bin/sh", "-c", script], environment: ["WORD": "heard"], seconds: seconds)
    }
    #expect(end("echo $WORD; exit 3").end == .exited(3))
    #expect(end("echo $WORD").output == "heard\n")
    #expect(end("kill -SEGV $$").end == .signalled(SIGSEGV))
    let start = Date()
    #expect(end("exec sleep 30", seconds: 1).end == .timeout)
    // One that closes its output and goes on is waited for no longer.
    #expect(end("exec >&-; exec sleep 30", seconds: 1).end == .timeout)
    #expect(Date().timeIntervalSince(start) < 10)
    #expect(end("head -c 300000 /dev/zero; echo last").output.hasSuffix("last\n"))
    guard case .notStarted = ChildProcess(["/nowhere/x"], environment: [:], seconds: 5).end else {
      Issue.record("a program that is not there was started")
      return
    }
  }

  @Test func interfacesAreReadAsTheyAreWritten() {
    let current = LibraryInterface.current
    #expect(LibraryInterface(current.description) == current)
    #expect(current.compiler.contains("Swift version"))
    #expect(current.digest.count == 16)
    for text in ["", "zoo 1", "zoo 1; swift", "oof 1; a; b", "zoo 1; a; b; c", "zoo 1; a; b\u{7}"] {
      #expect(LibraryInterface(text) == nil)
    }
  }

  /// Any change of a source that a library is compiled against must change the digest, without anybody's doing.
  @Test func theDigestIsOfTheSourcesAsTheyAre() {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources")
    #expect(Set(CompiledInterface.targets).isSuperset(of: ["ModelZoo", "LayerGraph", "CKernels", "Diffusion", "HDF5"]))
    let files = CompiledInterface.targets.flatMap { room in
      let all = FileManager.default.enumerator(at: root.appendingPathComponent(room), includingPropertiesForKeys: nil)
      return (all?.compactMap { ($0 as? URL)?.path } ?? []).filter { $0.hasSuffix(".swift") || $0.hasSuffix(".h") }
    }.sorted()
    #expect(files.count > 100)
    let child = ChildProcess(
      ["/bin/sh", "-c", "cat \"$@\" | sha256sum", "sh"] + files, environment: [:], seconds: 60)
    #expect(child.end == .exited(0))
    #expect(child.output.prefix(16) == LibraryInterface.current.digest)
  }

  @Test func everyDifferenceIsNamed() {
    let own = LibraryInterface(version: "1.2", compiler: "Swift version 6.3", digest: "aa")
    func sentence(_ found: String) -> String {
      "\(LibraryError.interface(path: "libFoo.so", found: found, expected: own))"
    }
    #expect(sentence("zoo 1.1; Swift version 6.3; aa").contains("for version 1.1; this program is 1.2."))
    #expect(
      sentence("zoo 1.2; Swift version 6.2; aa")
        .contains("by 'Swift version 6.2'; this program was built by 'Swift version 6.3'."))
    #expect(sentence("zoo 1.2; Swift version 6.3; bb").contains("other sources (bb); this program was built from aa."))
    #expect(sentence("gibberish").contains("for 'gibberish'"))
  }

  @Test func placesAreTheUsersFirst() throws {
    let folder = try TemporaryFolder()
    for name in ["b.so", "a.so", "notes.txt"] {
      try folder.write([], to: name)
    }
    let named = LibraryPlaces(
      named: ["x.so"], environment: ["ZOO_PLUGINS": "y.so::\(folder.path)"], executable: "/z/zoo")
    #expect(named.named == ["x.so", "y.so", folder.path] && named.folders.isEmpty)
    #expect(throws: LibraryError.missing(path: "x.so")) { try named.files }
    let listed = LibraryPlaces(environment: ["ZOO_PLUGINS": folder.path], executable: "/z/zoo")
    #expect(try listed.files == [folder.file("a.so"), folder.file("b.so")])
    let usual = LibraryPlaces(environment: ["HOME": "/home/u"], executable: "/z/zoo")
    #expect(usual.folders == ["/z/plugins", "/home/u/.local/share/zoo/plugins"])
    #expect(try usual.files == [])
    let moved = LibraryPlaces(environment: ["HOME": "/h", "XDG_DATA_HOME": "/data"], executable: "/z/zoo")
    #expect(moved.folders.last == "/data/zoo/plugins")
    #expect(LibraryPlaces(environment: ["ZOO_PLUGINS": ""], executable: "/z/zoo").folders.isEmpty)
  }
}
