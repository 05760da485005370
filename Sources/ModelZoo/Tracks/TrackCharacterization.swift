import Diffusion
import LayerGraph

/// Characterises the tracks of a file block by block, so that memory does not grow with their number.
public final class TrackCharacterization {
  /// What answers.
  public let model: ModelExpression
  /// What is answered.
  public let tasks: [ChallengeTask]
  /// What becomes of tracks that lack frames.
  public let gaps: GapPolicy
  /// Points of pieces that are characterised.
  public let lengths: ClosedRange<Int>
  /// Of all that was read so far.
  public private(set) var summary: TrackSummary

  private let weights: WeightStore
  private let options: ServingOptions
  private var characterizers: [Subtask: any Characterizer] = [:]
  private var block: [TrackResult] = []
  private var coordinates = 0

  /// Pieces, and numbers in them, that are in memory at a time.
  private static let mostPieces = 8192, mostCoordinates = 1 << 22

  /// The shortest trajectories of the AnDi Challenge; shorter ones say next to nothing.
  public static let shortestByDefault = 10

  /// - Parameters:
  ///   - tasks: nil for all that the model answers.
  ///   - shortest: points that a piece must have; no less than the model needs.
  /// - Throws: `CheckpointError.subtask` where the model does not answer one of the tasks.
  public init(
    _ model: ModelExpression, tasks: [ChallengeTask]? = nil, weights: WeightStore = WeightStore(),
    options: ServingOptions = ServingOptions(), gaps: GapPolicy = .split, shortest: Int = shortestByDefault
  ) throws {
    let cards = model.architectures.map(\.card)
    func answers(_ card: Card, _ task: ChallengeTask) -> Bool { card.subtasks.contains { $0.task == task } }
    self.model = model
    self.tasks = tasks ?? ChallengeTask.allCases.filter { task in cards.allSatisfy { answers($0, task) } }
    for task in self.tasks {
      guard let card = cards.first(where: { !answers($0, task) }) else { continue }
      throw CheckpointError.subtask(architecture: card.id, subtask: Subtask(task: task, dimension: 1))
    }
    self.weights = weights
    self.options = options
    self.gaps = gaps
    let least = cards.reduce(shortest) { max($0, $1.lengths.lowerBound) }
    lengths = least...cards.reduce(Int.max) { max(least, min($0, $1.lengths.upperBound)) }
    summary = TrackSummary(model: model.text, gaps: gaps, shortest: least)
  }

  /// Characterises all tracks of a file.
  /// - Parameter body: called with the results of each block, in the order of the file.
  /// - Throws: what the reader and `body` throw, and `CheckpointError` where weights are missing.
  public func run(_ reader: any TrackReader, _ body: ([TrackResult]) throws -> Void) throws {
    while let entry = try reader.next() {
      switch entry {
      case .track(let track): add(track)
      case .problem(let id, let points, let problem):
        block.append(
          TrackResult(
            track: id, piece: 0, firstFrame: nil, points: points, missingFrames: 0, dimension: nil,
            flags: [.problem(problem.flag)], reason: "has \(problem)"))
      }
      if block.count >= Self.mostPieces || coordinates >= Self.mostCoordinates { try finishBlock(body) }
    }
    try finishBlock(body)
  }

