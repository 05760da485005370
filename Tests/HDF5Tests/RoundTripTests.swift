import Foundation
import HDF5
import Testing

/// What was written is what is read, for every type of number and every layout.
@Suite struct RoundTripTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes values, closes the file and reads them back from disk.
  private func roundTrip<Element: HDF5Element>(
    _ values: [Element], shape: [Int], options: DatasetOptions = .contiguous
  ) throws -> (values: [Element], shape: [Int], kind: HDF5Kind) {
    let path = folder.file("\(UUID().uuidString).h5")
    try HDF5File.create(path).root.write("x", values, shape: shape, options: options)
    let dataset = try HDF5File.open(path).root.dataset("x")
    return (try dataset.read(), dataset.shape, dataset.kind)
  }

  private func expectRoundTrip<Element: HDF5Element & FixedWidthInteger>(_ type: Element.Type, kind: HDF5Kind) throws {
    let values: [Element] = [.min, .max, 0, 1, 100, .max / 3]
    let result = try roundTrip(values, shape: [2, 3])
    #expect(result.values == values)
    #expect(result.shape == [2, 3])
    #expect(result.kind == kind)
  }

  @Test func integersKeepTheirExtremes() throws {
    try expectRoundTrip(Int8.self, kind: .integer(bytes: 1, signed: true))
    try expectRoundTrip(UInt8.self, kind: .integer(bytes: 1, signed: false))
    try expectRoundTrip(Int32.self, kind: .integer(bytes: 4, signed: true))
    try expectRoundTrip(Int64.self, kind: .integer(bytes: 8, signed: true))
    try expectRoundTrip(UInt64.self, kind: .integer(bytes: 8, signed: false))
    try expectRoundTrip(Int.self, kind: .integer(bytes: 8, signed: true))
  }

  @Test func floatingPointNumbersKeepTheirBits() throws {
    let floats: [Float] = [0, -0.0, 1.5, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity, .nan]
    let single = try roundTrip(floats, shape: [8])
    #expect(single.values.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(single.kind == .float(bytes: 4))
    let doubles: [Double] = [0, -0.0, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -.infinity, .nan]
    let double = try roundTrip(doubles, shape: [7])
    #expect(double.values.map(\.bitPattern) == doubles.map(\.bitPattern))
    #expect(double.kind == .float(bytes: 8))
  }

  @Test func halfPrecisionRoundsToTheNearestSixteenBitNumber() throws {
    let values: [Float] = [0, 1.5, -2, 65504, 70000, 1 / 3, 1 + 0x1.8p-11, 1 + 0x0.8p-11, 0x1p-24, 1e-9, .infinity]
    let result = try roundTrip(values, shape: [values.count], options: DatasetOptions(isHalfPrecision: true))
    #expect(result.kind == .float(bytes: 2))
    #expect(result.values == [0, 1.5, -2, 65504, .infinity, 0x1.554p-2, 1 + 0x1p-10, 1, 0x1p-24, 0, .infinity])
    let nan = try roundTrip([Float.nan], shape: [1], options: DatasetOptions(isHalfPrecision: true))
    #expect(nan.values[0].isNaN)
  }

  @Test func halfPrecisionTakesTwoBytesANumber() throws {
    let path = folder.file("half.h5")
    let values = [Float](repeating: 0.1, count: 10_000)
    try HDF5File.create(path).root.write("x", values, shape: [10_000], options: DatasetOptions(isHalfPrecision: true))
    let size = try bytes(of: path).count
    #expect(size > 20_000 && size < 24_000, "\(size) bytes")
  }

  @Test func aScalarHasNoExtents() throws {
    let result = try roundTrip([Float(2.5)], shape: [])
    #expect(result.values == [2.5])
    #expect(result.shape.isEmpty)
    // Filters can't apply to it, but asking for them is no mistake.
    #expect(try roundTrip([7], shape: [], options: .compressed).values == [7])
  }

  @Test(arguments: [[0], [0, 3], [3, 0, 2]]) func emptyDatasetsKeepTheirShape(shape: [Int]) throws {
    #expect(try roundTrip([Float](), shape: shape).shape == shape)
    let compressed = try roundTrip([Int32](), shape: shape, options: .compressed)
    #expect(compressed.shape == shape)
    #expect(compressed.values.isEmpty)
  }

  static let layouts: [DatasetOptions] = [
    .contiguous, .compressed, DatasetOptions(chunk: [7, 5, 2]), DatasetOptions(chunk: [1, 1, 1], gzip: 9),
    DatasetOptions(gzip: 1), DatasetOptions(shuffle: true), DatasetOptions(fletcher32: true),
    DatasetOptions(chunk: [20, 10, 3], gzip: 0, shuffle: true, fletcher32: true),
  ]

  @Test(arguments: layouts) func everyLayoutHoldsTheSameNumbers(options: DatasetOptions) throws {
    var random = SeededGenerator(seed: 1)
    let values = (0..<20 * 10 * 3).map { _ in Float.random(in: -1...1, using: &random) }
    let result = try roundTrip(values, shape: [20, 10, 3], options: options)
    #expect(result.values == values)
    #expect(result.shape == [20, 10, 3])
  }

  @Test func compressionMakesRepetitiveDataSmall() throws {
    let values = (0..<100_000).map { Int32($0 % 17) }
    func size(_ options: DatasetOptions) throws -> Int {
      let path = folder.file("\(UUID().uuidString).h5")
      try HDF5File.create(path).root.write("x", values, shape: [1000, 100], options: options)
      return try bytes(of: path).count
    }
    let plain = try size(.contiguous)
    #expect(plain >= 400_000)
    #expect(try size(.compressed) < plain / 20)
  }

  @Test func anotherTypeThanTheStoredOneIsConverted() throws {
    let path = folder.file("converted.h5")
    do {
      let root = try HDF5File.create(path).root
      try root.write("floats", [Float(1.75), -2.25, 1e10], shape: [3])
      try root.write("integers", [Int64(3), -4, 1000], shape: [3])
    }
    let root = try HDF5File.open(path).root
    #expect(try root.dataset("floats").read(as: Double.self) == [1.75, -2.25, 1e10])
    #expect(try root.dataset("floats").read(as: Int32.self) == [1, -2, .max])
    #expect(try root.dataset("integers").read(as: Float.self) == [3, -4, 1000])
    #expect(try root.dataset("integers").read(as: UInt8.self) == [3, 0, 255])
  }

  @Test func theSameContentGivesTheSameBytes() throws {
    func write(_ name: String) throws -> [UInt8] {
      let path = folder.file(name)
      do {
        let file = try HDF5File.create(path)
        let root = try file.root
        try root.setAttribute("format", "x")
        try root.createGroup("a").write("b", (0..<5000).map(Float.init), shape: [5000], options: .compressed)
        try root.write("names", strings: ["one", "two"])
      }
      return try bytes(of: path)
    }
    let first = try write("first.h5")
    // libhdf5 stamps times in whole seconds.
    Thread.sleep(forTimeInterval: 1.1)
    #expect(try write("second.h5") == first)
  }
}
