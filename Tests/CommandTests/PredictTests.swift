import Foundation
import Testing

/// `zoo predict` on the files of tracking programs.
@Suite struct PredictTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A table of trackpy, frame by frame: `count` random walks of 30 points; track 1 lacks frame 14, track 2 is short.
  func write(_ name: String, count: Int = 6, z: String? = nil) throws -> String {
    var state: UInt64 = 42
    func step() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int(state >> 33) % 2001 - 1000) / 1000
    }
    var positions = [[Double]](repeating: [10, 20], count: count)
    var text = z == nil ? "frame,particle,x,y\n" : "frame,particle,x,y,z\n"
    for frame in 0..<30 {
      for track in 0..<count {
        positions[track] = positions[track].map { $0 + step() }
        if track == 1 && frame == 14 || track == 2 && frame > 5 { continue }
        text += "\(frame),\(track),\(positions[track][0]),\(positions[track][1])" + (z.map { ",\($0)" } ?? "") + "\n"
      }
    }
    try folder.write(text, to: name)
    return folder.file(name)
  }

  @Test func bothQuestionsAreAnsweredForEveryTrack() throws {
    let run = try Run(["predict", try write("tracks.csv", z: "0")])
    #expect(run.status == 0, "\(run.errors)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let names = rows[0].map(String.init)
    #expect(rows.allSatisfy { $0.count == names.count || $0.last!.hasSuffix("\"") })
    #expect(
      rows.dropFirst().map { "\($0[0]) \($0[1]) \($0[3])" } == [
        "0 1 30", "1 1 14", "1 2 15", "2 1 6", "3 1 30", "4 1 30", "5 1 30",
      ])
    let exponent = try #require(names.firstIndex(of: "exponent")), model = try #require(names.firstIndex(of: "model"))
    for row in rows.dropFirst() {
      let isShort = row[0] == "2"
      #expect((Double(row[exponent]) == nil) == isShort && row[model].isEmpty == isShort)
      if !isShort {
        let sum = row[model + 1...model + 5].reduce(0.0) { $0 + (Double($1) ?? .nan) }
        #expect(abs(sum - 1) < 1e-5)
      }
    }
    #expect(run.output.contains("too_short,\"has 6 points, fewer than 10\"") || run.output.contains("too_short,has 6"))
    let lines = run.errors.split(separator: "\n")
    #expect(lines.first == "The z coordinate is 0.0 everywhere: the tracks are taken as two-dimensional.")
    #expect(
      lines.suffix(5).map { String($0.prefix(10)) } == [
        "Read:     ", "Characteri", "Left out: ", "Exponent: ", "Models:   ",
      ])
    #expect(run.errors.contains("Characterised:  5 tracks in 6 pieces by wadnet"))
  }

  @Test func unitsChangeTheCoefficientAlone() throws {
    let path = try write("tracks.csv")
    func rows(_ arguments: [String]) throws -> [[String: Any]] {
      let run = try Run(["predict", path, "--model", "msd", "--format", "jsonl"] + arguments)
      #expect(run.status == 0, "\(run.errors)")
      return try run.output.split(separator: "\n").map {
        try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
    }
    let plain = try rows([]), scaled = try rows(["--pixel-size", "160nm", "--frame-interval", "30ms"])
    #expect(plain[0]["msd_D_unit"] as? String == "px^2/frame^alpha")
    #expect(scaled[0]["msd_D_unit"] as? String == "um^2/s^alpha")
    for (a, b) in zip(plain, scaled) {
      #expect(a["exponent"] as? Double == b["exponent"] as? Double)
      guard let d = a["msd_D"] as? Double, let e = b["msd_D"] as? Double, let alpha = a["msd_exponent"] as? Double
      else {
        #expect(a["track"] as? String == "2")
        continue
      }
      #expect(abs(e / (d * 0.16 * 0.16 / pow(0.03, alpha)) - 1) < 1e-4)
    }
  }

  @Test func gapsAreSplitFilledInOrRefused() throws {
    let path = try write("tracks.csv")
    func rows(_ gaps: String) throws -> [String] {
      try Run(["predict", path, "--model", "msd", "--gaps", gaps]).output.split(separator: "\n").filter {
        $0.hasPrefix("1,")
      }.map(String.init)
    }
    #expect(try rows("split").map { $0.split(separator: ",")[3] } == ["14", "15"])
    #expect(try rows("interpolate").map { $0.split(separator: ",")[3] } == ["30"])
    #expect(try rows("refuse").count == 1)
    #expect(try rows("refuse")[0].hasSuffix("gaps,lacks 1 frame"))
  }

  @Test func anOutputIsNeverReplacedUnasked() throws {
    let path = try write("tracks.csv"), output = folder.file("out.csv")
    try folder.write("precious", to: "out.csv")
    let run = try Run(["predict", path, "--model", "msd", "--output", output])
    #expect(run.status == 1)
    #expect(run.errors.contains("out.csv exists and is kept; --force replaces it, another name keeps both."))
    #expect(try String(contentsOfFile: output, encoding: .utf8) == "precious")
    #expect(try Run(["predict", path, "--model", "msd", "--output", output, "--force"]).status == 0)
    #expect(try String(contentsOfFile: output, encoding: .utf8).hasPrefix("track,"))
    let onto = try Run(["predict", path, "--model", "msd", "--output", path, "--force"])
    #expect(onto.status == 1 && onto.errors.contains("is another file of this command"))
    // A device is written to and stays one.
    #expect(try Run(["predict", path, "--model", "msd", "--output", "/dev/null"]).status == 0)
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func nothingToCharacteriseIsAnErrorWithTheRows() throws {
    try folder.write("track,frame,x,y\n<a>,0,1,1\n<a>,1,1,2\n", to: "short.csv")
    let run = try Run(["predict", folder.file("short.csv"), "--model", "msd"])
    #expect(run.status == 1 && run.output.contains("<a>,1,0,2,0,2,") && run.output.contains("too_short"))
    #expect(run.errors.contains("no track could be characterised"))
    try folder.write("track,frame,x,y\n", to: "none.csv")
    let none = try Run(["predict", folder.file("none.csv"), "--model", "msd", "--output", folder.file("none.out")])
    #expect(none.status == 1 && none.errors.contains("holds no tracks"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("none.out")))
    try folder.write("1.0;0;1;2\n1.0;5\n", to: "short.txt")
    let andi = try Run(["predict", folder.file("short.txt"), "--model", "msd", "--format", "andi", "--shortest", "2"])
    #expect(andi.status == 1 && andi.errors.contains("Track 2 has 1 point, fewer than 2"))
  }

  @Test func threadsDoNotChangeARow() throws {
    let path = try write("tracks.csv", count: 40)
    let one = try Run(["predict", path], environment: ["ZOO_THREADS": "1"])
    let two = try Run(["predict", path], environment: ["ZOO_THREADS": "2"])
    #expect(one.status == 0 && one.output == two.output && one.errors == two.errors)
  }
}
