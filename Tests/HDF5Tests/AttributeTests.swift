import HDF5
import Testing

/// Attributes of groups and datasets.
@Suite struct AttributeTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("attributes.h5")
  }

  /// Lets `write` fill a new file, closes it and returns its root as read from disk.
  private func reread(_ write: (HDF5Group) throws -> Void) throws -> HDF5Group {
    try write(try HDF5File.create(path).root)
    return try HDF5File.open(path).root
  }

  @Test func stringsOfFixedLength() throws {
    let texts = ["plain", "", "grüße, 世界", " spaces at both ends ", String(repeating: "x", count: 3000)]
    let root = try reread { for (index, text) in texts.enumerated() { try $0.setAttribute("\(index)", text) } }
    for (index, text) in texts.enumerated() {
      #expect(try root.string("\(index)") == text)
      #expect(try root.strings("\(index)") == [text])
    }
  }

  @Test func listsOfStrings() throws {
    let root = try reread {
      try $0.setAttribute("several", ["a", "", "grüße"])
      try $0.setAttribute("none", [String]())
    }
    #expect(try root.strings("several") == ["a", "", "grüße"])
    #expect(try root.strings("none").isEmpty)
  }

  @Test func numbers() throws {
    let root = try reread {
      try $0.setAttribute("integer", Int32(-7))
      try $0.setAttribute("large", Int64.max)
      try $0.setAttribute("byte", UInt8.max)
      try $0.setAttribute("float", Float(0.1))
      try $0.setAttribute("double", 0.1)
      try $0.setAttribute("list", [1.5, -2.5])
      try $0.setAttribute("none", [Float]())
    }
    #expect(try root.integer("integer") == -7)
    #expect(try root.integer("large") == Int.max)
    #expect(try root.numbers("byte", as: UInt8.self) == [255])
    #expect(try root.number("float") == Double(Float(0.1)))
    #expect(try root.number("double") == 0.1)
    #expect(try root.numbers("list", as: Double.self) == [1.5, -2.5])
    #expect(try root.numbers("list", as: Int.self) == [1, -2])
    #expect(try root.numbers("none", as: Float.self).isEmpty)
    // An empty list is a list of anything, as Keras writes lists of names.
    #expect(try root.strings("none").isEmpty)
  }

  @Test func datasetsAndGroupsCarryThem() throws {
    let root = try reread {
      let dataset = try $0.createGroup("g").write("x", [1], shape: [1])
      try dataset.setAttribute("unit", "steps")
      try $0.group("g").setAttribute("b", 1)
      try $0.group("g").setAttribute("a", 2)
    }
    #expect(try root.dataset("g/x").string("unit") == "steps")
    #expect(try root.group("g").attributeNames() == ["a", "b"])
    #expect(try root.attributeNames().isEmpty)
    #expect(try root.group("g").hasAttribute("a"))
    #expect(!root.hasAttribute("a"))
  }

  @Test func aMissingOneIsNamedWithItsObject() throws {
    let root = try reread { try $0.createGroup("g") }
    #expect(
      message { _ = try root.group("g").string("layer_names") }
        == "\(path): there is no attribute '/g@layer_names'.")
    #expect(message { _ = try root.integer("n") } == "\(path): there is no attribute '/@n'.")
  }

  @Test func anotherTypeIsNamed() throws {
    let root = try reread {
      try $0.setAttribute("text", "abc")
      try $0.setAttribute("number", 1.5)
      try $0.setAttribute("byte", UInt8(1))
    }
    #expect(message { _ = try root.number("text") } == "\(path): '/@text' holds strings, expected numbers.")
    #expect(
      message { _ = try root.string("number") }
        == "\(path): '/@number' holds 64-bit floating-point numbers, expected strings.")
    #expect(
      message { _ = try root.strings("byte") } == "\(path): '/@byte' holds 8-bit unsigned integers, expected strings.")
  }

  @Test func oneValueIsNotSeveral() throws {
    let root = try reread {
      try $0.setAttribute("several", ["a", "b"])
      try $0.setAttribute("none", [Int]())
    }
    #expect(message { _ = try root.string("several") } == "\(path): '/@several' has 2 values, expected one value.")
    #expect(message { _ = try root.integer("none") } == "\(path): '/@none' has 0 values, expected one value.")
  }

  @Test func writingTwiceIsAnError() throws {
    let root = try HDF5File.create(path).root
    try root.setAttribute("a", 1)
    let text = message { try root.setAttribute("a", 2) }
    #expect(text?.hasPrefix("\(path): creating '/@a' failed; libhdf5 says: ") == true)
    #expect(text?.contains("already exists") == true)
    #expect(try root.integer("a") == 1)
  }

  @Test func aFileOpenedForReadingStaysAsItIs() throws {
    let root = try reread { try $0.setAttribute("a", 1) }
    let text = message { try root.setAttribute("b", 2) }
    #expect(text?.contains("'/@b' failed; libhdf5 says: ") == true)
    #expect(text?.contains("no write intent") == true)
    #expect(message { try root.createGroup("g") }?.contains("no write intent") == true)
  }

  /// Compact storage in an object's header ends at 64 KiB.
  @Test func aVeryLongListIsWrittenOrRefusedWithAReason() throws {
    let root = try HDF5File.create(path).root
    let text = message { try root.setAttribute("long", [Double](repeating: 1, count: 10_000)) }
    #expect(text?.hasPrefix("\(path): creating '/@long' failed; libhdf5 says: ") == true)
    #expect(text?.contains("too large") == true)
  }
}
