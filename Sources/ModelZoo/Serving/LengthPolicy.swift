/// How networks that were each made for one length, or for a range of lengths, serve trajectories of any length.
///
/// A policy says which networks see which part of a trajectory, and with which weight their answers count; how a
/// trajectory enters a network stays the network's own matter. A network for all lengths counts as one at each of the
/// lengths of `WindowRule.published`.
public enum LengthPolicy: String, Sendable, Codable, CaseIterable {
  /// The whole trajectory enters one network: the one for all lengths, else that of the next smaller length.
  case whole
  /// The first and the last window of the next smaller length; linear outputs are averaged.
  /// - Source: Li, Yao and Huang (2021), section 2.3.
  case windows
  /// The whole trajectory enters the networks of the two neighbouring lengths; their answers are mixed linearly.
  /// - Source: Argun, Volpe and Bo (2021), section 3, and their published code.
  case mix
  /// Zeros in front of the input, up to the longest trajectory that the network takes; of a longer one the end is kept.
  /// - Source: Garibo-i-Orts et al. (2021), section 2, and their published models.
  case zeros

  /// What of a trajectory enters a network.
  public enum Part: Sendable, Equatable {
    /// All points, prepared as the network does by itself.
    case whole
    /// These points only, prepared with the whole trajectory where the input has a row for each point.
    case window(Range<Int>)
    /// Zeros in front, up to the rows of a trajectory of this many points.
    case zerosInFront(points: Int)
  }

  /// One network's share in an answer.
  public struct Share: Sendable, Equatable {
    /// The network's place in the list of lengths.
    public let network: Int
    /// What of the trajectory enters it.
    public let part: Part
    /// Weights of all shares sum to 1.
    public let weight: Double
  }

  /// Who answers for a trajectory.
  /// - Parameters:
  ///   - points: of the trajectory.
  ///   - lengths: what each network was made for, in points; increasing.
  /// - Returns: empty where the trajectory is too short for all.
  public func shares(points: Int, lengths: [ClosedRange<Int>]) -> [Share] {
    guard let last = lengths.indices.last else { return [] }
    let below = lengths.lastIndex { $0.upperBound <= points }
    switch self {
    case .whole: return [Share(network: below ?? 0, part: .whole, weight: 1)]
    case .windows:
      guard let below else { return [] }
      let windows = WindowRule.windows(of: lengths[below].upperBound, in: points)
      return windows.map { Share(network: below, part: .window($0), weight: 1 / Double(windows.count)) }
    case .mix:
      guard let below, below < last, lengths[below].upperBound < points else {
        return [Share(network: below ?? 0, part: .whole, weight: 1)]
      }
      let low = lengths[below].upperBound, high = lengths[below + 1].upperBound
      let weight = Double(points - low) / Double(high - low)
      return [
        Share(network: below, part: .whole, weight: 1 - weight),
        Share(network: below + 1, part: .whole, weight: weight),
      ]
    case .zeros:
      let network = lengths.firstIndex { points <= $0.upperBound } ?? last
      return [Share(network: network, part: .zerosInFront(points: lengths[network].upperBound), weight: 1)]
    }
  }

  /// Whether logits are averaged before the softmax; probabilities are averaged where not.
  var averagesLinearOutputs: Bool { self == .windows }
}
