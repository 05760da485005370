import Foundation
import HDF5
import LayerGraph
import ModelZoo
import Testing

/// The safetensors reader believes nothing, and reads what PyTorch wrote.
@Suite struct SafetensorsTests {
  private static func file(_ header: String, numbers: Int = 0) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
      + [UInt8](repeating: 0, count: numbers)
  }

  @Test func aFileOfPyTorchHasTheTensorsOfItsTwin() throws {
    let found = try ForeignFile(contentsOf: ForeignFixture.path("wadnet-small-2d.safetensors"))
    #expect(found.format == .safetensors)
    let twin = ForeignFixture.path("../parity/wadnet-small-2d.h5")
    let group = try HDF5File.open(twin).root.group("state_dict")
    #expect(Set(found.tensors.names) == Set(try group.childNames()))
    for name in found.tensors.names {
      let expected = try ForeignFixture.tensor(group, name)
      #expect(found.tensors[name] == expected, "\(name)")
    }
  }

  @Test(
    arguments: [
      ([], "0 bytes"),
      (Array("abcdefgh{".utf8), "its header claims"),
      (file("{"), "JSON"),
      (file("[1]"), "JSON"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1]}}"), "JSON"),
      (file("{\"a\": {\"dtype\": \"F33\", \"shape\": [1], \"data_offsets\": [0, 4]}}", numbers: 4), "'F33'"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}", numbers: 4), "shape [2]"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}", numbers: 4), "shape [-1]"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}"), "0 bytes of numbers"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 0]}}", numbers: 4), "lies at [4, 0]"),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [-4, 0]}}", numbers: 4), "lies at"),
      (
        file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 9223372036854775807]}}", numbers: 4),
        "lies at"
      ),
      (
        file(
          "{\"a\": {\"dtype\": \"F32\", \"shape\": [4611686018427387904, 4], \"data_offsets\": [0, 0]}}"), "shape"
      ),
      (
        file(
          "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, "
            + "\"b\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [4, 12]}}", numbers: 12), "overlap"
      ),
      (
        file(
          "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}, "
            + "\"b\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [8, 12]}}", numbers: 12),
        "belong to no tensor"
      ),
      (file("{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}", numbers: 9), "at its end"),
    ] as [([UInt8], String)])
  func whatIsWrongIsSaid(bytes: [UInt8], part: String) throws {
    let error = #expect(throws: ForeignError.self) { try Safetensors.read(bytes, path: "x.safetensors") }
    let text = "\(try #require(error))"
    #expect(text.contains("x.safetensors") && text.contains(part), "\(text)")
  }

  @Test func numbersOfEveryTypeAreRead() throws {
    func one(_ type: String, _ bytes: [UInt8]) throws -> Float? {
      let header = "{\"a\": {\"dtype\": \"\(type)\", \"shape\": [], \"data_offsets\": [0, \(bytes.count)]}}"
      return try Safetensors.read(Self.file(header) + bytes, path: "x").tensors["a"]?.values.first
    }
    #expect(try one("F16", [0x00, 0x3E]) == 1.5)
    #expect(try one("F16", [0x01, 0x00]) == 0x1p-24)
    #expect(try one("F16", [0x00, 0xFC]) == -.infinity)
    #expect(try one("BF16", [0xC0, 0x3F]) == 1.5)
    #expect(try one("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F]) == 1.5)
    #expect(try one("I64", [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) == -2)
    #expect(try one("U8", [200]) == 200)
  }

  @Test func whatIsWrittenIsReadBack() throws {
    var tensors = Parameters()
    tensors["b"] = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, -6.5])
    tensors["count"] = Tensor(shape: [], values: [17])
    tensors["a.weight"] = Tensor(shape: [0], values: [])
    let bytes = try Safetensors.bytes(of: tensors, integers: ["count"], texts: ["format": "pt"])
    let (found, texts) = try Safetensors.read(bytes, path: "x")
    #expect(texts == ["format": "pt"] && Set(found.names) == ["a.weight", "b", "count"])
    for name in tensors.names { #expect(found[name] == tensors[name]) }
  }

  /// Cut short, or with a few bytes changed: an error, or the same names and shapes with other numbers.
  @Test(arguments: 0..<80) func damagedFilesAreErrors(seed: Int) throws {
    var bytes = try ForeignFixture.bytes("wadnet-small-2d.safetensors")
    let whole = try Safetensors.read(bytes, path: "x").tensors
    var damage = ForeignFixture.Damage(seed)
    if seed % 2 == 0 {
      bytes = Array(bytes.prefix(damage.place(bytes.count)))
      #expect(throws: ForeignError.self) { try Safetensors.read(bytes, path: "x") }
      return
    }
    // Every other one in the header, which is a small part of the file.
    for _ in 0..<1 + damage.place(4) {
      bytes[damage.place(seed % 4 == 1 ? 4000 : bytes.count)] ^= UInt8(1 + damage.place(255))
    }
    guard let found = try? Safetensors.read(bytes, path: "x").tensors else { return }
    #expect(found.names.allSatisfy { found[$0]!.values.count == found[$0]!.shape.reduce(1, *) })
    #expect(found.names.count == whole.names.count)
  }
}
