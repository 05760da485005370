import Diffusion
import Foundation
import Testing

/// What is said of files of tracks that are wrong, and of tracks that are.
@Suite struct TrackErrorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  static func message(_ path: String, _ options: TrackOptions = TrackOptions()) -> String? {
    DiffusionTests.message {
      let reader = try TrackFile.open(path, options: options)
      while try reader.next() != nil {}
    }
  }

  static let rows = "particle,frame,x,y\n1,0,1.5,2.5\n1,1,1.75,2.25\n"

  /// Rows behind two that are right, and what is said; the file is named before it.
  static let lines: [(String, String)] = [
    ("1,2,abc,2", ", line 4, column 'x' (3): expected a number, found 'abc'."),
    ("1,2,1.5x,2", ", line 4, column 'x' (3): expected a number, found '1.5x'."),
    ("1,2,0x1p3,2", ", line 4, column 'x' (3): expected a number, found '0x1p3'."),
    ("1,2,1 2,2", ", line 4, column 'x' (3): expected a number, found '1 2'."),
    ("1,2.5,1,2", ", line 4, column 'frame' (2): expected a whole frame number, found '2.5'."),
    ("1,1e300,1,2", ", line 4, column 'frame' (2): expected a whole frame number, found '1e300'."),
    ("1,,1,2", ", line 4, column 'frame' (2): expected a frame number or time, found nothing."),
    (
      "1,2,\"1,5\",2",
      ", line 4, column 'x' (3): expected a decimal point (export the file again with another language setting), "
        + "found '1,5'."
    ),
    (
      "1,2,\"1.5,2",
      ", line 4, column 'x' (3): expected a quote that is closed before the next delimiter or the end of the line, found '\"1.5'."
    ),
    ("1,2,1", ", line 4: expected 4 fields as in the first line, found 3."),
    ("1", ", line 4: expected 4 fields as in the first line, found 1."),
    (
      "1,2,1,5,2,5",
      ", line 4: expected 4 fields as in the first line, found 6 (decimal commas, or R's row names?)."
    ),
  ]

  @Test func unitsThatAreNotKnownAreSaid() throws {
    let detections = (0..<3).map { "<detection t=\"\($0)\" x=\"\($0)\" y=\"1\" z=\"0\"/>" }.joined()
    let spots = (0..<3).map {
      "<Spot ID=\"\($0)\" FRAME=\"\($0)\" POSITION_X=\"1\" POSITION_Y=\"\($0)\"/>"
    }.joined()
    let edges = (0..<2).map { "<Edge SPOT_SOURCE_ID=\"\($0)\" SPOT_TARGET_ID=\"\($0 + 1)\"/>" }.joined()
    for (unit, isKnown) in [("foot", false), ("pixel", true), ("micron", true), ("", true), ("<b>", false)] {
      let escaped = unit.replacing("<", with: "&lt;")
      let texts = [
        "<Tracks spaceUnits=\"\(escaped)\"><particle>\(detections)</particle></Tracks>",
        "<TrackMate><Model spatialunits=\"\(escaped)\"><AllSpots>\(spots)</AllSpots><AllTracks>"
          + "<Track TRACK_ID=\"0\">\(edges)</Track></AllTracks></Model></TrackMate>",
        "track,frame,x [\(unit)],y [\(unit)]\n1,0,1,2\n1,1,2,2\n",
      ]
      for text in texts {
        let reader = try TrackFile.open(try folder.write("tracks", text))
        while try reader.next() != nil {}
        let isSaid = reader.notes.contains { $0.hasPrefix("The unit of length '\(unit)' is not known: ") }
        #expect(isSaid != isKnown, "\(text)")
      }
    }
  }

  @Test(arguments: lines) func linesThatDoNotFit(line: String, problem: String) throws {
    for end in ["", "\n", "\r\n1,3,1,2\n"] {
      let path = try folder.write("tracks.csv", Self.rows + line + end)
      #expect(Self.message(path) == path + problem)
    }
  }

  static let files: [(String, String)] = [
    ("", " is empty; one line for each trajectory was expected."),
    (" \n\n", " is empty; one line for each trajectory was expected."),
    (
      "particle,x,y\n1,2,3\n",
      " looks like trackpy, but has no column frame; its columns are particle, x, y. Name them with --columns track=ID,frame=T,x=X,y=Y."
    ),
    (
      "trajectory,frame,x\n1,2,3\n",
      " looks like saspt, but has no column y; its columns are trajectory, frame, x. Name them with --columns track=ID,frame=T,x=X,y=Y."
    ),
    (
      "TRACK_ID,FRAME,POSITION_X\n1,2,3\n",
      " looks like TrackMate spots table, but has no column position_y; its columns are TRACK_ID, FRAME, POSITION_X. Name them with --columns track=ID,frame=T,x=X,y=Y."
    ),
    (
      "particle,frame,x,y,x\n1,0,1,2,3\n",
      " has several columns 'x': give columns by number, e.g. --columns track=1,...."
    ),
    ("\u{1F}\u{8B}", " has"),
    (
      "particle,frame,x,y\r1,0,1,2\r",
      " has lines that end as on the first Macs, in carriage returns alone: convert it: tr '\\r' '\\n' < FILE."
    ),
    ("PK\u{3}\u{4}", ": 'zip' has none: the file was cut off, expected the list of members at the end."),
    (
      "MATLAB 5.0 MAT-file, Platform",
      " is a MATLAB file: save the tracks as a table: writetable(table(track, frame, x, y), 'tracks.csv')."
    ),
    ("a\u{0}b", " is no text, and no binary file of a known kind: known are"),
    ("<html><body>", " is of no known kind. Line 1, '<html><body>': XML is read where it is TrackMate's"),
    (
      "<?xml version=\"1.0\"?>\n<!DOCTYPE Tracks [<!ENTITY a \"b\">]>\n<Tracks/>",
      ", line 2: expected elements alone, found a document type, which no tracking program writes."
    ),
    (
      "<Tracks>\n<particle>\n<detection t=\"0\" x=\"1\"/>",
      ", line 3: expected a number as y of <detection>, found none."
    ),
    (
      "<Tracks>\n<particle>\n<detection t=\"0\" x=\"1\" y=\"b\"/>",
      ", line 3: expected a number as y of <detection>, found 'b'."
    ),
    (
      "<Tracks>\n<particle>\n<detection t=\"0.5\" x=\"1\" y=\"1\"/>",
      ", line 3: expected a whole frame number as t of <detection>, found 0.5."
    ),
    (
      "<Tracks>\n<particle>\n<detection t=\"0\" x=\"1\" y=\"1\"/>",
      ", line 3: expected the end of 2 elements, found the end of the file; it was cut off."
    ),
    ("<Tracks>\n<particle>\n</Tracks>", ", line 3: expected the end of another element, found </Tracks>."),
    (
      "<Tracks>\n<particle nSpots=1>",
      ", line 2: expected quotes around the value of an attribute of <particle>, found none."
    ),
    (
      "<TrackMate><Model><Edge SPOT_SOURCE_ID=\"1\" SPOT_TARGET_ID=\"2\"/></Model></TrackMate>",
      ", line 1: expected <Edge> in a <Track>, found one outside."
    ),
    ("%% Trajectory 1\n0 1 2 3\n1 1 x 3\n", ", line 3: expected a number in field 3 between blanks, found 'x'."),
    ("%% Trajectory 1\n0 1 2\n", ", line 2: expected 4 numbers or more, found 3."),
    ("%% frames\n0 1 2 3\n", ", line 2: expected '%% Trajectory' and a number before the first spot, found numbers."),
    (
      "t,x,y,what\n0,1,2,3\n",
      " is of no known kind. Line 1, 't,x,y,what': no column is known to name the tracks and frames; name all with --columns"
    ),
    ("foo bar\n", " is of no known kind. Line 1, 'foo bar': no known names of columns; name them with --columns"),
    (
      "1 2 3 4\n",
      " is of no known kind. Line 1, '1 2 3 4': a table needs names of columns, or --columns track=1,frame=2,x=3,y=4 by number."
    ),
    ("4.0;1;2\n", " is of no known kind. Line 1, '4.0;1;2'"),
  ]

  @Test(arguments: files) func filesThatAreNoTracks(text: String, problem: String) throws {
    // Bytes that are no UTF-8 are written as they are.
    let path = folder.file("tracks")
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }))
    if problem == " has" {
      #expect(Self.message(path)?.contains("is packed with gzip: unpack it with gunzip") == true)
    } else {
      let found = try #require(Self.message(path))
      #expect(
        problem.hasSuffix(".")
          ? found == path + problem || found.hasPrefix(path + problem) : found.hasPrefix(path + problem))
    }
  }

  @Test func filesThatAreRecognisedAndRefused() {
    let expected = [
      "trackmate_edges.csv": "is TrackMate's table of edges: export the Spots table, which has the positions.",
      "trackmate_tracks.csv": "is TrackMate's table of tracks: export the Spots table, which has the positions.",
      "objects.npy": "holds Python objects, which only Python can read and which may run any program: save numbers: "
        + "one array for tracks of one length, or positions and offsets with numpy.savez.",
      "fortran.npy": "is in Fortran's order: save numpy.ascontiguousarray(array).",
    ]
    for (name, text) in expected {
      let path = Fixtures.tracks + "/" + name
      #expect(Self.message(path) == path + " " + text)
    }
    #expect(Self.message(folder.path) == "\(folder.path) can't be read: it is a folder.")
    #expect(Self.message(folder.file("none")) == "\(folder.file("none")) can't be read: No such file or directory.")
  }

  @Test func columnsThatTheUserNames() throws {
    let path = try folder.write("tracks.csv", "id,T,px,py\n1,0,1,2\n1,1,1,2\n")
    func said(_ columns: String) throws -> String? {
      Self.message(path, TrackOptions(columns: ColumnMap(columns)))
    }
    #expect(
      try said("track=ID,frame=t,x=PX,y=3")
        == "\(path) has one column under two names in --columns: each part needs a column of its own.")
    #expect(try said("track=ID,frame=t,x=PX,y=4") == nil)
    #expect(
      try said("track=name,frame=t,x=px")
        == "\(path) looks like a table of tracks, but has no column name; its columns are id, T, px, py. Name them with --columns track=ID,frame=T,x=X,y=Y."
    )
    for text in [
      "", "track=a", "frame=a", "frame=a,x", "frame=a,x=b,x=c", "frame=a,x=b,q=c", "frame=a,x=b,z=c", "frame=,x=b",
    ] {
      #expect(ColumnMap(text) == nil, "\(text)")
    }
  }

  @Test func pixelsHaveASizeOnce() throws {
    let options = TrackOptions(pixelSize: 0.1, frameInterval: 0.03)
    #expect(try options.units(TrackUnits(), file: "f") == TrackUnits(micrometres: 0.1, seconds: 0.03))
    let twice = DiffusionTests.message { _ = try options.units(TrackUnits(micrometres: 1), file: "f") }
    #expect(
      twice
        == "f has positions in a unit of length already, not in pixels: leave out --pixel-size.")
    #expect(TrackUnits.length("160nm") == 0.16 && TrackUnits.length("0.16") == 0.16 && TrackUnits.length("1 µm") == 1)
    #expect(TrackUnits.duration("30ms") == 0.03 && TrackUnits.duration("2 min") == 120)
    for text in ["", "0", "-1", "nan", "1 px", "um", "inf", "1e999"] { #expect(TrackUnits.length(text) == nil) }
  }

  @Test func tracksThatAreWrongDoNotStopTheOthers() throws {
    let path = try folder.write(
      "tracks.csv",
      "particle,frame,x,y\nd,0,1,1\nn,0,nan,1\nd,1,1,1\nd,0,2,2\nn,1,,1\ngood,0,1,1\nn,2,inf,1\nback,5,1,1\nback,4,2,2\n"
        + "hole,0,1,1\nhole,1,nan,2\nhole,2,3,3\nfar,0,1,1\nfar,9007199254740992,1,1\n")
    let reader = try TrackFile.open(path)
    var found: [String] = []
    while let entry = try reader.next() {
      switch entry {
      case .track(let track): found.append("\(track.id) \(track.frames) \(track.lostPoints) \(track.wasUnordered)")
      case .problem(let id, let points, let problem): found.append("\(id) \(points) \(problem)")
      }
    }
    #expect(
      found == [
        "d 3 two positions in frame 0 (lines 2 and 5), as where tracks split or merge",
        "n 3 none of 3 points has a finite position", "good [0] 0 false", "back [4, 5] 0 true", "hole [0, 2] 1 false",
        "far 2 the frame number 9007199254740992.0 is too large",
      ])
  }

  @Test func timesBecomeFrames() throws {
    let times = [0.0, 0.033, 0.067, 0.1, 0.2, 0.233]
    let text = "t,x,y\n" + times.map { "\($0),1,2\n" }.joined()
    let path = try folder.write("times.csv", text)
    let tracks = try TrackFormatTests.tracks(TrackFile.open(path))
    #expect(tracks[0].frames == [0, 1, 2, 3, 6, 7] && tracks[0].missingFrames == 2)
    let irregular = try folder.write("irregular.csv", text + "0.25,1,2\n0.3,1,2\n")
    let reader = try TrackFile.open(irregular, options: TrackOptions(frameInterval: 0.033))
    guard case .problem(_, _, .irregularTime(let line, _, let step))? = try reader.next() else {
      Issue.record("expected a problem")
      return
    }
    #expect(line == 8 && step == 0.033)
  }

  @Test func framesThatAreTwoApartAreOneStep() throws {
    let path = try folder.write("tracks.csv", "track,frame,x,y\n1,2,0,0\n1,4,0,0\n1,8,0,0\n")
    let reader = try TrackFile.open(path, options: TrackOptions(frameInterval: 0.5))
    let tracks = try TrackFormatTests.tracks(reader)
    #expect(tracks[0].frames == [1, 2, 4] && reader.units.seconds == 1)
    #expect(reader.notes == ["Frame numbers are 2 apart or more: that is taken as one time step."])
  }
}
