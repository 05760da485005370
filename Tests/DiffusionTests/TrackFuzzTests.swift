import Diffusion
import Foundation
import Testing

/// Damaged files give tracks or an error, in little time; never a crash.
@Suite struct TrackFuzzTests {
  /// All fixtures but HDF5, whose library has tests of its own.
  static let files: [String] =
    (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.tracks))?.filter {
      !$0.hasSuffix(".py") && !$0.hasSuffix(".md") && !$0.hasSuffix(".json")
    }.sorted() ?? []

  static let texts = [
    "\"", ",", ";", "\t", "\n", "\r", "<", ">", "&#x110000;", "&#99999999999;", "<![CDATA[", "<!--", "</Tracks>",
    "1e308", "-1e999", "nan", "ø", "%%", "%% Trajectory ",
    "9223372036854775807", "-9223372036854775808", "0x", "(((((", "{'descr': '<f8', ", "PK\u{1}\u{2}", "\u{0}",
  ]

  static func damaged(_ bytes: [UInt8], _ random: inout CounterBasedRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.nextInteger(below: 3) {
      guard !bytes.isEmpty else { return bytes }
      let place = random.nextInteger(below: bytes.count)
      switch random.nextInteger(below: 5) {
      case 0: bytes.removeLast(bytes.count - place)
      case 1: bytes[place] = UInt8(random.nextInteger(below: 256))
      case 2: bytes.insert(contentsOf: Array(texts[random.nextInteger(below: texts.count)].utf8), at: place)
      case 3:
        let end = min(bytes.count, place + 1 + random.nextInteger(below: 40))
        bytes.insert(contentsOf: bytes[place..<end], at: random.nextInteger(below: bytes.count))
      default: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.nextInteger(below: 20)))
      }
    }
    return bytes
  }

  @Test(arguments: files) func damagedFiles(file: String) throws {
    let folder = try TemporaryFolder(), path = folder.file("damaged")
    let whole = Array(try #require(FileManager.default.contents(atPath: Fixtures.tracks + "/" + file)))
    let columns = ["own.csv": "track=cell; of <day 2>,frame=t,x=x,y=y", "columns.txt": "track=4,frame=3,x=1,y=2"]
    let options = TrackOptions(columns: columns[file].flatMap { ColumnMap($0) })
    var read = 0, refused = 0
    for seed in 0..<150 {
      var random = CounterBasedRandom(seed: 11, index: UInt64(seed))
      _ = FileManager.default.createFile(atPath: path, contents: Data(Self.damaged(whole, &random)))
      do {
        let reader = try TrackFile.open(path, options: options)
        while let entry = try reader.next() {
          guard case .track(let track) = entry else { continue }
          #expect(track.positions.allSatisfy(\.isFinite) && track.positions.count == track.count * track.dimension)
          #expect(zip(track.frames, track.frames.dropFirst()).allSatisfy { $0 < $1 })
          for policy in GapPolicy.allCases { _ = track.pieces(policy, longest: 1000) }
        }
        read += 1
      } catch {
        #expect(!"\(error)".isEmpty && "\(error)".count < 2000)
        refused += 1
      }
    }
    // Damage is seen somewhere, or the test damages nothing; files that are refused as they are stay so mostly.
    #expect(refused > 5)
  }
}
