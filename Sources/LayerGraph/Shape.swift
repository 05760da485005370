/// The shape of one trajectory's value inside a graph: a sequence `[steps, channels]` or a vector `[channels]`.
///
/// The batch is no part of it: a graph is defined for one trajectory, and a plan runs it for many.
public enum Shape: Sendable, Hashable, CustomStringConvertible {
  /// `channels` numbers at each of `steps` points in time.
  case sequence(steps: Int, channels: Int)
  /// `channels` numbers, without time.
  case vector(channels: Int)

  /// Numbers at one point in time.
  public var channels: Int {
    switch self {
    case .sequence(_, let channels), .vector(let channels): channels
    }
  }

  /// Points in time; 1 for a vector.
  public var steps: Int {
    switch self {
    case .sequence(let steps, _): steps
    case .vector: 1
    }
  }

  /// All numbers together.
  public var count: Int { steps * channels }

  /// Whether there is a time axis.
  public var isSequence: Bool {
    if case .sequence = self { true } else { false }
  }

  /// The same time axis with another number of channels.
  public func with(channels: Int) -> Shape {
    switch self {
    case .sequence(let steps, _): .sequence(steps: steps, channels: channels)
    case .vector: .vector(channels: channels)
    }
  }

  public var description: String {
    switch self {
    case .sequence(let steps, let channels): "[\(steps) steps, \(channels)]"
    case .vector(let channels): "[\(channels)]"
    }
  }
}
