/// Trajectories of `zoo generate`'s HDF5 files as tracks, named `task1/dim2/0`, `task1/dim2/1`, ... as in the file.
final class HDF5Tracks: TrackReader {
  let format = "Zoo HDF5"
  let units = TrackUnits()
  private var sources: [TrajectoryHDF5] = []
  private var place = 0
  private var block: [LabelledTrajectory] = []
  private var blockStart = 0
  private static let blockSize = 256

  /// - Throws: `FormatError` or `HDF5Error` where the file is of another kind or contradicts itself.
  init(_ path: String) throws {
    var absence: FormatError?
    for task in ChallengeTask.allCases {
      for dimension in 1...3 {
        do {
          sources.append(try TrajectoryHDF5(path: path, task: task, dimension: dimension, needsLabels: false))
        } catch let error as FormatError {
          guard case .absent = error else { throw error }
          absence = error
        }
      }
    }
    if sources.isEmpty, let absence { throw absence }
    sources.reverse()
  }

  func next() throws -> TrackEntry? {
    while let source = sources.last {
      if place < source.count {
        if place >= blockStart + block.count {
          blockStart = place
          block = try source.trajectories(place..<min(source.count, place + Self.blockSize))
        }
        let name = "\(TrajectoryHDF5.groupName(task: source.task, dimension: source.dimension))/\(place)"
        let trajectory = block[place - blockStart].trajectory
        place += 1
        return .track(Track(id: name, trajectory: trajectory))
      }
      sources.removeLast()
      (place, blockStart, block) = (0, 0, [])
    }
    return nil
  }
}
