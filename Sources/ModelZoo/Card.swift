/// What a reader of a table wants to know of an architecture.
public struct Card: Sendable, Codable, Equatable {
  /// A change of the trajectory that leaves predictions as they are.
  public enum Invariance: String, Sendable, Codable, CaseIterable {
    /// Adding a constant to all positions.
    case shift
    /// Multiplying each component by a positive number.
    case scale
  }

  /// What users type: lower-case letters, digits and hyphens.
  public let id: String
  /// The name in running text.
  public let title: String
  /// One or two sentences.
  public let summary: String
  /// Author, year, journal, DOI.
  public let reference: String
  /// Licence of shipped weights, if any are shipped.
  public let weightsLicence: String?
  /// What it can be asked.
  public let subtasks: [Subtask]
  /// Numbers of points that it takes.
  public let lengths: ClosedRange<Int>
  /// Changes of a trajectory that it promises to be blind to; the conformance suite holds it to that.
  public let invariances: [Invariance]

  /// A card; without `subtasks` it answers all six.
  public init(
    id: String, title: String, summary: String, reference: String, weightsLicence: String? = nil,
    subtasks: [Subtask] = Subtask.all, lengths: ClosedRange<Int> = 2...100_000, invariances: [Invariance] = []
  ) {
    self.id = id
    self.title = title
    self.summary = summary
    self.reference = reference
    self.weightsLicence = weightsLicence
    self.subtasks = subtasks
    self.lengths = lengths
    self.invariances = invariances
  }
}
