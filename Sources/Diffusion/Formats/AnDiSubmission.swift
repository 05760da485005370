/// Somebody's answers in the challenge's submission format: a line for each trajectory, its dimension and the answer.
///
/// `task1.txt` of a submission has the exponent, `task2.txt` the probabilities of the five models, in the order of
/// `DiffusionModel.allCases`. Lines of one dimension are in the order of that dimension's trajectories.
public struct AnDiSubmission: Sendable, Equatable {
  /// The file.
  public let path: String
  /// By the number of fields of its lines.
  public let task: ChallengeTask
  /// `answers[dimension - 1]`: for each trajectory one exponent, or five probabilities that sum to 1.
  public let answers: [[[Double]]]

  /// Reads and checks a whole file.
  /// - Throws: `FormatError` with file and line.
  public init(path: String) throws {
    let lines = try LineReader(path)
    var values: [Double] = [], answers: [[[Double]]] = [[], [], []]
    var task: ChallengeTask?
    let classes = DiffusionModel.allCases.count
    while try lines.next({ try lines.numbers($0, into: &values) }) {
      guard let dimension = Int(exactly: values[0]), (1...3).contains(dimension) else {
        throw lines.error(expected: "the dimension 1, 2 or 3 in field 1", found: "\(values[0])")
      }
      let kind: ChallengeTask? = values.count == 2 ? .exponent : values.count == 1 + classes ? .model : nil
      guard let kind, kind == task ?? kind else {
        let wanted = task.map { $0 == .exponent ? "an exponent" : "\(classes) probabilities" }
        throw lines.error(
          expected: "a dimension and \(wanted ?? "an exponent, or \(classes) probabilities"), as in a submission",
          found: values.count == 1 ? "1 field" : "\(values.count) fields")
      }
      task = kind
      var answer = Array(values.dropFirst())
      if kind == .model {
        let sum = answer.reduce(0, +)
        guard answer.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite else {
          throw lines.error(
            expected: "\(classes) probabilities, none below 0 and one above", found: "\(answer.map { "\($0)" })")
        }
        answer = answer.map { $0 / sum }
      }
      answers[dimension - 1].append(answer)
    }
    guard let task else { throw FormatError.empty(file: path) }
    self.path = path
    self.task = task
    self.answers = answers
  }
}
