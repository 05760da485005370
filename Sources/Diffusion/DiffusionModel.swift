/// The classes of the AnDi Challenge 2020, in the order of its labels.
public enum DiffusionModel: Int, CaseIterable, Sendable, Codable {
  /// Annealed transient time model: Brownian motion whose diffusivity changes now and then; exponent up to 1.
  case attm = 0
  /// Continuous-time random walk: jumps after waiting times with a heavy tail; exponent up to 1.
  case ctrw
  /// Fractional Brownian motion: correlated normal displacements; exponent below 2.
  case fbm
  /// Lévy walk: flights of one speed, whose durations have a heavy tail; exponent above 1.
  case lw
  /// Scaled Brownian motion: independent normal displacements whose variance changes with time.
  case sbm

  /// As the challenge writes it.
  public var name: String {
    switch self {
    case .attm: "attm"
    case .ctrw: "ctrw"
    case .fbm: "fbm"
    case .lw: "lw"
    case .sbm: "sbm"
    }
  }

  /// The name in full.
  public var title: String {
    switch self {
    case .attm: "annealed transient time model"
    case .ctrw: "continuous-time random walk"
    case .fbm: "fractional Brownian motion"
    case .lw: "Lévy walk"
    case .sbm: "scaled Brownian motion"
    }
  }

  /// Indices into `ExponentGrid` that the challenge uses for this model.
  public var exponentIndices: Range<Int> {
    switch self {
    case .attm, .ctrw: 0..<20
    case .fbm: 0..<39
    case .lw: 20..<40
    case .sbm: 0..<40
    }
  }
}

/// The challenge's anomalous exponents: 0.05, 0.10, ..., 2.00.
public enum ExponentGrid {
  /// Exponents in the grid.
  public static let count = 40

  /// The exponent of an index, 0 ..< 40; 1 and 2 are exact.
  public static func exponent(_ index: Int) -> Double { 0.05 + Double(index) * 0.05 }
}

/// What the challenge asks: its task 1 or its task 2.
public enum ChallengeTask: String, Codable, Sendable, CaseIterable {
  /// Task 1: the anomalous exponent.
  case exponent
  /// Task 2: the diffusion model.
  case model

  /// 1 or 2.
  public var number: Int { self == .exponent ? 1 : 2 }
}

/// What is true of a simulated trajectory.
public struct GroundTruth: Sendable, Equatable {
  /// 0.05...2; nil where a file only tells the model.
  public var exponent: Double?
  /// Nil where a file only tells the exponent.
  public var model: DiffusionModel?
  /// Standard deviation of the localisation noise of each component, over that of a displacement.
  public var sigma: [Double]?
  /// Random coefficient of each component.
  public var coefficient: [Double]?

  /// Labels, and the noise where it is known.
  public init(exponent: Double?, model: DiffusionModel?, sigma: [Double]? = nil, coefficient: [Double]? = nil) {
    self.exponent = exponent
    self.model = model
    self.sigma = sigma
    self.coefficient = coefficient
  }
}

/// A trajectory with what is true of it.
public struct LabelledTrajectory: Sendable, Equatable {
  /// What is seen.
  public let trajectory: Trajectory
  /// What is true of it.
  public let truth: GroundTruth

  /// A trajectory with its labels.
  public init(trajectory: Trajectory, truth: GroundTruth) {
    self.trajectory = trajectory
    self.truth = truth
  }
}
