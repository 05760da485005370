import Foundation
import HDF5
import Testing

/// Every failure is an error that names the file, the object and libhdf5's own reason.
@Suite struct FailureTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func written(_ name: String = "x.h5", _ write: (HDF5Group) throws -> Void) throws -> String {
    let path = folder.file(name)
    try write(try HDF5File.create(path).root)
    return path
  }

  @Test func aMissingFile() {
    let path = folder.file("missing.h5")
    let text = message { _ = try HDF5File.open(path) }
    #expect(text?.hasPrefix("\(path): opening failed; libhdf5 says: ") == true)
    #expect(text?.contains("No such file or directory") == true)
  }

  @Test func aFileThatIsNoHDF5() throws {
    for (name, content) in [("empty.h5", ""), ("text.h5", String(repeating: "no HDF5 at all\n", count: 300))] {
      let path = folder.file(name)
      try Data(content.utf8).write(to: URL(fileURLWithPath: path))
      let text = message { _ = try HDF5File.open(path) }
      #expect(text?.hasPrefix("\(path): opening failed; libhdf5 says: ") == true)
      #expect(text?.contains("signature not found") == true, "\(text ?? "")")
      let inMemory = message { _ = try HDF5File.open(bytes: Array(content.utf8), name: "bytes") }
      #expect(inMemory?.hasPrefix("bytes: ") == true)
    }
  }

  @Test func aFolder() {
    let text = message { _ = try HDF5File.open(folder.path) }
    #expect(text?.hasPrefix("\(folder.path): opening failed; libhdf5 says: ") == true)
    // The same failure reads the same whenever it happens: no time, no address.
    let reason = "file read failed: filename = '\(folder.path)', errno = 21, error message = 'Is a directory', "
    #expect(text?.contains(reason) == true, "\(text ?? "")")
    #expect(text?.contains("0x") == false)
  }

  @Test func aFileThatWasCutShort() throws {
    let path = try written { try $0.write("x", (0..<1000).map(Float.init), shape: [1000]) }
    let content = try bytes(of: path)
    for length in [content.count - 1, content.count / 2, 100, 10] {
      let cut = folder.file("cut.h5")
      try Data(content.prefix(length)).write(to: URL(fileURLWithPath: cut))
      let text = message { _ = try HDF5File.open(cut) }
      #expect(text?.hasPrefix("\(cut): opening failed; libhdf5 says: ") == true)
      if length > 100 { #expect(text?.contains("truncated file") == true, "\(text ?? "")") }
      #expect(message { _ = try HDF5File.open(bytes: Array(content.prefix(length)), name: "b") } != nil)
    }
  }

  @Test func aFileThatExistsIsNotOverwritten() throws {
    let path = try written { try $0.write("x", [1], shape: [1]) }
    let text = message { _ = try HDF5File.create(path) }
    #expect(text?.hasPrefix("\(path): creating failed; libhdf5 says: ") == true)
    #expect(text?.contains("File exists") == true)
    #expect(try HDF5File.open(path).root.dataset("x").read(as: Int.self) == [1])
  }

  @Test func aFileInAFolderThatIsMissing() {
    let path = folder.file("no/such/folder.h5")
    #expect(message { _ = try HDF5File.create(path) }?.contains("No such file or directory") == true)
  }

  @Test func missingObjects() throws {
    let path = try written { try $0.createGroup("a").write("x", [1], shape: [1]) }
    let root = try HDF5File.open(path).root
    #expect(message { _ = try root.dataset("a/y") } == "\(path): there is no dataset '/a/y'.")
    #expect(message { _ = try root.group("b") } == "\(path): there is no group '/b'.")
    #expect(message { _ = try root.group("a").group("b/c") } == "\(path): there is no group '/a/b/c'.")
    #expect(message { _ = try root.kind(of: "z") } == "\(path): there is no object '/z'.")
    #expect(throws: HDF5Error.missing(file: path, object: "/a/y", kind: "dataset")) { try root.dataset("a/y") }
  }

  @Test func objectsOfAnotherKind() throws {
    let path = try written { try $0.createGroup("a").write("x", [1], shape: [1]) }
    let root = try HDF5File.open(path).root
    #expect(
      message { _ = try root.dataset("a") }?.hasPrefix("\(path): opening dataset '/a' failed; libhdf5 says: ") == true)
    #expect(
      message { _ = try root.group("a/x") }?.hasPrefix("\(path): opening group '/a/x' failed; libhdf5 says: ") == true)
  }

  @Test func valuesOfAnotherType() throws {
    let path = try written {
      try $0.write("numbers", [Float(1)], shape: [1])
      try $0.write("strings", strings: ["a"])
    }
    let root = try HDF5File.open(path).root
    #expect(
      message { _ = try root.dataset("strings").read(as: Float.self) }
        == "\(path): '/strings' holds strings, expected numbers.")
    #expect(
      message { _ = try root.dataset("numbers").readStrings() }
        == "\(path): '/numbers' holds 32-bit floating-point numbers, expected strings.")
    #expect(
      throws: HDF5Error.type(
        file: path, object: "/numbers", expected: "strings", found: "32-bit floating-point numbers")
    ) { try root.dataset("numbers").readStrings() }
  }

  @Test func moreThanTheCallerAllows() throws {
    let path = try written {
      try $0.write("small", [Double](repeating: 1, count: 100), shape: [100])
      // Claims 4 EiB without storing any.
      _ = try $0.createDataset(
        "huge", of: Float.self, shape: [1 << 30, 1 << 30], options: DatasetOptions(chunk: [8, 8]))
    }
    let root = try HDF5File.open(path).root
    #expect(
      message { _ = try root.dataset("small").read(as: Double.self, limit: 799) }
        == "\(path): '/small' claims 800 bytes, more than the 799 that are allowed here; the file may be damaged.")
    #expect(try root.dataset("small").read(as: Double.self, limit: 800).count == 100)
    #expect(
      throws: HDF5Error.tooLarge(file: path, object: "/huge", bytes: 1 << 62, limit: HDF5Dataset.defaultLimit)
    ) { try root.dataset("huge").read(as: Float.self) }
    #expect(throws: HDF5Error.self) { try root.dataset("huge").read(as: Double.self) }
    #expect(try root.dataset("huge").read(as: Float.self, offset: [1 << 29, 5], count: [1, 2]) == [0, 0])
  }

  @Test(arguments: [[-1], [2, -3]]) func aNegativeShape(shape: [Int]) throws {
    let path = folder.file("shape.h5")
    let root = try HDF5File.create(path).root
    #expect(
      message { _ = try root.createDataset("x", of: Float.self, shape: shape) }
        == "\(path): '/x' has shape \(shape), expected extents of 0 or more.")
  }

  static let impossible: [(DatasetOptions, [Int])] = [
    (DatasetOptions(chunk: [2]), [4, 4]), (DatasetOptions(chunk: [0]), [4]), (DatasetOptions(chunk: [-1]), [4]),
    (DatasetOptions(chunk: [8]), [4]), (DatasetOptions(chunk: []), [4]), (DatasetOptions(gzip: 10), [4]),
    (DatasetOptions(gzip: -1), [4]),
  ]

  @Test(arguments: impossible) func impossibleLayouts(options: DatasetOptions, shape: [Int]) throws {
    let path = folder.file("layout.h5")
    let root = try HDF5File.create(path).root
    let text = message { _ = try root.createDataset("x", of: Float.self, shape: shape, options: options) }
    #expect(text?.hasPrefix("\(path): ") == true && text?.contains("'/x'") == true)
    #expect(!root.contains("x"))
  }

  @Test func aShapeWithMoreNumbersThanCanBeCounted() throws {
    let path = folder.file("count.h5")
    let shape = [Int.max, Int.max]
    let dataset = try HDF5File.create(path).root.createDataset("x", of: Float.self, shape: shape, options: .compressed)
    #expect(
      message { _ = try dataset.read(as: Float.self) }
        == "\(path): '/x' has shape \(shape), expected a shape that fits memory.")
  }

  @Test func aDamagedChunkIsNoticedByItsChecksum() throws {
    let values = (0..<4096).map { Int32($0) }
    let path = try written {
      try $0.write("plain", [1], shape: [1])
      try $0.write("x", values, shape: [4096], options: DatasetOptions(chunk: [4096], fletcher32: true))
    }
    var content = try bytes(of: path)
    let pattern: [UInt8] = [0xE8, 3, 0, 0, 0xE9, 3, 0, 0, 0xEA, 3, 0, 0]
    let place = try #require(content.indices.first { Array(content[$0...].prefix(12)) == pattern })
    content[place] ^= 1
    let root = try HDF5File.open(bytes: content, name: "damaged").root
    let text = message { _ = try root.dataset("x").read(as: Int32.self) }
    #expect(text?.hasPrefix("damaged: reading '/x' failed; libhdf5 says: ") == true)
    #expect(text?.contains("Fletcher32") == true)
    #expect(try root.dataset("plain").read(as: Int.self) == [1])
  }
}
