import Diffusion
import Foundation
import Testing

/// Two tracks, as each tracking program writes them, are found again.
@Suite struct TrackFormatTests {
  /// What Tests/Fixtures/tracks/make.py made.
  struct Expected: Decodable {
    let frames: [Int]
    let x, y, z: [Double]

    static let all: [String: Expected] = {
      let data = FileManager.default.contents(atPath: Fixtures.tracks + "/expected.json") ?? Data()
      return (try? JSONDecoder().decode([String: Expected].self, from: data)) ?? [:]
    }()
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let file: String
    let format: String
    var ids = ["0", "7"]
    var dimension = 2
    var units = TrackUnits()
    var notes: [String] = []
    var options = TrackOptions()
    /// Whether the format closes gaps, for it has no frames.
    var closesGaps = false

    var testDescription: String { file }
  }

  static let flat = "The z coordinate is 0.0 everywhere: the tracks are taken as two-dimensional."
  static let alone = "1 spot belongs to no track."
  static let physical = TrackUnits(micrometres: 1, seconds: 0.05)

  static let cases = [
    Case(file: "andi2020.txt", format: "AnDi 2020 text", ids: ["1", "2"], closesGaps: true),
    Case(file: "andi2.csv", format: "AnDi 2", ids: ["0.0", "7.0"]),
    Case(file: "andi2_3d.csv", format: "AnDi 2", ids: ["0.0", "7.0"], dimension: 3),
    Case(file: "trackmate_spots.csv", format: "TrackMate spots table", units: physical, notes: [flat, alone]),
    Case(file: "trackmate_3rows.csv", format: "TrackMate spots table", dimension: 3, units: physical, notes: [alone]),
    Case(file: "trackmate_old.csv", format: "TrackMate spots table", dimension: 3, notes: [alone]),
    Case(
      file: "trackmate_batch_utf8.csv", format: "TrackMate spots table", dimension: 3, units: physical, notes: [alone]),
    Case(
      file: "trackmate_batch_latin1.csv", format: "TrackMate spots table", dimension: 3, units: physical,
      notes: [alone]),
    Case(
      file: "trackmate_tracks.xml", format: "TrackMate tracks XML", ids: ["1", "2"], units: physical, notes: [flat]),
    Case(
      file: "trackmate_session.xml", format: "TrackMate session XML", dimension: 3, units: physical,
      notes: [alone, "TrackMate's filters hide 1 of the tracks, with 2 spots: they are left out."]),
    Case(file: "trackpy.csv", format: "trackpy"),
    Case(file: "deepspt.csv", format: "trackpy", dimension: 3),
    Case(file: "mosaic.csv", format: "MOSAIC ParticleTracker table", notes: [flat]),
    Case(file: "mosaic_report.txt", format: "MOSAIC ParticleTracker report", dimension: 3),
    Case(file: "spoton.csv", format: "Spot-On", units: physical),
    Case(file: "saspt.csv", format: "saspt", notes: [alone]),
    Case(file: "gemspa.csv", format: "GEMspa", notes: [flat]),
    Case(file: "napari.csv", format: "napari tracks", dimension: 3),
    Case(
      file: "trait2d.csv", format: "TRAIT2D", units: TrackUnits(micrometres: 1e6, seconds: 0.05),
      notes: ["The time step is 0.05, the smallest in the file."]),
    Case(file: "motilitylab.csv", format: "MotilityLab", dimension: 3, units: physical),
    Case(
      file: "own.csv", format: "table", ids: ["a \"p\", b", "a \"q\", b"], units: TrackUnits(micrometres: 1e-3),
      options: TrackOptions(columns: ColumnMap("track=Cell; of <day 2>, frame=t,x=x,Y=Y [nm]"))),
    Case(
      file: "columns.txt", format: "table", options: TrackOptions(columns: ColumnMap("track=4,frame=3,x=1,y=2"))),
    Case(file: "napari.npy", format: "napari tracks array"),
    Case(file: "padded.npy", format: "NumPy array", ids: ["0", "1"]),
    Case(file: "ragged.npz", format: "NumPy archive", ids: ["0", "1"], closesGaps: true),
    Case(file: "ragged_compressed.npz", format: "NumPy archive", ids: ["0", "1"], closesGaps: true),
  ]

  static func tracks(_ reader: any TrackReader) throws -> [Track] {
    var tracks: [Track] = []
    while let entry = try reader.next() {
      switch entry {
      case .track(let track): tracks.append(track)
      case .problem(let id, _, let problem): Issue.record("\(id) \(problem)")
      }
    }
    return tracks
  }

