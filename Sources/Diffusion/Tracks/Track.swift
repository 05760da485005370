/// One particle as a tracking program saw it: positions at some of the frames.
public struct Track: Sendable, Equatable {
  /// As the file writes it.
  public let id: String
  /// 1, 2 or 3.
  public let dimension: Int
  /// Numbers of the frames that have a position, increasing.
  public let frames: [Int]
  /// All x, then all y, then all z, in the file's unit; finite.
  public let positions: [Double]
  /// Points of the file that had no finite position and are missing here.
  public var lostPoints = 0
  /// Whether the file had the points in another order than that of time.
  public var wasUnordered = false

  /// - Parameters:
  ///   - frames: increasing, at least one.
  ///   - positions: `dimension` times as many finite numbers, component by component.
  init(id: String, dimension: Int, frames: [Int], positions: [Double]) {
    self.id = id
    self.dimension = dimension
    self.frames = frames
    self.positions = positions
  }

  /// A track without gaps, from frame 0.
  init(id: String, trajectory: Trajectory) {
    self.init(
      id: id, dimension: trajectory.dimension, frames: Array(0..<trajectory.count), positions: trajectory.positions)
  }

  /// Number of points.
  public var count: Int { frames.count }

  /// Frames between the first and the last that have no position.
  public var missingFrames: Int { frames.isEmpty ? 0 : frames[count - 1] - frames[0] + 1 - count }
}

/// Why a track of a file can't be characterised; the others can.
public enum TrackProblem: Error, Sendable, Equatable, CustomStringConvertible {
  /// Two positions in one frame; lines are 0 where the format has none.
  case duplicateFrame(frame: Int, lines: [Int])
  /// Not one finite position.
  case noPosition(points: Int)
  /// A time that is no multiple of the time step away from the one before.
  case irregularTime(line: Int, difference: Double, step: Double)
  /// More points than are held in memory at a time.
  case tooManyPoints(most: Int)
  /// Frame numbers that are too large to be told apart.
  case frameNumber(Double)

  /// One word for tables.
  public var flag: String {
    switch self {
    case .duplicateFrame: "duplicate_frames"
    case .noPosition: "no_position"
    case .irregularTime: "irregular_times"
    case .tooManyPoints: "too_long"
    case .frameNumber: "frame_number"
    }
  }

  /// The reason, as the end of a sentence that names the track.
  public var description: String {
    switch self {
    case .duplicateFrame(let frame, let lines):
      "two positions in frame \(frame)"
        + (lines.contains(0) ? "" : " (lines \(lines.map(String.init).joined(separator: " and ")))")
        + ", as where tracks split or merge"
    case .noPosition(let points): "none of \(points) points has a finite position"
    case .irregularTime(let line, let difference, let step):
      "line \(line) comes \(difference) after the point before, which is no multiple of the time step \(step); "
        + "--frame-interval sets the step"
    case .tooManyPoints(let most): "more than \(most) points"
    case .frameNumber(let number): "the frame number \(number) is too large"
    }
  }
}

/// What a reader finds where a track should be.
public enum TrackEntry: Sendable, Equatable {
  /// A track that can be cut into trajectories.
  case track(Track)
  /// A track that can't, and why.
  case problem(id: String, points: Int, TrackProblem)
}
