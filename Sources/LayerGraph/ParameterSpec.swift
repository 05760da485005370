/// What a layer says of one of its parameters before any number exists.
public struct ParameterSpec: Sendable, Equatable {
  /// Whether an optimiser changes it.
  public enum Role: Sendable, Equatable {
    /// Changed by the optimiser; takes part in clipping and weight decay.
    case trained
    /// Measured on data (running statistics, counters); no gradient.
    case statistic
  }

  /// How a new network starts.
  public enum Initial: Sendable, Equatable {
    /// The same value everywhere.
    case constant(Float)
    /// Uniform in -bound...bound.
    case uniform(bound: Float)
    /// Uniform in -bound...bound, then `value` added to the rows `rows` of the first axis: e.g. an LSTM's forget bias.
    case uniformWithOffset(bound: Float, rows: Range<Int>, value: Float)
    /// Exactly these numbers.
    case values([Float])
  }

  /// The name inside its layer, or the whole dotted key once a graph has put its scope in front.
  public var name: String
  /// Row-major extents; empty for a scalar.
  public let shape: [Int]
  /// Whether an optimiser changes it.
  public let role: Role
  /// What stands in it in a new network.
  public let initial: Initial
  /// The parameter (named like `name`) whose numbers fill this one, row after row, where a checkpoint lacks it.
  public var fallback: String?

  /// A parameter with a name inside its layer and row-major extents.
  public init(
    _ name: String, _ shape: [Int], role: Role = .trained, initial: Initial, fallback: String? = nil
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.initial = initial
    self.fallback = fallback
  }

  /// Numbers in it.
  public var count: Int { shape.reduce(1, *) }
}