  @Test(arguments: cases) func theTwoTracksAreFound(_ test: Case) throws {
    let reader = try TrackFile.open(Fixtures.tracks + "/" + test.file, options: test.options)
    let tracks = try Self.tracks(reader)
    #expect(reader.format == test.format)
    #expect(tracks.map(\.id) == test.ids)
    #expect(reader.notes == test.notes)
    #expect(reader.units.micrometres == test.units.micrometres)
    #expect(abs((reader.units.seconds ?? -1) - (test.units.seconds ?? -1)) < 1e-12)
    for (track, name) in zip(tracks, ["p", "q"]) {
      let expected = try #require(Expected.all[name])
      #expect(track.frames == (test.closesGaps ? Array(0..<expected.frames.count) : expected.frames))
      #expect(track.dimension == test.dimension)
      #expect(track.positions == [expected.x, expected.y, expected.z].prefix(test.dimension).flatMap { $0 })
      #expect(!track.wasUnordered && track.lostPoints == (test.file == "padded.npy" && name == "q" ? 4 : 0))
    }
  }

  @Test(arguments: [
    ("equal.npy", 3, ["0", "1"]), ("component_major.npy", 3, ["0", "1"]), ("single.npy", 2, ["0"]),
    ("one_dimension.npy", 1, ["0", "1"]),
  ]) func arraysOfOneLength(file: String, dimension: Int, ids: [String]) throws {
    let tracks = try Self.tracks(TrackFile.open(Fixtures.tracks + "/" + file))
    let p = try #require(Expected.all["p"])
    #expect(tracks.map(\.id) == ids)
    // component_major.npy is big-endian float32.
    let isSingle = file == "component_major.npy"
    for (index, track) in tracks.enumerated() {
      let expected = [p.x, p.y, p.z].prefix(dimension).flatMap { $0 }.map { $0 + Double(index) }
      #expect(track.positions == (isSingle ? expected.map { Double(Float($0)) } : expected))
    }
  }

  @Test func aTrackThatHasNoNameColumnIsOne() throws {
    let tracks = try Self.tracks(TrackFile.open(Fixtures.tracks + "/trait2d_single.csv"))
    #expect(tracks.count == 1 && tracks[0].frames == Array(0..<12))
  }

  @Test func theProjectsOwnHDF5() throws {
    let tracks = try Self.tracks(TrackFile.open(Fixtures.folder + "/dev_first20.h5"))
    #expect(tracks.count == 75)
    #expect(tracks[0].id == "task1/dim1/0" && tracks[74].id == "task2/dim3/4")
    let source = try TrajectoryHDF5(path: Fixtures.folder + "/dev_first20.h5", task: .exponent, dimension: 2)
    let expected = try source.trajectories(3..<4)[0].trajectory
    #expect(tracks[23].positions == expected.positions && tracks[23].id == "task1/dim2/3")
  }

  @Test func columnsInAnyOrderAndCase() throws {
    let folder = try TemporaryFolder()
    let p = try #require(Expected.all["p"])
    for (delimiter, end) in [(",", "\n"), ("\t", "\r\n"), (";", "\n"), (" ", "\n"), (" , ", "\n")] {
      var text = ["X", "\"FRAME\"", "note", "Y", "Particle"].joined(separator: delimiter) + end
      for i in (0..<p.x.count).reversed() {
        text += ["\(p.x[i])", "\(i).0", "\"a \"\"b\"\"\"", "+\(p.y[i])", "4"].joined(separator: delimiter) + end
      }
      let path = try folder.write("table.txt", "\u{FEFF}" + text + end)
      let tracks = try Self.tracks(TrackFile.open(path))
      #expect(tracks.count == 1)
      #expect(tracks[0].positions == p.x + p.y && tracks[0].wasUnordered && tracks[0].id == "4")
    }
  }

  @Test func rowsOfAMillionInterleavedTracksComeTogether() throws {
    // More rows than are held in memory, frame by frame, the frames backwards.
    let folder = try TemporaryFolder(), path = folder.file("large.csv"), tracks = 4000, frames = 300
    var text = Array("track,frame,x,y\n".utf8)
    text.reserveCapacity(tracks * frames * 22)
    for frame in (0..<frames).reversed() {
      let frameText = Array("\(frame)".utf8)
      for track in 0..<tracks {
        let name = Array("\(track)".utf8)
        text += name + [44] + frameText + [44] + frameText + [46, 53, 44, 45] + name + [10]
      }
    }
    _ = FileManager.default.createFile(atPath: path, contents: Data(text))
    let reader = try TrackFile.open(path)
    var count = 0
    while case .track(let track)? = try reader.next() {
      let isRight =
        track.id == "\(count)" && track.frames == Array(0..<frames)
        && track.positions.prefix(frames).elementsEqual((0..<frames).map { Double($0) + 0.5 })
        && track.positions.dropFirst(frames).allSatisfy { $0 == -Double(count) }
      if !isRight { Issue.record("track \(track.id)") }
      count += 1
    }
    #expect(count == tracks)
  }
}
