import Diffusion
import Foundation

/// What a person wants to know of a file of tracks at a glance, in five lines.
///
/// Memory does not grow with the number of tracks: exponents are counted in bins of 0.0001.
public struct TrackSummary: Sendable {
  /// The method, as the user named it.
  public let model: String
  /// What became of tracks that lack frames.
  public let gaps: GapPolicy
  /// Points that a piece needed.
  public let shortest: Int
  /// Tracks that were read.
  public private(set) var tracks = 0
  /// Points of all of them.
  public private(set) var points = 0
  /// Tracks with an answer for one piece or more.
  public private(set) var characterisedTracks = 0
  /// Pieces with an answer.
  public private(set) var characterisedPieces = 0
  /// Tracks that lack frames.
  public private(set) var tracksWithGaps = 0
  /// Frames that all tracks together lack.
  public private(set) var missingFrames = 0
  /// Pieces and tracks that were left out, by the flag that says why.
  public private(set) var leftOut: [TrackResult.Flag: Int] = [:]
  /// Most probable diffusion models.
  public private(set) var models = [Int](repeating: 0, count: DiffusionModel.allCases.count)
  /// Points of the pieces with an answer; nil where there is none.
  public private(set) var lengths: ClosedRange<Int>?
  /// Dimensions that were met.
  public private(set) var dimensions: Set<Int> = []
  private var bins = [Int](repeating: 0, count: 20_001)
  private var latestTrack: (isCounted: Bool, hasGaps: Bool) = (false, false)

  /// A summary of nothing yet.
  public init(model: String, gaps: GapPolicy, shortest: Int) {
    self.model = model
    self.gaps = gaps
    self.shortest = shortest
  }

  /// Counts a result; pieces of a track come one after the other.
  mutating func add(_ result: TrackResult) {
    if result.piece <= 1 {
      tracks += 1
      latestTrack.isCounted = false
      if result.missingFrames > 0 {
        tracksWithGaps += 1
        missingFrames += result.missingFrames
      }
    }
    points += result.points
    if let dimension = result.dimension { dimensions.insert(dimension) }
    guard result.isCharacterised else {
      leftOut[result.flags.last ?? .noAnswer, default: 0] += 1
      return
    }
    characterisedPieces += 1
    lengths = min(lengths?.lowerBound ?? result.points, result.points)...max(lengths?.upperBound ?? 0, result.points)
    if !latestTrack.isCounted { characterisedTracks += 1 }
    latestTrack.isCounted = true
    if let exponent = result.exponentValue { bins[min(20_000, max(0, Int((exponent * 10_000).rounded())))] += 1 }
    if let best = result.bestModel { models[best.rawValue] += 1 }
  }

  /// The exponent below which a share of the pieces lies; nil where there is none.
  func quantile(_ share: Double) -> Double? {
    let count = bins.reduce(0, +)
    guard count > 0 else { return nil }
    let rank = Int((share * Double(count - 1)).rounded())
    var seen = 0
    for (bin, number) in bins.enumerated() {
      seen += number
      if seen > rank { return Double(bin) / 10_000 }
    }
    return nil
  }

  /// Five lines.
  /// - Parameter format: of the file that was read.
  public func lines(format: String) -> [String] {
    let dimension = dimensions.sorted().map { "\($0)D" }.joined(separator: ", ")
    return [
      "Read:           \(Self.number(tracks, "track")), \(Self.number(points, "point"))"
        + (dimension.isEmpty ? "" : ", \(dimension)") + " (\(format))",
      "Characterised:  \(Self.number(characterisedTracks, "track"))"
        + (characterisedPieces == characterisedTracks ? "" : " in \(characterisedPieces) pieces") + " by \(model)",
      "Left out:       \(leftOutText); \(gapText)",
      "Exponent:       \(exponentText)",
      "Models:         \(modelText)",
    ]
  }

  private static func number(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  private var leftOutText: String {
    if leftOut.isEmpty { return "none" }
    return leftOut.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map { flag, count in
      switch flag {
      case .tooShort: "\(count) too short (under \(shortest) points)"
      case .tooLong: "\(count) too long"
      case .gaps: "\(count) for their gaps"
      default: "\(count) \(flag.name.replacingOccurrences(of: "_", with: " "))"
      }
    }.joined(separator: ", ")
  }

  private var gapText: String {
    guard tracksWithGaps > 0 else { return "no gaps" }
    let fate =
      switch gaps {
      case .split: "split there"
      case .interpolate: "filled in"
      case .refuse: "left out"
      }
    return "\(Self.number(tracksWithGaps, "track")) with gaps (\(Self.number(missingFrames, "frame")) missing), \(fate)"
  }

  private var exponentText: String {
    guard let median = quantile(0.5), let low = quantile(0.25), let high = quantile(0.75), let least = quantile(0),
      let most = quantile(1)
    else { return "not answered" }
    return String(format: "median %.2f, middle half %.2f to %.2f, all %.2f to %.2f", median, low, high, least, most)
  }

  private var modelText: String {
    let all = models.reduce(0, +)
    guard all > 0 else { return "not answered" }
    return DiffusionModel.allCases.sorted { models[$0.rawValue] > models[$1.rawValue] }.map {
      String(format: "\($0.name) %.1f %%", 100 * Double(models[$0.rawValue]) / Double(all))
    }.joined(separator: ", ")
  }
}
