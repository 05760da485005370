import HDF5
import Testing

/// Groups, paths and listings.
@Suite struct GroupTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func groupsNest() throws {
    let path = folder.file("groups.h5")
    do {
      let root = try HDF5File.create(path).root
      let a = try root.createGroup("a")
      try a.createGroup("b").write("x", [1, 2], shape: [2])
      try root.write("a/y", [Float(3)], shape: [1])
    }
    let root = try HDF5File.open(path).root
    #expect(root.path == "/")
    #expect(root.file == path)
    #expect(try root.group("a").path == "/a")
    #expect(try root.group("a/b").path == "/a/b")
    #expect(try root.group("a").group("b").dataset("x").path == "/a/b/x")
    #expect(try root.dataset("a/b/x").read(as: Int.self) == [1, 2])
    #expect(try root.group("a").childNames() == ["b", "y"])
  }

  @Test func childrenAreListedByTheBytesOfTheirNames() throws {
    let path = folder.file("names.h5")
    let names = ["b", "a10", "a2", "B", "with space", "dotted.name.weight", "grüße", "kernel:0"]
    let root = try HDF5File.create(path).root
    for name in names { try root.createGroup(name) }
    #expect(try root.childNames() == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    for name in names { #expect(try root.kind(of: name) == .group) }
    #expect(try root.group("a2").childNames().isEmpty)
  }

  @Test func containsLooksAlongTheWholePath() throws {
    let path = folder.file("contains.h5")
    let root = try HDF5File.create(path).root
    try root.createGroup("a").write("x", [1], shape: [1])
    #expect(root.contains("a"))
    #expect(root.contains("a/x"))
    #expect(!root.contains("a/y"))
    #expect(!root.contains("b/x"))
    // A dataset has no children.
    #expect(!root.contains("a/x/z"))
    #expect(!root.contains(""))
    #expect(try root.kind(of: "a/x") == .dataset)
  }

  @Test func aGroupOutlivesItsFileObject() throws {
    let path = folder.file("outlives.h5")
    try HDF5File.create(path).root.createGroup("a").write("x", [5], shape: [1])
    func dataset() throws -> HDF5Dataset { try HDF5File.open(path).root.group("a").dataset("x") }
    #expect(try dataset().read(as: Int.self) == [5])
  }

  @Test func parentsAreNotMadeSilently() throws {
    let path = folder.file("parents.h5")
    let root = try HDF5File.create(path).root
    let text = message { try root.createGroup("no/such/parent") }
    #expect(text?.hasPrefix("\(path): creating group '/no/such/parent' failed; libhdf5 says: ") == true)
    #expect(text?.contains("component not found") == true)
  }

  @Test func aNameIsUsedOnce() throws {
    let path = folder.file("twice.h5")
    let root = try HDF5File.create(path).root
    try root.createGroup("a")
    #expect(message { try root.createGroup("a") }?.contains("creating group '/a' failed; libhdf5 says: ") == true)
    let text = message { try root.write("a", [1], shape: [1]) }
    #expect(text?.contains("creating dataset '/a' failed; libhdf5 says: ") == true)
    #expect(text?.contains("already exists") == true)
  }

  @Test func twoFilesInMemoryStayApart() throws {
    func image(_ value: Int) throws -> [UInt8] {
      let path = folder.file("\(value).h5")
      try HDF5File.create(path).root.write("x", [value], shape: [1])
      return try bytes(of: path)
    }
    let first = try HDF5File.open(bytes: try image(1), name: "weights.h5")
    let second = try HDF5File.open(bytes: try image(2), name: "weights.h5")
    #expect(try first.root.dataset("x").read(as: Int.self) == [1])
    #expect(try second.root.dataset("x").read(as: Int.self) == [2])
    #expect(try second.root.dataset("x").file == "weights.h5")
  }

  @Test func aFileMayBeReadFromSeveralThreads() async throws {
    let path = folder.file("threads.h5")
    let values = (0..<10_000).map(Float.init)
    try HDF5File.create(path).root.write("x", values, shape: [10_000], options: .compressed)
    let file = try HDF5File.open(path)
    let sums = try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<16 {
        group.addTask {
          // Failures on one thread must not show up in the messages of another.
          #expect(throws: HDF5Error.missing(file: path, object: "/y", kind: "dataset")) { try file.root.dataset("y") }
          return try file.root.dataset("x").read()
        }
      }
      return try await group.reduce(into: [[Float]]()) { $0.append($1) }
    }
    #expect(sums.count == 16 && sums.allSatisfy { $0 == values })
  }

  @Test func bytesInFrontOfAUserBlockBelongToSomeoneElse() throws {
    let path = folder.file("block.h5")
    try HDF5File.create(path, userBlock: 1024).root.write("x", [1, 2, 3], shape: [3])
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    let content = try bytes(of: path)
    #expect(content.prefix(1024).allSatisfy { $0 == 0 })
    #expect(Array(content[1024..<1032]) == signature)
    #expect(try HDF5File.open(path).root.dataset("x").read(as: Int.self) == [1, 2, 3])
    #expect(try HDF5File.open(fixture("userblock.h5")).root.dataset("x").read(as: Int.self) == [0, 1, 2])
  }

  @Test(arguments: [-512, 100, 511, 768]) func aUserBlockIsAPowerOfTwo(size: Int) throws {
    let path = folder.file("block.h5")
    let text = message { _ = try HDF5File.create(path, userBlock: size) }
    #expect(text?.hasPrefix("\(path): reserving a user block failed; libhdf5 says: ") == true)
    #expect(folder.contents.isEmpty)
  }
}
