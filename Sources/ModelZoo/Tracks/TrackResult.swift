import Diffusion

/// What came of a track, or of a piece of one between two gaps.
public struct TrackResult: Sendable, Equatable {
  /// The track's name in the file.
  public var track: String
  /// 1, 2, ... within the track; 0 for a track that was left out as a whole.
  public var piece: Int
  /// Number of the first frame; nil where a track was left out before that was known.
  public var firstFrame: Int?
  /// Of the piece, or of a track that was left out as a whole.
  public var points: Int
  /// Frames that the whole track lacks.
  public var missingFrames: Int
  /// Nil where a track was left out before that was known.
  public var dimension: Int?
  /// Nil where it was not asked, or the track was left out.
  public var exponent: Estimate?
  /// Nil where it was not asked, or the track was left out.
  public var model: Estimate?
  /// The fit of the time-averaged mean squared displacement; its coefficient in the file's unit squared per frame.
  public var fit: MeanSquaredDisplacementFit.Estimate?
  /// What is particular about it; the last one says why it was left out, if it was.
  public var flags: [Flag]
  /// Why the track was left out, as the end of a sentence that names it.
  public var reason: String?
  /// What was characterised, for those who draw it; nil where the track was left out.
  public var trajectory: Trajectory?

  /// What is particular about a track, as tables write it.
  public enum Flag: Sendable, Hashable {
    /// Fewer points than asked for.
    case tooShort
    /// More points than the method takes.
    case tooLong
    /// Left out since frames are missing.
    case gaps
    /// One of several pieces.
    case split
    /// Missing positions were filled in.
    case interpolated
    /// The file has points without finite position.
    case lostPoints
    /// The file has the points in another order than that of time.
    case unordered
    /// All positions are the same.
    case immobile
    /// The method's answer is not finite.
    case noAnswer
    /// The file contradicts itself about the track; the word is `TrackProblem.flag`.
    case problem(String)

    /// One word.
    public var name: String {
      switch self {
      case .tooShort: "too_short"
      case .tooLong: "too_long"
      case .gaps: "gaps"
      case .split: "split"
      case .interpolated: "interpolated"
      case .lostPoints: "lost_points"
      case .unordered: "unordered"
      case .immobile: "immobile"
      case .noAnswer: "no_answer"
      case .problem(let word): word
      }
    }
  }

  /// A result without answers.
  public init(
    track: String, piece: Int, firstFrame: Int?, points: Int, missingFrames: Int, dimension: Int?, flags: [Flag] = [],
    reason: String? = nil, trajectory: Trajectory? = nil
  ) {
    self.track = track
    self.piece = piece
    self.firstFrame = firstFrame
    self.points = points
    self.missingFrames = missingFrames
    self.dimension = dimension
    self.flags = flags
    self.reason = reason
    self.trajectory = trajectory
  }

  /// Whether a question was answered.
  public var isCharacterised: Bool { exponent != nil || model != nil }

  /// The exponent alone.
  public var exponentValue: Double? {
    guard case .exponent(let value) = exponent?.prediction else { return nil }
    return value
  }

  /// Of the five diffusion models, in the order of `DiffusionModel.allCases`.
  public var probabilities: [Double]? {
    guard case .model(let probabilities) = model?.prediction else { return nil }
    return probabilities
  }

  /// The most probable model; the first of equals.
  public var bestModel: DiffusionModel? {
    guard let probabilities, let best = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] })
    else { return nil }
    return DiffusionModel.allCases[best]
  }
}
