import Diffusion
import Foundation
import Testing

/// What becomes of gaps.
@Suite struct TrackPiecesTests {
  /// A track of x = frame squared, y = -frame.
  static func track(_ frames: [Int]) throws -> Track {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "tracks.csv", "track,frame,x,y\n" + frames.map { "a,\($0),\(Double($0) * Double($0)),\(-$0)\n" }.joined())
    return try TrackFormatTests.tracks(TrackFile.open(path))[0]
  }

  @Test func aWholeTrackIsOnePiece() throws {
    for policy in GapPolicy.allCases {
      let pieces = try #require(try Self.track([4, 5, 6]).pieces(policy, longest: 2))
      #expect(pieces.map(\.firstFrame) == [4] && pieces[0].trajectory.positions == [16, 25, 36, -4, -5, -6])
    }
  }

  @Test func splitCutsAtEveryGap() throws {
    let pieces = try #require(try Self.track([0, 1, 3, 4, 5, 9]).pieces(.split, longest: 1000))
    #expect(pieces.map(\.number) == [1, 2, 3] && pieces.map(\.firstFrame) == [0, 3, 9])
    #expect(pieces.map(\.trajectory.positions) == [[0, 1, 0, -1], [9, 16, 25, -3, -4, -5], [81, -9]])
  }

  @Test func interpolationIsAStraightLine() throws {
    let track = try Self.track([0, 1, 3, 4, 7])
    #expect(track.missingFrames == 3)
    let pieces = try #require(track.pieces(.interpolate, longest: 8))
    #expect(pieces.count == 1 && pieces[0].trajectory.component(0).elementsEqual([0, 1, 5, 9, 16, 27, 38, 49]))
    #expect(pieces[0].trajectory.component(1).elementsEqual([0, -1, -2, -3, -4, -5, -6, -7]))
    #expect(track.pieces(.interpolate, longest: 7) == nil)
    // A gap of nearly all numbers must not be filled in, nor overflow.
    #expect(try Self.track([0, 1, 900_000_000_000_000]).pieces(.interpolate, longest: 1_000_000) == nil)
  }

  @Test func refusalLeavesTheTrackOut() throws {
    #expect(try Self.track([0, 1, 3]).pieces(.refuse, longest: 100) == nil)
  }
}
