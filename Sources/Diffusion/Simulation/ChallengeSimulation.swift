import Dispatch
import Synchronization

/// A test set of the AnDi Challenge 2020 for one task and dimension.
///
/// The selection is drawn first, with the quotas of a finite set, and only selected rows are simulated; each row has
/// random numbers of its own. So any part of the set can be had alone, and threads do not matter.
/// - Source: `andi_dataset` of andi-datasets 0.0.5.
public struct ChallengeSimulation: TrajectorySource {
  public let task: ChallengeTask
  public let dimension: Int
  public let seed: UInt64
  private let rows: [Row]

  private struct Row {
    let model: DiffusionModel
    let exponentIndex: Int
    /// Its number in the base set, which tasks 1 and 2 share.
    let number: Int
    let length: Int
  }

  /// - Parameter count: trajectories wanted, 1 or more; small task 2 sets can have a few less, as the challenge's.
  public init(task: ChallengeTask, dimension: Int, seed: UInt64, count: Int) {
    precondition((1...3).contains(dimension) && count >= 1, "no such set")
    self.task = task
    self.dimension = dimension
    self.seed = seed
    rows = Self.selection(task: task, dimension: dimension, seed: seed, count: count)
  }

  public var count: Int { rows.count }
  public var title: String { "AnDi 2020 simulation, seed \(seed)" }

  private static func selection(task: ChallengeTask, dimension: Int, seed: UInt64, count: Int) -> [Row] {
    let quota = ceilingDivide(16 * count, 50)
    var base: [(model: DiffusionModel, exponentIndex: Int, number: Int)] = []
    for model in DiffusionModel.allCases {
      let each =
        switch model {
        case .attm, .ctrw: ceilingDivide(quota, 20)
        case .fbm: ceilingDivide(quota, 39)
        case .lw: ceilingDivide(8 * quota, 210)
        case .sbm: ceilingDivide(quota, 40)
        }
      for exponentIndex in model.exponentIndices {
        for _ in 0..<each { base.append((model, exponentIndex, base.count)) }
      }
    }
    var random = CounterBasedRandom(
      seed: seed, index: task.number << 8 | dimension, stream: .selection)
    var pool: [(model: DiffusionModel, exponentIndex: Int, number: Int)] = []
    switch task {
    case .exponent:
      let wanted = ceilingDivide(11 * count, 400)
      for exponentIndex in 0..<ExponentGrid.count {
        pool += base.filter { $0.exponentIndex == exponentIndex }.shuffled(using: &random).prefix(wanted)
      }
    case .model:
      let wanted = max(1, 11 * count / 50)
      for model in DiffusionModel.allCases {
        pool += base.filter { $0.model == model }.shuffled(using: &random).prefix(wanted)
      }
    }
    return pool.shuffled(using: &random).prefix(count).map { cell in
      Row(
        model: cell.model, exponentIndex: cell.exponentIndex, number: cell.number,
        length: Int.random(in: Observation.lengths, using: &random))
    }
  }

  private static func ceilingDivide(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

  public func trajectories(_ range: Range<Int>) -> [LabelledTrajectory] { range.map(trajectory) }

  /// All trajectories.
  public func trajectories(threads: Int) -> [LabelledTrajectory] {
    let piece = 64
    let pieces = (count + piece - 1) / piece
    let results = Mutex<[Int: [LabelledTrajectory]]>([:])
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, pieces))) { thread in
      for number in stride(from: thread, to: pieces, by: max(1, threads)) {
        let part = trajectories(number * piece..<min(count, (number + 1) * piece))
        results.withLock { $0[number] = part }
      }
    }
    return results.withLock { parts in (0..<pieces).flatMap { parts[$0] ?? [] } }
  }

  /// One trajectory of the set.
  private func trajectory(_ index: Int) -> LabelledTrajectory {
    let row = rows[index]
    let exponent = ExponentGrid.exponent(row.exponentIndex)
    // Dimensions have base sets of their own.
    let number = row.number * 4 + dimension
    var draw = Observation.draw(dimension: dimension, seed: seed, index: number)
    draw.length = row.length
    return LabelledTrajectory(
      trajectory: Observation.trajectory(
        row.model, exponent: exponent, dimension: dimension, draw: draw, seed: seed, index: number),
      truth: GroundTruth(
        exponent: (exponent * 100).rounded() / 100, model: row.model, sigma: draw.sigma,
        coefficient: draw.coefficient))
  }
}
