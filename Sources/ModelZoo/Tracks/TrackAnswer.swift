import Cluster
import Diffusion
import LayerGraph
import Synchronization

/// What is found out about a trajectory of a track; ranks send it to the first one.
struct TrackAnswer: Sendable, Equatable {
  /// Nil where it was not asked, or could not be answered.
  var exponent: Estimate?
  var model: Estimate?
  var fit: MeanSquaredDisplacementFit.Estimate?
  /// Why a question has no answer; the other may have one.
  private(set) var flags: [TrackResult.Flag] = []
  /// The same in words.
  private(set) var reason: String?

  /// What `flags` may hold.
  private static let refusals: [TrackResult.Flag] = [.tooShort, .tooLong, .noAnswer]

  init() {}

  /// Notes why a question has no answer.
  mutating func refuse(_ flag: TrackResult.Flag, _ reason: String) {
    if !flags.contains(flag) { flags.append(flag) }
    self.reason = reason
  }

  func write(to writer: inout ByteWriter) {
    exponent.write(to: &writer)
    model.write(to: &writer)
    writer.append(fit)
    writer.append(flags.compactMap { Self.refusals.firstIndex(of: $0) })
    writer.append(reason != nil)
    writer.append(reason ?? "")
  }

  init(from reader: inout ByteReader) {
    exponent = Estimate?(from: &reader)
    model = Estimate?(from: &reader)
    fit = reader.next()
    flags = reader.nextArray(Int.self).map { Self.refusals[$0] }
    let hasReason = reader.next(Bool.self), text = reader.nextText()
    reason = hasReason ? text : nil
  }
}

extension TrackResult {
  mutating func take(_ answer: TrackAnswer) {
    exponent = answer.exponent
    model = answer.model
    fit = answer.fit
    for flag in answer.flags where !flags.contains(flag) { flags.append(flag) }
    reason = answer.reason ?? reason
  }
}

/// Asks a model about trajectories of any dimension; an answer does not depend on the others of a block.
final class TrackQuestions: Sendable {
  private let model: ModelExpression
  private let tasks: [ChallengeTask]
  private let weights: WeightStore
  private let options: ServingOptions
  private let characterizers = Mutex<[Subtask: any Characterizer]>([:])

  init(_ model: ModelExpression, tasks: [ChallengeTask], weights: WeightStore, options: ServingOptions) {
    self.model = model
    self.tasks = tasks
    self.weights = weights
    self.options = options
  }

  /// Ranks that ask other questions would make a file of two methods.
  func requireSame(_ communicator: Communicator) throws {
    guard !communicator.isAlone else { return }
    let subtasks = tasks.flatMap { task in (1...3).map { Subtask(task: task, dimension: $0) } }
    try communicator.requireSame("questions", "\(model.text), \(tasks.map(\.rawValue)), \(options)")
    try communicator.requireSame("weights of '\(model.text)'", model.weightsText(subtasks, weights))
  }

  /// - Throws: `CheckpointError` where weights are missing.
  func answers(_ trajectories: [Trajectory]) throws -> [TrackAnswer] {
    var answers = [TrackAnswer](repeating: TrackAnswer(), count: trajectories.count)
    let groups = Dictionary(grouping: trajectories.indices) { trajectories[$0].dimension }
    for (dimension, group) in groups.sorted(by: { $0.key < $1.key }) {
      for task in tasks {
        let characterizer = try characterizer(Subtask(task: task, dimension: dimension))
        try ask(group[...], of: trajectories, characterizer, task, &answers)
      }
    }
    for (index, fit) in fits(trajectories).enumerated() { answers[index].fit = fit }
    return answers
  }

  private func characterizer(_ subtask: Subtask) throws -> any Characterizer {
    try characterizers.withLock { characterizers in
      if let known = characterizers[subtask] { return known }
      let made = try model.characterizer(for: subtask, weights: weights, options: options)
      characterizers[subtask] = made
      return made
    }
  }

  /// Asks about some of the block. Lengths that the weights do not serve are left out; where an answer is not finite,
  /// halves are asked until the culprit is alone.
  private func ask(
    _ indices: ArraySlice<Int>, of trajectories: [Trajectory], _ characterizer: any Characterizer,
    _ task: ChallengeTask, _ answers: inout [TrackAnswer]
  ) throws {
    guard !indices.isEmpty else { return }
    do {
      let estimates = try characterizer.estimates(for: indices.map { trajectories[$0] })
      for (index, estimate) in zip(indices, estimates) {
        if task == .exponent { answers[index].exponent = estimate } else { answers[index].model = estimate }
      }
    } catch CharacterizerError.length(_, let served, _) {
      let inside = indices.filter { served.contains(trajectories[$0].count) }
      for index in indices where !served.contains(trajectories[index].count) {
        let points = trajectories[index].count
        answers[index].refuse(
          points < served.lowerBound ? .tooShort : .tooLong,
          "has \(points) points; the weights serve \(served.lowerBound) to \(served.upperBound)")
      }
      if inside.count < indices.count { try ask(inside[...], of: trajectories, characterizer, task, &answers) }
    } catch CharacterizerError.notFinite {
      guard indices.count > 1 else {
        return answers[indices.first!].refuse(.noAnswer, "has an answer that is not a finite number")
      }
      let middle = indices.startIndex + indices.count / 2
      try ask(indices[..<middle], of: trajectories, characterizer, task, &answers)
      try ask(indices[middle...], of: trajectories, characterizer, task, &answers)
    }
  }

  private func fits(_ trajectories: [Trajectory]) -> [MeanSquaredDisplacementFit.Estimate?] {
    var fits = [MeanSquaredDisplacementFit.Estimate?](repeating: nil, count: trajectories.count)
    fits.withUnsafeMutableBufferPointer { fits in
      nonisolated(unsafe) let place = fits.baseAddress
      Workers().run(trajectories.count) { index, _ in
        place?[index] = MeanSquaredDisplacementFit().estimate(trajectories[index])
      }
    }
    return fits
  }
}
