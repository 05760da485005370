import Foundation
import HDF5
import Testing

/// Files that h5py wrote; see Tests/Fixtures/hdf5/README.md.
@Suite struct ForeignFileTests {
  let path = fixture("foreign.h5")
  let root: HDF5Group

  init() throws { root = try HDF5File.open(path).root }

  @Test func kerasAttributes() throws {
    #expect(try root.string("backend") == "tensorflow")
    #expect(try root.string("keras_version") == "2.9.0")
    #expect(try root.strings("layer_names") == ["conv1d", "dropout", "dense_1"])
    #expect(try root.group("conv1d").strings("weight_names") == ["conv1d/kernel:0", "conv1d/bias:0"])
    // A layer without weights has an empty list of 64-bit numbers.
    #expect(try root.group("dropout").strings("weight_names").isEmpty)
    #expect(!(try root.group("dense_1").hasAttribute("weight_names")))
    #expect(try root.string("greeting") == "grüße, 世界")
  }

  @Test func otherAttributes() throws {
    #expect(try root.strings("nothing").isEmpty)
    #expect(try root.numbers("nothing", as: Float.self).isEmpty)
    #expect(try root.integer("flag") == 1)
    #expect(try root.numbers("big_endian", as: Int.self) == [1, -2, 3])
    #expect(try root.numbers("grid", as: Double.self) == [0, 0.5, 1, 1.5, 2, 2.5])
  }

  @Test func weights() throws {
    let kernel = try root.group("conv1d").dataset("conv1d/kernel:0")
    #expect(kernel.shape == [3, 2, 4])
    #expect(kernel.path == "/conv1d/conv1d/kernel:0")
    #expect(try kernel.read() == (0..<24).map { Float($0) / 8 })
    #expect(try root.dataset("conv1d/conv1d/bias:0").read() == [Float(0.5), -0.25, 1e-3, 70000])
  }

  @Test func numberTypes() throws {
    let numbers = try root.group("numbers")
    #expect(try numbers.dataset("float16").kind == .float(bytes: 2))
    #expect(try numbers.dataset("float16").read() == [Float(1.5), -2, 65504, .infinity])
    #expect(try numbers.dataset("big_endian").read() == [Float(1.5), -2, 3.25])
    #expect(try numbers.dataset("booleans").read(as: Int.self) == [1, 0, 1])
    #expect(try numbers.dataset("uint16").kind == .integer(bytes: 2, signed: false))
    #expect(try numbers.dataset("uint16").read(as: Int32.self) == [0, 65535])
    #expect(try numbers.dataset("uint64").read() == [UInt64.max])
    #expect(try numbers.dataset("scalar").read() == [2.5])
    #expect(try numbers.dataset("scalar").shape.isEmpty)
    #expect(try numbers.dataset("fortran").read(as: Int.self) == [0, 1, 2, 3, 4, 5])
    #expect(try numbers.dataset("unwritten").read(as: Float.self) == [7, 7, 7, 7])
  }

  @Test func emptyDatasets() throws {
    #expect(try root.dataset("numbers/empty").shape == [0, 3])
    #expect(try root.dataset("numbers/empty").read(as: Float.self).isEmpty)
    #expect(try root.dataset("numbers/nothing").shape == [0])
    #expect(try root.dataset("numbers/nothing").read(as: Float.self).isEmpty)
  }

  @Test func filteredDatasets() throws {
    let dataset = try root.dataset("numbers/filtered")
    let values: [Double] = try dataset.read()
    #expect(dataset.shape == [100, 10])
    #expect(values.indices.allSatisfy { abs(values[$0] - sin(Double($0))) < 1e-15 })
    #expect(try dataset.read(offset: [17, 3], count: [1, 2]) == Array(values[173..<175]))
  }

  @Test func strings() throws {
    let strings = try root.group("strings")
    #expect(try strings.dataset("variable").readStrings() == ["a", "", "grüße"])
    #expect(try strings.dataset("fixed").readStrings() == ["one", "three", ""])
    #expect(try strings.dataset("table").readStrings() == ["a", "b", "c", "d"])
    #expect(try strings.dataset("table").shape == [2, 2])
    #expect(try strings.dataset("scalar").readStrings() == ["alone"])
    // Padding with spaces leaves no way to tell a space at the end.
    #expect(try strings.dataset("spaces").readStrings() == ["ab", "a"])
    #expect(try strings.dataset("terminated").readStrings() == ["ab ", "a"])
  }

  @Test func stringsThatWereWrittenAreRead() throws {
    let folder = try TemporaryFolder()
    let written = ["", "a", "grüße, 世界", String(repeating: "long ", count: 5000)]
    let root = try HDF5File.create(folder.file("strings.h5")).root
    try root.write("x", strings: written)
    try root.write("none", strings: [])
    #expect(try root.dataset("x").readStrings() == written)
    #expect(try root.dataset("none").readStrings().isEmpty)
  }

  @Test(arguments: ["compound", "opaque", "references"]) func otherKindsOfValuesAreNamed(name: String) throws {
    let dataset = try root.dataset("other/" + name)
    #expect(dataset.kind == .other)
    let found = "\(path): '/other/\(name)' holds values that are neither numbers nor strings, expected "
    #expect(message { _ = try dataset.read(as: Float.self) } == found + "numbers.")
    #expect(message { _ = try dataset.read(as: Float.self, offset: [0], count: [1]) } == found + "numbers.")
    #expect(message { _ = try dataset.readStrings() } == found + "strings.")
  }

  @Test func linksAreFollowed() throws {
    #expect(try root.dataset("other/link").read() == [2.5])
    #expect(!root.contains("other/nowhere"))
    #expect(!root.contains("other/outside"))
    #expect(message { _ = try root.dataset("other/nowhere") } == "\(path): there is no dataset '/other/nowhere'.")
    #expect(message { _ = try root.dataset("other/outside") } == "\(path): there is no dataset '/other/outside'.")
    #expect(try root.kind(of: "other/type") == .other)
    #expect(try root.group("other").childNames().contains("nowhere"))
  }

  @Test func aFileInMemoryIsTheSame() throws {
    let copy = try HDF5File.open(bytes: bytes(of: path), name: "in memory").root
    #expect(try copy.childNames() == root.childNames())
    #expect(try copy.dataset("numbers/filtered").read(as: Double.self) == root.dataset("numbers/filtered").read())
    #expect(message { _ = try copy.dataset("x") } == "in memory: there is no dataset '/x'.")
  }
}
