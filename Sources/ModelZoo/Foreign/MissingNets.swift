import Foundation
import LayerGraph

/// What weights of a published architecture lack for one subtask, and which trajectories notice.
public struct MissingNets: Sendable, Equatable {
  /// The architecture's id.
  public let architecture: String
  /// What the nets would answer.
  public let subtask: Subtask
  /// Files of nets that are not there, in the order of their lengths.
  public let files: [String]
  /// Nets that are there, and all that there could be.
  public let counts: (present: Int, all: Int)
  /// Points of trajectories that a missing net would answer, alone or mixed with another; the last range has no end where
  /// it reaches `Int.max`.
  public let lengths: [ClosedRange<Int>]
  private let source: String
  private let instead: String

  /// Nil where nothing is missing.
  /// - Parameters:
  ///   - network: what is published.
  ///   - subtask: the task and dimension.
  ///   - present: lengths of the nets that are there.
  public init?<Network: PublishedNets>(_ network: Network, _ subtask: Subtask, present: [ClosedRange<Int>]) {
    let all = network.publishedNets.filter { $0.subtask == subtask }.sorted {
      ($0.lengths.upperBound, $0.lengths.lowerBound) < ($1.lengths.upperBound, $1.lengths.lowerBound)
    }
    let missing = all.filter { !present.contains($0.lengths) }
    guard !missing.isEmpty, let longest = all.last?.lengths.upperBound else { return nil }
    architecture = network.card.id
    self.subtask = subtask
    files = missing.map(\.file)
    counts = (all.count - missing.count, all.count)
    source = network.publishedSource
    let policy = network.publishedServing.policy ?? .whole
    var ranges: [ClosedRange<Int>] = []
    // Behind the longest net nothing changes any more.
    for points in network.card.lengths.lowerBound...max(longest + 1, network.card.lengths.lowerBound) {
      let isNeeded = policy.shares(points: points, lengths: all.map(\.lengths)).contains {
        !present.contains(all[$0.network].lengths)
      }
      guard isNeeded else { continue }
      let end = points > longest ? Int.max : points
      if let last = ranges.last, last.upperBound == points - 1 {
        ranges[ranges.count - 1] = last.lowerBound...end
      } else {
        ranges.append(points...end)
      }
    }
    lengths = ranges
    instead = Self.instead(missing.map(\.lengths), present, policy)
  }

  public static func == (a: MissingNets, b: MissingNets) -> Bool { a.sentence == b.sentence }

  /// Who answers in their place.
  private static func instead(
    _ missing: [ClosedRange<Int>], _ present: [ClosedRange<Int>], _ policy: LengthPolicy
  ) -> String {
    guard let longest = present.map(\.upperBound).max(), let shortest = present.map(\.upperBound).min() else {
      return ""
    }
    switch policy {
    case .mix:
      return "Up to \(shortest) points the net for \(shortest) answers alone, from \(longest) points on the one for "
        + "\(longest); between nets that are there answers are mixed."
    case .zeros:
      var text = "Of trajectories longer than \(longest) points the last \(longest) alone are read."
      for gap in missing where gap.upperBound < longest {
        guard let next = present.map(\.upperBound).filter({ $0 > gap.upperBound }).min() else { continue }
        text += " \(gap.lowerBound) to \(gap.upperBound) points go to the net for \(next), with zeros in front."
      }
      return text
    default: return ""
    }
  }

  /// How many nets are there, and who answers in place of the others; file names apart.
  public var coverage: String {
    "\(subtask): \(counts.present) of \(counts.all) nets. \(instead)".trimmingCharacters(in: .whitespaces)
  }

  /// Everything, for a user who asks for answers that these nets would give.
  public var sentence: String {
    let points = lengths.map { range in
      range.upperBound == .max
        ? "\(range.lowerBound) or more"
        : range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    }
    return "\(architecture), \(coverage) Missing for \(points.joined(separator: ", ")) points: "
      + "\(files.joined(separator: ", ")). Fetch them from \(source), put them beside the others, and run zoo import "
      + "\(architecture) FOLDER again."
  }
}

extension ModelExpression {
  /// What is missing of published nets for some subtasks; weights that are not there at all are errors elsewhere.
  /// - Parameters:
  ///   - subtasks: what is asked; those that the model does not answer are left out.
  ///   - weights: where weights are looked for.
  ///   - points: lengths of the trajectories; gaps that none of them meets are left out.
  public func missingNets(
    _ subtasks: [Subtask], _ weights: WeightStore, points: ClosedRange<Int> = 0...Int.max
  ) -> [MissingNets] {
    architectures.flatMap { architecture -> [MissingNets] in
      guard let network = architecture as? any PublishedNets else { return [] }
      return subtasks.compactMap { subtask in
        guard network.card.subtasks.contains(subtask),
          let found = try? weights.weights(network.card.id, subtask), !found.isForAllLengths,
          let missing = Self.missing(network, subtask, found.members.compactMap(\.lengths)),
          missing.lengths.contains(where: { $0.overlaps(points) })
        else { return nil }
        return missing
      }
    }
  }

  private static func missing<Network: PublishedNets>(
    _ network: Network, _ subtask: Subtask, _ present: [ClosedRange<Int>]
  ) -> MissingNets? {
    MissingNets(network, subtask, present: present)
  }
}
