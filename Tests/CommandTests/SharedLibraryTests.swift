import Foundation
import LayerGraph
import Testing

/// Architectures from shared libraries, and what is no such library.
@Suite struct SharedLibraryTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Programs that build libraries, by name; nil where one is not installed.
  private static func tool(_ names: String...) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for name in names {
      for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
        return "\(folder)/\(name)"
      }
    }
    return nil
  }
  private static let compiler = tool("clang", "cc")
  private static let hasSwift = tool("swiftc") != nil && tool("pkg-config") != nil

  private static func run(_ path: String, _ arguments: [String], in folder: String, environment: [String: String] = [:])
    throws -> Int32
  {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// What a library for this program must hold.
  private static let interface: String? = {
    let lines = try? Run(["describe", "--machine"]).output.split(separator: "\n")
    return lines?.first { $0.hasPrefix("plugin interface: ") }.map { String($0.dropFirst("plugin interface: ".count)) }
  }()

  private static let idle = "void zoo_plugin_register(void *list) { (void)list; }\n"

  /// A library from C, with the right interface unless the source has its own.
  private func library(_ name: String, _ source: String, interface: String? = nil) throws -> String {
    let text = try #require(interface ?? Self.interface)
    try folder.write("const char zoo_plugin_interface[] = \"\(text)\";\n" + source, to: name + ".c")
    let status = try Self.run(
      #require(Self.compiler), ["-shared", "-fPIC", "-w", name + ".c", "-o", name + ".so"], in: folder.path)
    try #require(status == 0)
    try seal(name + ".so")
    return folder.file(name + ".so")
  }

  /// Writes the last line that a whole library has.
  private func seal(_ name: String) throws {
    let script = "s=$(sha256sum < \"$1\" | cut -c 1-64); printf 'zoo seal %s\\n' \"$s\" >> \"$1\""
    try #require(Self.run("/bin/sh", ["-c", script, "sh", name], in: folder.path) == 0)
  }

  /// The sentence that `zoo list` ends with; there must be one, and nothing else.
  private func refusal(_ libraries: String...) throws -> String {
    let run = try Run(["list"] + libraries.flatMap { ["--plugin", $0] }, folder: folder.path)
    #expect(run.status == 1, "\(libraries): \(run.status) \(run.errors)")
    #expect(run.output.isEmpty)
    #expect(run.errors.hasPrefix("Error: ") && run.errors.split(separator: "\n").count == 1, "\(run.errors)")
    return run.errors
  }

  @Test(.enabled(if: compiler != nil, "needs a C compiler"))
  func whatIsNoLibraryForZooIsASentence() throws {
    let good = try library("idle", Self.idle)
    #expect(try refusal(good).contains("registers no architecture"))
    #expect(try refusal("nowhere.so").contains("Check the path"))
    #expect(try refusal(folder.path + "/idle.c").contains("does not begin as one"))
    #expect(try refusal(Run.executable.path).contains("libr"))
    #expect(try refusal(good, good).contains("the same library"))
    try FileManager.default.copyItem(atPath: good, toPath: folder.file("copy.so"))
    #expect(try refusal(good, folder.file("copy.so")).contains("the same library"))
    try FileManager.default.createSymbolicLink(atPath: folder.file("link.so"), withDestinationPath: good)
    #expect(try refusal(folder.file("link.so"), good).contains("the same library"))

    let own = try #require(Self.interface).components(separatedBy: "; ")
    for (text, part) in [
      ("zoo 0.0.1; \(own[1]); \(own[2])", "for version 0.0.1"),
      ("\(own[0]); Swift version 5.10; \(own[2])", "by 'Swift version 5.10'"),
      ("\(own[0]); \(own[1]); 0123456789abcdef", "other sources"), ("?", "for '?'"),
    ] {
      #expect(try refusal(library("other", Self.idle, interface: text)).contains(part))
    }
    #expect(try refusal(library("entry", "")).contains("zoo_plugin_register"))
    for (source, part) in [
      ("void zoo_plugin_register(void *list) { *(volatile int *)8 = 1; }", "Segmentation fault"),
      ("#include <stdlib.h>\nvoid zoo_plugin_register(void *list) { abort(); }", "Aborted"),
      ("#include <stdlib.h>\nvoid zoo_plugin_register(void *list) { exit(0); }", "exit code 0"),
      ("#include <stdlib.h>\n__attribute__((constructor)) static void f(void) { abort(); }\n" + Self.idle, "Aborted"),
      ("void elsewhere(void);\nvoid zoo_plugin_register(void *list) { elsewhere(); }", "undefined symbol: elsewhere"),
    ] {
      #expect(try refusal(library("wrong", source)).contains(part))
    }
  }

  @Test func aPluginNeedsAPath() throws {
    for arguments in [["list", "--plugin"], ["--plugin", "--version"], ["list", "--plugin="]] {
      let run = try Run(arguments)
      #expect(run.status == 64 && run.errors.contains("--plugin ./libFoo.so"), "\(run.errors)")
    }
    let folder = try Run(["list"], environment: ["ZOO_PLUGINS": "/nowhere"])
    #expect(folder.status == 1 && folder.errors.contains("/nowhere"))
  }

  /// The fifty tries and more, each of which would end the process if it were believed.
  @Test(.enabled(if: compiler != nil, "needs a C compiler"))
  func noFileCrashesTheProgram() throws {
    let good = try Data(contentsOf: URL(fileURLWithPath: library("idle", Self.idle)))
    var random = SplitMix64(seed: 11)
    var tries = 0
    func attempt(_ bytes: Data, isSealed: Bool = false) throws {
      try bytes.write(to: URL(fileURLWithPath: folder.file("try.so")))
      if isSealed { try seal("try.so") }
      _ = try refusal(folder.file("try.so"))
      tries += 1
    }
    for size in [0, 3, 4, 20, 63, 64, 500, 9000] {
      try attempt(Data((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }))
      // The same behind a right header.
      try attempt(good.prefix(min(64, size)) + Data((0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }))
    }
    for part in 1...20 { try attempt(good.prefix(good.count * part / 21)) }
    // With a right digest of wrong bytes, half of them come as far as the process that tries libraries.
    for index in 0..<24 {
      var bytes = good
      for _ in 0..<4 { bytes[Int(random.next() % UInt64(min(12_000, bytes.count)))] = UInt8(random.next() & 0xFF) }
      try attempt(bytes, isSealed: index % 2 == 0)
    }
    #expect(tries == 60)
  }

  @Test(.enabled(if: hasSwift, "needs swiftc and pkg-config"))
  func anArchitectureComesFromALibrary() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let status = try Self.run(
      root + "/Examples/SharedArchitecture/build.sh", ["Foo", root], in: folder.path,
      environment: ["ZOO_BUILD": Run.executable.deletingLastPathComponent().path])
    try #require(status == 0)
    let library = folder.file("libFoo.so")
    #expect(try Run(["list", "--plugin", library]).output.contains("foo  Foo"))
    #expect(try Run(["list"], environment: ["ZOO_PLUGINS": folder.path]).output.contains("foo  Foo"))
    let train = try Run(
      [
        "train", "--plugin=libFoo.so", "--architecture", "foo", "--task", "exponent", "--dimension", "1", "--length",
        "20", "--budget", "640", "--set", "validation.count=20", "--output", "w/foo/exponent-1d.h5",
      ], folder: makeFolder("w/foo"))
    #expect(train.status == 0, "\(train.errors)")
    let eval = try Run(
      [
        "eval", "--models", "foo,msd", "--tasks", "exponent", "--dimensions", "1", "--count", "20", "--weights", "w",
        "--plugin", "libFoo.so",
      ], folder: folder.path)
    #expect(eval.status == 0 && eval.output.contains("foo  "), "\(eval.output)\(eval.errors)")
    try damage(Data(contentsOf: URL(fileURLWithPath: library)))
  }

  private func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    return folder.path
  }

  /// A real library that is cut, changed, or there twice.
  private func damage(_ good: Data) throws {
    let file = folder.file("damaged.so")
    for part in 1...7 {
      try good.prefix(good.count * part / 8).write(to: URL(fileURLWithPath: file))
      #expect(try refusal(file).contains("cut short"))
    }
    try good.dropLast(5).write(to: URL(fileURLWithPath: file))
    #expect(try refusal(file).contains("is damaged"))
    try (good + Data([0])).write(to: URL(fileURLWithPath: file))
    try seal("damaged.so")
    #expect(try refusal(folder.file("libFoo.so"), file).contains("'foo', which is taken by 'Foo'"))
    var random = SplitMix64(seed: 12)
    for _ in 0..<10 {
      var bytes = good
      for _ in 0..<4 { bytes[Int(random.next() % 12_000)] = UInt8(random.next() & 0xFF) }
      try bytes.write(to: URL(fileURLWithPath: file))
      _ = try refusal(file)
    }
  }
}
