import Cluster
import Diffusion

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

  private let questions: TrackQuestions
  private var block: [TrackResult] = []
  private var coordinates = 0
  private var isAtEnd = false
  /// Blocks that were read and are not answered yet.
  private var pending: [[TrackResult]] = []

  /// Pieces, and numbers in them, that are in memory at a time.
  private static let mostPieces = 8192, mostCoordinates = 1 << 22
  /// Of several ranks, each of which has some blocks at a time and is to get several.
  private static let mostPiecesOfRanks = 1024, mostCoordinatesOfRanks = 1 << 19

  /// The shortest trajectories of the AnDi Challenge; shorter ones say next to nothing.
  public static let shortestByDefault = 10

  /// - Parameters:
  ///   - model: what answers.
  ///   - tasks: nil for all that the model answers.
  ///   - weights: where its weights are looked for.
  ///   - options: by which length policy it answers, over which symmetric copies.
  ///   - gaps: what becomes of tracks that lack frames.
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
    questions = TrackQuestions(model, tasks: self.tasks, weights: weights, options: options)
    self.gaps = gaps
    let least = cards.reduce(shortest) { max($0, $1.lengths.lowerBound) }
    lengths = least...cards.reduce(Int.max) { max(least, min($0, $1.lengths.upperBound)) }
    summary = TrackSummary(model: model.text, gaps: gaps, shortest: least)
  }

  /// Characterises all tracks of a file.
  /// - Parameters:
  ///   - reader: on the first rank alone, which reads for all.
  ///   - communicator: ranks that share the tracks.
  ///   - body: called on the first rank, with the results of each block, in the order of the file.
  /// - Throws: what the reader and `body` throw, and `CheckpointError` where weights are missing.
  public func run(
    _ reader: (any TrackReader)?, communicator: Communicator = .alone, _ body: ([TrackResult]) throws -> Void
  ) throws {
    try questions.requireSame(communicator)
    let most =
      communicator.isAlone
      ? (Self.mostPieces, Self.mostCoordinates) : (Self.mostPiecesOfRanks, Self.mostCoordinatesOfRanks)
    let questions = questions
    let scheduler = BlockScheduler(communicator) {
      try reader.flatMap { try self.readBlock($0, most) }
    } work: { _, bytes in
      try Self.answers(bytes, by: questions)
    }
    do {
      try scheduler.run { next in
        while let bytes = try next() { try body(take(bytes)) }
      }
    } catch let failure as BlockFailure { throw failure.error }
  }

  /// The next block's trajectories; nil at the end of the file.
  private func readBlock(_ reader: any TrackReader, _ most: (pieces: Int, coordinates: Int)) throws -> [UInt8]? {
    while !isAtEnd, block.count < most.pieces, coordinates < most.coordinates {
      guard let entry = try reader.next() else {
        isAtEnd = true
        break
      }
      switch entry {
      case .track(let track): add(track)
      case .problem(let id, let points, let problem):
        block.append(
          TrackResult(
            track: id, piece: 0, firstFrame: nil, points: points, missingFrames: 0, dimension: nil,
            flags: [.problem(problem.flag)], reason: "has \(problem)"))
      }
    }
    guard !block.isEmpty else { return nil }
    var writer = ByteWriter()
    let trajectories = block.compactMap(\.trajectory)
    writer.append(trajectories.count)
    for trajectory in trajectories {
      writer.append(trajectory.dimension)
      writer.append(trajectory.positions)
    }
    pending.append(block)
    block = []
    coordinates = 0
    return writer.bytes
  }

  private static func answers(_ bytes: [UInt8], by questions: TrackQuestions) throws -> [UInt8] {
    var reader = ByteReader(bytes), writer = ByteWriter()
    let trajectories = try (0..<reader.next(Int.self)).map { _ in
      try Trajectory(dimension: reader.next(), positions: reader.nextArray())
    }
    for answer in try questions.answers(trajectories) { answer.write(to: &writer) }
    return writer.bytes
  }

  /// The results of the block that was read first of those that are pending.
  private func take(_ answers: [UInt8]) -> [TrackResult] {
    var results = pending.removeFirst(), reader = ByteReader(answers)
    for index in results.indices {
      if results[index].trajectory != nil { results[index].take(TrackAnswer(from: &reader)) }
      summary.add(results[index])
    }
    return results
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
}
