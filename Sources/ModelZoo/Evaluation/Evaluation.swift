import Cluster
import Diffusion

/// Compares architectures on labelled trajectories, subtask by subtask.
public struct Evaluation {
  /// Where the models come from.
  public let registry: Registry
  /// Ids, in the order of the rows.
  public let models: [String]
  /// Where their weights come from.
  public let weights: WeightStore
  /// How they answer: by which length policy, over which symmetric copies.
  public let options: ServingOptions
  /// How intervals are made.
  public let bootstrap: Bootstrap

  /// Trajectories that are in memory at a time, on each rank.
  static let blockSize = 2048

  /// - Parameters:
  ///   - registry: where the models come from.
  ///   - models: ids, or several with plus signs between, in the order of the rows.
  ///   - weights: where their weights come from.
  ///   - options: how they answer.
  ///   - bootstrap: how intervals are made.
  /// - Throws: `RegistryError` where one is not registered.
  public init(
    _ registry: Registry, models: [String], weights: WeightStore = WeightStore(),
    options: ServingOptions = ServingOptions(), bootstrap: Bootstrap = Bootstrap()
  ) throws {
    for model in models { _ = try registry.model(model) }
    self.options = options
    self.registry = registry
    self.models = models
    self.weights = weights
    self.bootstrap = bootstrap
  }

  /// Judges all models on one source, each block of which is read once.
  /// - Parameters:
  ///   - source: labelled trajectories of one task and dimension.
  ///   - communicator: ranks that share the blocks, each with the same source; the first one gets the rows.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source throws.
  public func rows(
    _ source: any TrajectorySource, communicator: Communicator = .alone, progress: (Int) -> Void = { _ in }
  ) throws -> [Row] {
    try run(source, submissions: [], communicator, keepsTrajectories: false, progress: progress) { _, _, _, _ in }
  }

  /// Judges all models on one source, which is read once, and keeps what they said of each trajectory.
  /// - Parameters:
  ///   - source: labelled trajectories of one task and dimension.
  ///   - submissions: answers of others, which become rows after the models'.
  ///   - communicator: ranks that share the blocks, each with the same source; the first one gets the records.
  ///   - progress: called with the number of trajectories done.
  /// - Throws: what the source throws, or `Submission.Failure` where one has other trajectories than the source.
  public func records(
    _ source: any TrajectorySource, submissions: [Submission] = [], communicator: Communicator = .alone,
    progress: (Int) -> Void = { _ in }
  ) throws -> EvaluationRecords {
    var records = EvaluationRecords(
      Subtask(task: source.task, dimension: source.dimension), models: models.count + submissions.count)
    records.rows = try run(
      source, submissions: submissions, communicator, keepsTrajectories: true, progress: progress
    ) { start, block, index, answer in
      if index == 0 { records.take(block, from: start) }
      if let answer { records.take(answer.predictions, of: block, model: index, seconds: answer.seconds) }
    }
    return records
  }

  /// - Parameters:
  ///   - keepsTrajectories: whether `observe` gets trajectories; else there are none.
  ///   - observe: called with the start of each block, its trajectories, the number of the row, and its answers.
  private func run(
    _ source: any TrajectorySource, submissions: [Submission], _ communicator: Communicator, keepsTrajectories: Bool,
    progress: (Int) -> Void,
    observe: (Int, [LabelledTrajectory], Int, (predictions: [Prediction], seconds: Double?)?) -> Void
  ) throws -> [Row] {
    let subtask = Subtask(task: source.task, dimension: source.dimension)
    var contests = try communicator.together { try models.map { try contest($0, subtask) } }
    try requireSame(contests, communicator)
    // A block's answers do not depend on its size; each rank is to get several.
    let size =
      communicator.isAlone ? Self.blockSize : max(64, min(Self.blockSize, source.count / (8 * communicator.count)))
    let questions = BlockEstimates.Questions(
      source, size: size, keepsTrajectories: keepsTrajectories, characterizers: contests.map(\.characterizer))
    try communicator.first { contests += try submissions.map { try contest($0, subtask, count: source.count) } }
    let scheduler = BlockScheduler(communicator, count: questions.count) { number in
      var writer = ByteWriter()
      try questions.estimates(ofBlock: number).write(to: &writer)
      return writer.bytes
    }
    var start = 0
    do {
      try scheduler.run { next in
        while let bytes = try next() {
          var reader = ByteReader(bytes)
          let block = try BlockEstimates(from: &reader)
          for index in contests.indices {
            let answer = index < block.answers.count ? block.answers[index] : .none
            observe(start, block.trajectories ?? [], index, contests[index].judge(answer, block.truths, from: start))
            if case .failure = answer { questions.leaveOut(index) }
          }
          start += block.truths.count
          progress(start)
        }
      }
    } catch let failure as BlockFailure { throw failure.error }
    return communicator.isFirst ? compared(contests.map(finish)) : []
  }

  /// Ranks with other weights would make a table of two methods.
  private func requireSame(_ contests: [Contest], _ communicator: Communicator) throws {
    guard !communicator.isAlone else { return }
    for contest in contests {
      let text = try contest.row.error ?? registry.model(contest.row.model).weightsText([contest.row.subtask], weights)
      try communicator.requireSame("weights of '\(contest.row.model)', \(contest.row.subtask)", text)
    }
  }

  /// Rows of one subtask on the same trajectories, each with its difference to the best.
  ///
  /// Rows without a value, and such as judged other trajectories than the first with a value, get none; nor does a row
  /// that is alone.
  public func compared(_ rows: [Row]) -> [Row] {
    var rows = rows
    let valued = rows.indices.filter { rows[$0].value != nil && !rows[$0].scores.isEmpty }
    let indices = valued.filter { rows[$0].scores.count == rows[valued[0]].scores.count }
    for index in rows.indices { rows[index].difference = nil }
    guard indices.count > 1 else { return rows }
    let isLargerBetter = rows[indices[0]].subtask.task == .model
    let differences = PairedDifference.toBest(
      indices.map { rows[$0].scores }, isLargerBetter: isLargerBetter, bootstrap: bootstrap)
    for (index, difference) in zip(indices, differences) { rows[index].difference = difference }
    return rows
  }

  private func contest(_ model: String, _ subtask: Subtask) throws -> Contest {
    let expression = try registry.model(model)
    var contest = Contest(row: Row(model: model, subtask: subtask))
    guard expression.answers(subtask) else { return contest }
    contest.startCounts()
    do {
      contest.entrant = .model(try expression.characterizer(for: subtask, weights: weights, options: options))
      contest.seconds = 0
    } catch { contest.row.error = "\(error)" }
    return contest
  }

  private func contest(_ submission: Submission, _ subtask: Subtask, count: Int) throws -> Contest {
    var contest = Contest(row: Row(model: submission.name, subtask: subtask))
    if let predictions = try submission.predictions(subtask, count: count) {
      contest.startCounts()
      contest.entrant = .submission(predictions)
    }
    return contest
  }

  private func finish(_ contest: Contest) -> Row {
    var row = contest.row
    guard contest.entrant != nil else { return row }
    guard !row.scores.isEmpty else {
      row.error = "No trajectory has a label for this task."
      return row
    }
    if let index = row.scores.firstIndex(where: { !$0.isFinite }) {
      row.error = "\(CharacterizerError.notFinite(index: index))"
      row.scores = []
      return row
    }
    row.count = row.scores.count
    row.value = mean(row.scores)
    row.interval = bootstrap.interval(row.scores)
    row.seconds = contest.seconds
    row.coverage = contest.doubt.coverage
    row.width = contest.doubt.width
    return row
  }
}
