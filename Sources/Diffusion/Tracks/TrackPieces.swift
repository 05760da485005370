/// What becomes of a track that lacks frames.
public enum GapPolicy: String, Sendable, CaseIterable {
  /// It is cut at its gaps; each piece is a trajectory of its own.
  case split
  /// Missing positions are filled in on the straight line between their neighbours.
  case interpolate
  /// It is left out and said to be.
  case refuse
}

/// Positions of a track at consecutive frames.
public struct TrackPiece: Sendable, Equatable {
  /// 1, 2, ... within the track.
  public let number: Int
  /// Number of its first frame.
  public let firstFrame: Int
  /// Its positions.
  public let trajectory: Trajectory
}

extension Track {
  /// The trajectories that a track consists of.
  /// - Parameters:
  ///   - gaps: what becomes of a track that lacks frames.
  ///   - longest: points that interpolation may make; a longer track is not filled in.
  /// - Returns: nil where the policy leaves the track out, or where it would become longer than `longest`.
  public func pieces(_ gaps: GapPolicy, longest: Int) -> [TrackPiece]? {
    if missingFrames == 0 {
      return [TrackPiece(number: 1, firstFrame: frames[0], trajectory: Trajectory(unchecked: dimension, positions))]
    }
    switch gaps {
    case .refuse: return nil
    case .split: return split()
    case .interpolate: return count + missingFrames <= longest ? [interpolated()] : nil
    }
  }

  private func split() -> [TrackPiece] {
    var pieces: [TrackPiece] = [], start = 0
    for end in 1...count where end == count || frames[end] != frames[end - 1] + 1 {
      let part = (0..<dimension).flatMap { positions[$0 * count + start..<$0 * count + end] }
      pieces.append(
        TrackPiece(
          number: pieces.count + 1, firstFrame: frames[start], trajectory: Trajectory(unchecked: dimension, part)))
      start = end
    }
    return pieces
  }

  private func interpolated() -> TrackPiece {
    let length = count + missingFrames
    var filled = [Double](repeating: 0, count: dimension * length)
    for axis in 0..<dimension {
      for point in 0..<count {
        let place = axis * length + frames[point] - frames[0], value = positions[axis * count + point]
        filled[place] = value
        guard point > 0 else { continue }
        let step = frames[point] - frames[point - 1], before = positions[axis * count + point - 1]
        for k in 1..<max(1, step) {
          let share = Double(k) / Double(step)
          // Not a difference of positions, which could overflow.
          filled[place - step + k] = before * (1 - share) + value * share
        }
      }
    }
    return TrackPiece(number: 1, firstFrame: frames[0], trajectory: Trajectory(unchecked: dimension, filled))
  }
}

extension Trajectory {
  /// Whether all positions are the same.
  public var isImmobile: Bool {
    (0..<dimension).allSatisfy { axis in
      let positions = component(axis)
      return positions.allSatisfy { $0 == positions[positions.startIndex] }
    }
  }
}
