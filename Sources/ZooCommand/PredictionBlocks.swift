import Diffusion
import Foundation
import ModelZoo

/// A file with trajectories as numbered blocks, each of which can be read alone.
struct PredictionBlocks: Sendable {
  private enum Block: Sendable {
    /// Rows of a group of an HDF5 file.
    case rows(TrajectoryHDF5, Range<Int>)
    /// Bytes of an AnDi text, in which lines start.
    case bytes(Range<Int>)
  }
  private let path: String
  private let blocks: [Block]
  /// What ranks compare: they must see the same.
  let title: String

  var count: Int { blocks.count }

  /// Trajectories and bytes in a block, at most; of small files each rank is to get several.
  private static let mostRows = 2048
  private static let mostBytes = 8 << 20
  private static let blocksForRank = 8

  /// - Throws: `FormatError` or `HDF5Error` where the file can't be read, or holds no trajectories of the task.
  init(_ path: String, task: ChallengeTask, ranks: Int) throws {
    self.path = path
    guard TrajectoryFile.isHDF5(path) else {
      let size = try Self.size(of: path)
      let step = max(1 << 16, min(Self.mostBytes, size / (Self.blocksForRank * ranks)))
      blocks = stride(from: 0, to: size, by: step).map { .bytes($0..<min(size, $0 + step)) }
      title = "\(path): \(size) bytes"
      return
    }
    var sources: [TrajectoryHDF5] = [], absence: FormatError?
    for dimension in 1...3 {
      do {
        sources.append(try TrajectoryHDF5(path: path, task: task, dimension: dimension, needsLabels: false))
      } catch let error as FormatError {
        guard case .absent = error else { throw error }
        absence = error
      }
    }
    if sources.isEmpty, let absence { throw absence }
    let all = sources.reduce(0) { $0 + $1.count }
    let step = max(64, min(Self.mostRows, all / (Self.blocksForRank * ranks)))
    blocks = sources.flatMap { source in
      stride(from: 0, to: source.count, by: step).map { .rows(source, $0..<min(source.count, $0 + step)) }
    }
    title = "\(path): " + sources.map { "\($0.count) in \($0.dimension)D" }.joined(separator: ", ")
  }

  private static func size(of path: String) throws -> Int {
    // Opening it says why, where it can't be read.
    _ = try AnDiText.TrajectoryReader(path)
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
    guard let size, size > 0 else { throw FormatError.empty(file: path) }
    return size
  }

  /// The trajectories of a block, in their order.
  func trajectories(_ number: Int) throws -> [Trajectory] {
    switch blocks[number] {
    case .rows(let source, let range): return try source.trajectories(range).map(\.trajectory)
    case .bytes(let range):
      let reader = try AnDiText.TrajectoryReader(path, bytes: range)
      var result: [Trajectory] = []
      while let trajectory = try reader.next() { result.append(trajectory) }
      return result
    }
  }

  /// An error about a block as one about the file, in which so many trajectories come before.
  static func numbered(_ error: any Error, after count: Int) -> any Error {
    switch error {
    case let error as CharacterizerError: error.numbered { count + $0 }
    case FormatError.line(let file, let number, let expected, let found):
      FormatError.line(file: file, number: count + number, expected: expected, found: found)
    default: error
    }
  }
}