  /// Cuts a track into pieces and puts them, or the reason why there are none, into the block.
  private func add(_ track: Track) {
    let missing = track.missingFrames
    var flags: [TrackResult.Flag] = []
    if track.lostPoints > 0 { flags.append(.lostPoints) }
    if track.wasUnordered { flags.append(.unordered) }
    guard let pieces = track.pieces(gaps, longest: lengths.upperBound) else {
      let isRefused = gaps == .refuse
      block.append(
        TrackResult(
          track: track.id, piece: 0, firstFrame: track.frames[0], points: track.count, missingFrames: missing,
          dimension: track.dimension, flags: flags + [isRefused ? .gaps : .tooLong],
          reason: isRefused
            ? "lacks \(missing) frame\(missing == 1 ? "" : "s")"
            : "would have \(track.count + missing) points with its gaps filled in"))
      return
    }
    if missing > 0 { flags.append(gaps == .interpolate ? .interpolated : .split) }
    for piece in pieces {
      var result = TrackResult(
        track: track.id, piece: piece.number, firstFrame: piece.firstFrame, points: piece.trajectory.count,
        missingFrames: missing, dimension: track.dimension, flags: flags)
      if result.points < lengths.lowerBound {
        result.flags.append(.tooShort)
        result.reason = "has \(result.points) point\(result.points == 1 ? "" : "s"), fewer than \(lengths.lowerBound)"
      } else if result.points > lengths.upperBound {
        result.flags.append(.tooLong)
        result.reason = "has \(result.points) points, more than \(lengths.upperBound)"
      } else {
        if piece.trajectory.isImmobile { result.flags.append(.immobile) }
        result.trajectory = piece.trajectory
        coordinates += piece.trajectory.positions.count
      }
      block.append(result)
    }
  }

  private func characterizer(_ subtask: Subtask) throws -> any Characterizer {
    if let known = characterizers[subtask] { return known }
    let made = try model.characterizer(for: subtask, weights: weights, options: options)
    characterizers[subtask] = made
    return made
  }

  private func finishBlock(_ body: ([TrackResult]) throws -> Void) throws {
    let indices = block.indices.filter { block[$0].trajectory != nil }
    for (dimension, group) in Dictionary(grouping: indices, by: { block[$0].dimension! }).sorted(by: { $0.key < $1.key }
    ) {
      for task in tasks {
        try answer(group[...], by: try characterizer(Subtask(task: task, dimension: dimension)), task)
      }
    }
    fit(indices)
    for index in block.indices { summary.add(block[index]) }
    try body(block)
    block.removeAll(keepingCapacity: true)
    coordinates = 0
  }

  /// Asks for some of the block. Lengths that the weights do not serve are left out; where an answer is not finite,
  /// halves are asked until the culprit is alone.
  private func answer(_ indices: ArraySlice<Int>, by characterizer: any Characterizer, _ task: ChallengeTask) throws {
    guard !indices.isEmpty else { return }
    do {
      let estimates = try characterizer.estimates(for: indices.map { block[$0].trajectory! })
      for (index, estimate) in zip(indices, estimates) {
        if task == .exponent { block[index].exponent = estimate } else { block[index].model = estimate }
      }
    } catch CharacterizerError.length(_, let served, _) {
      let (inside, outside) = (
        indices.filter { served.contains(block[$0].points) }, indices.filter { !served.contains(block[$0].points) }
      )
      for index in outside {
        let points = block[index].points
        leave(
          index, points < served.lowerBound ? .tooShort : .tooLong,
          "has \(points) points; the weights serve \(served.lowerBound) to \(served.upperBound)")
      }
      if !outside.isEmpty { try answer(inside[...], by: characterizer, task) }
    } catch CharacterizerError.notFinite {
      guard indices.count > 1 else {
        return leave(indices.first!, .noAnswer, "has an answer that is not a finite number")
      }
      let middle = indices.startIndex + indices.count / 2
      try answer(indices[..<middle], by: characterizer, task)
      try answer(indices[middle...], by: characterizer, task)
    }
  }

  /// Notes why one question has no answer; the other may have one.
  private func leave(_ index: Int, _ flag: TrackResult.Flag, _ reason: String) {
    if !block[index].flags.contains(flag) { block[index].flags.append(flag) }
    block[index].reason = reason
  }

  private func fit(_ indices: [Int]) {
    let trajectories = indices.map { block[$0].trajectory! }
    var fits = [MeanSquaredDisplacementFit.Estimate?](repeating: nil, count: indices.count)
    fits.withUnsafeMutableBufferPointer { fits in
      nonisolated(unsafe) let place = fits.baseAddress
      Workers().run(trajectories.count) { index, _ in
        place?[index] = MeanSquaredDisplacementFit().estimate(trajectories[index])
      }
    }
    for (index, fit) in zip(indices, fits) { block[index].fit = fit }
  }
}
