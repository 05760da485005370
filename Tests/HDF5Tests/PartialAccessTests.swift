import Foundation
import HDF5
import Testing

/// Boxes inside datasets, and datasets that grow.
@Suite struct PartialAccessTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("partial.h5")
  }

  static let layouts = [DatasetOptions.contiguous, DatasetOptions(chunk: [3, 4], gzip: 2, shuffle: true)]

  @Test(arguments: layouts) func boxesAreCutOut(options: DatasetOptions) throws {
    let rows = 11, columns = 9
    let values = (0..<rows * columns).map(Int32.init)
    try HDF5File.create(path).root.write("x", values, shape: [rows, columns], options: options)
    let dataset = try HDF5File.open(path).root.dataset("x")
    var random = SeededGenerator(seed: 2)
    for _ in 0..<50 {
      let row = Int.random(in: 0..<rows, using: &random), column = Int.random(in: 0..<columns, using: &random)
      let height = Int.random(in: 0...rows - row, using: &random)
      let width = Int.random(in: 0...columns - column, using: &random)
      let box: [Int32] = try dataset.read(offset: [row, column], count: [height, width])
      let expected = (row..<row + height).flatMap { r in (column..<column + width).map { values[r * columns + $0] } }
      #expect(box == expected, "at \(row), \(column) of \(height) x \(width)")
    }
  }

  @Test(arguments: layouts) func boxesAreFilledIn(options: DatasetOptions) throws {
    var expected = [Float](repeating: 0, count: 7 * 6)
    do {
      let dataset = try HDF5File.create(path).root.createDataset("x", of: Float.self, shape: [7, 6], options: options)
      var random = SeededGenerator(seed: 3)
      for step in 1...20 {
        let row = Int.random(in: 0..<7, using: &random), column = Int.random(in: 0..<6, using: &random)
        let height = Int.random(in: 1...7 - row, using: &random), width = Int.random(in: 1...6 - column, using: &random)
        let values = (0..<height * width).map { Float(step * 100 + $0) }
        try dataset.write(values, offset: [row, column], count: [height, width])
        for index in values.indices { expected[(row + index / width) * 6 + column + index % width] = values[index] }
      }
    }
    #expect(try HDF5File.open(path).root.dataset("x").read() == expected)
  }

  /// A child process inherits descriptors, and with them what locks they hold.
  @Test func aFileThatAChildHoldsIsRead() throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sleep")
    child.arguments = ["30"]
    do {
      let file = try HDF5File.create(path)
      try file.root.createDataset("x", of: Int.self, shape: [1]).write([7])
      try file.flush()
      try child.run()
    }
    defer { child.terminate() }
    #expect(try HDF5File.open(path).root.dataset("x").read() == [7])
  }

  @Test func whatWasNotWrittenIsZero() throws {
    let dataset = try HDF5File.create(path).root.createDataset("x", of: Int.self, shape: [5])
    try dataset.write([7], offset: [2], count: [1])
    #expect(try dataset.read(as: Int.self) == [0, 0, 7, 0, 0])
  }

  @Test func aDatasetGrowsAlongItsFirstAxis() throws {
    do {
      let dataset = try HDF5File.create(path).root.createDataset(
        "x", of: Float.self, shape: [0, 3], options: .compressed, isExtendible: true)
      for row in 0..<100 {
        try dataset.extend(to: [row + 1, 3])
        try dataset.write((0..<3).map { Float(row * 3 + $0) }, offset: [row, 0], count: [1, 3])
      }
      #expect(dataset.shape == [100, 3])
    }
    let dataset = try HDF5File.open(path).root.dataset("x")
    #expect(dataset.shape == [100, 3])
    #expect(try dataset.read() == (0..<300).map(Float.init))
  }

  @Test func aDatasetShrinks() throws {
    let dataset = try HDF5File.create(path).root.createDataset("x", of: Int.self, shape: [6], isExtendible: true)
    try dataset.write([1, 2, 3, 4, 5, 6])
    try dataset.extend(to: [2])
    #expect(try dataset.read(as: Int.self) == [1, 2])
    try dataset.extend(to: [4])
    #expect(try dataset.read(as: Int.self) == [1, 2, 0, 0])
  }

  @Test(arguments: [[4, 4], [4], [-1, 3], [], [2, 3, 1]]) func onlyTheFirstAxisGrows(shape: [Int]) throws {
    let dataset = try HDF5File.create(path).root.createDataset("x", of: Int.self, shape: [2, 3], isExtendible: true)
    let text = message { try dataset.extend(to: shape) }
    #expect(text?.hasPrefix("\(path): ") == true && text?.contains("'/x'") == true)
    #expect(dataset.shape == [2, 3])
    #expect(try dataset.read(as: Int.self) == [Int](repeating: 0, count: 6))
  }

  @Test func aFixedDatasetDoesNotGrow() throws {
    let dataset = try HDF5File.create(path).root.write("x", [1, 2], shape: [2])
    #expect(
      message { try dataset.extend(to: [3]) }?.hasPrefix("\(path): extending '/x' failed; libhdf5 says: ") == true)
    #expect(dataset.shape == [2])
  }

  @Test(arguments: [
    ([0, 0], [3, 3]), ([2, 0], [1, 1]), ([-1, 0], [1, 1]), ([0, 0], [-1, 1]), ([0, Int.max], [1, 1]),
  ])
  func aBoxLiesInside(offset: [Int], count: [Int]) throws {
    let dataset = try HDF5File.create(path).root.write("x", [1, 2, 3, 4], shape: [2, 2])
    let expected = "\(path): '/x' has a box at \(offset) of \(count), expected a box inside [2, 2]."
    #expect(message { _ = try dataset.read(as: Int.self, offset: offset, count: count) } == expected)
  }

  @Test func aBoxHasTheAxesOfItsDataset() throws {
    let root = try HDF5File.create(path).root
    let dataset = try root.write("x", [1, 2, 3, 4], shape: [2, 2])
    #expect(
      message { _ = try dataset.read(as: Int.self, offset: [0], count: [1]) }
        == "\(path): '/x' has 2 axes, expected those of a box at [0] of [1].")
    #expect(
      message { _ = try dataset.read(as: Int.self, offset: [0, 0], count: [1]) }
        == "\(path): '/x' has 2 axes, expected those of a box at [0, 0] of [1].")
    let scalar = try root.write("y", [1], shape: [])
    #expect(
      message { _ = try scalar.read(as: Int.self, offset: [], count: []) }
        == "\(path): '/y' has no axes, expected one or more for a box.")
  }

  @Test func asManyValuesAsPlaces() throws {
    let root = try HDF5File.create(path).root
    let dataset = try root.createDataset("x", of: Int.self, shape: [2, 2])
    #expect(message { try dataset.write([1, 2, 3]) } == "\(path): '/x' has shape [2, 2], expected 3 values.")
    #expect(
      message { try dataset.write([1, 2, 3], offset: [0, 0], count: [1, 2]) }
        == "\(path): '/x' has a box of [1, 2], expected 3 values.")
    #expect(message { try root.write("y", [1], shape: [2]) } == "\(path): '/y' has shape [2], expected 1 values.")
  }
}
