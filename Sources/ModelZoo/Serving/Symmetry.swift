import Diffusion

/// A change of a trajectory that says nothing about its diffusion: other signs and another order of components.
///
/// All models and the noise of the challenge treat components alike and know no direction.
public struct Symmetry: Sendable, Equatable {
  /// Component n of the changed trajectory is component `order[n]`, times `signs[n]`.
  public let order: [Int]
  /// 1 or -1.
  public let signs: [Double]

  /// The changed trajectory.
  public func applied(to trajectory: Trajectory) throws -> Trajectory {
    try Trajectory(
      dimension: trajectory.dimension,
      positions: zip(order, signs).flatMap { component, sign in trajectory.component(component).map { sign * $0 } })
  }

  /// All symmetries of a dimension: 2 of 1, 8 of 2, 48 of 3 dimensions.
  ///
  /// The first changes nothing. Each is followed by its mirror image, and pairs run through orders and signs together,
  /// so that any first few are spread over both.
  public static func all(dimension: Int) -> [Symmetry] {
    let orders: [[Int]] =
      switch dimension {
      case 1: [[0]]
      case 2: [[0, 1], [1, 0]]
      default: [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]
      }
    // The first sign is the pair's; the others are counted.
    let patterns = 1 << (dimension - 1)
    return (0..<orders.count * patterns).flatMap { index -> [Symmetry] in
      let order = orders[index % orders.count]
      let pattern = (index / orders.count + index) % patterns
      let signs = [1] + (0..<dimension - 1).map { pattern >> $0 & 1 == 0 ? 1.0 : -1 }
      return [Symmetry(order: order, signs: signs), Symmetry(order: order, signs: signs.map { -$0 })]
    }
  }
}

/// How many symmetric copies of a trajectory an answer is averaged over.
public enum SymmetryChoice: Sendable, Equatable {
  /// All of `Symmetry.all`: 2 copies in 1, 8 in 2, 48 in 3 dimensions.
  case all
  /// The first of `Symmetry.all`; 1 is the trajectory alone. More than there are is all.
  case first(Int)

  /// "all", or a number from 1.
  public init?(_ text: String) {
    if text == "all" {
      self = .all
    } else if let count = Int(text), count >= 1 {
      self = .first(count)
    } else {
      return nil
    }
  }

  func symmetries(dimension: Int) -> [Symmetry] {
    let all = Symmetry.all(dimension: dimension)
    switch self {
    case .all: return all
    case .first(let count): return Array(all.prefix(count))
    }
  }
}

/// A method whose answer is the mean over symmetric copies of a trajectory.
struct SymmetricCharacterizer: Characterizer {
  private let base: any Characterizer
  private let symmetries: [Symmetry]

  init(_ base: any Characterizer, symmetries: [Symmetry]) {
    self.base = base
    self.symmetries = symmetries
  }

  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try estimates(for: trajectories).map(\.prediction)
  }

  func estimates(for trajectories: [Trajectory]) throws -> [Estimate] {
    // What does not fit is found before anything is copied.
    let first = try base.estimates(for: trajectories)
    let others = try symmetries.dropFirst().map { symmetry in
      try base.estimates(for: trajectories.map(symmetry.applied))
    }
    return Estimate.means([first] + others)
  }
}
