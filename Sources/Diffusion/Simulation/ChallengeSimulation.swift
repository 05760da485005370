import Dispatch
import Synchronization

/// A test set of the AnDi Challenge 2020 for one task and dimension.
///
/// The selection is drawn first, with the quotas of a finite set, and only selected rows are simulated; each row has
/// random numbers of its own. So any part of the set can be had alone, and threads do not matter.
/// - Source: `andi_dataset` of andi-datasets 0.0.5.
public struct ChallengeSimulation: TrajectorySource {
  /// Task 1 balances exponents, task 2 models.
  public let task: ChallengeTask
  /// Of all trajectories, 1, 2 or 3.
  public let dimension: Int
  /// Decides everything, together with task, dimension and number of trajectories.
  public let seed: UInt64
  private let rows: [Row]

  private struct Row {
    let model: DiffusionModel
    let exponentIndex: Int
    /// Its number in the base set, which tasks 1 and 2 share.
    let number: Int
    let length: Int
  }

  /// Draws labels and lengths of a set; its trajectories are simulated when they are asked for.
  /// - Parameters:
  ///   - task: what the set is for, which decides how its labels are drawn.
  ///   - dimension: 1, 2 or 3.
  ///   - seed: the same seed gives the same set, bit by bit, on every x86-64 processor.
  ///   - count: trajectories wanted, 1 or more; small task 2 sets can have a few less, as the challenge's.
  public init(task: ChallengeTask, dimension: Int, seed: UInt64, count: Int) {
    precondition((1...3).contains(dimension) && count >= 1, "no such set")
    self.task = task
    self.dimension = dimension
    self.seed = seed
    rows = Self.selection(task: task, dimension: dimension, seed: seed, count: count)
  }

  /// Trajectories in the set: those wanted, or a few less.
  public var count: Int { rows.count }
  /// The process and the seed.
  public var title: String { "AnDi 2020 simulation, seed \(seed)" }

  private static func selection(task: ChallengeTask, dimension: Int, seed: UInt64, count: Int) -> [Row] {
    // The original's floating-point expressions, whose rounding decides some numbers: 1.1 * 400 / 40 is above 11.
    let quota = (1.6 * Double(count) / 5).rounded(.up)
    var base: [(model: DiffusionModel, exponentIndex: Int, number: Int)] = []
    for model in DiffusionModel.allCases {
      let each =
        switch model {
        case .attm, .ctrw: quota / 20
        case .fbm: quota / 39
        case .lw: quota / 21 * 0.8
        case .sbm: quota / 40
        }
      for exponentIndex in model.exponentIndices {
        for _ in 0..<Int(each.rounded(.up)) { base.append((model, exponentIndex, base.count)) }
      }
    }
    var random = CounterBasedRandom(
      seed: seed, index: task.number << 8 | dimension, stream: .selection)
    var pool: [(model: DiffusionModel, exponentIndex: Int, number: Int)] = []
    switch task {
    case .exponent:
      let wanted = Int((1.1 * Double(count) / Double(ExponentGrid.count)).rounded(.up))
      for exponentIndex in 0..<ExponentGrid.count {
        pool += random.selection(wanted, of: base.filter { $0.exponentIndex == exponentIndex })
      }
    case .model:
      let wanted = max(1, Int(1.1 * Double(count) / 5))
      for model in DiffusionModel.allCases {
        pool += random.selection(wanted, of: base.filter { $0.model == model })
      }
    }
    return random.selection(count, of: pool).map { cell in
      Row(
        model: cell.model, exponentIndex: cell.exponentIndex, number: cell.number,
        length: Observation.length(&random))
    }
  }

  /// Some of the trajectories, in order.
  public func trajectories(_ range: Range<Int>) -> [LabelledTrajectory] { range.map(trajectory) }

  /// All trajectories; the number of threads, 1 or more, changes the time alone.
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

  /// Labels, noise and coefficients of one trajectory, without simulating it.
  public func truth(_ index: Int) -> GroundTruth {
    let row = rows[index], draw = draw(row)
    return GroundTruth(
      exponent: (ExponentGrid.exponent(row.exponentIndex) * 100).rounded() / 100, model: row.model, sigma: draw.sigma,
      coefficient: draw.coefficient)
  }

  /// The number that decides a row's random numbers; dimensions have base sets of their own.
  private func number(_ row: Row) -> Int { row.number * 4 + dimension }

  private func draw(_ row: Row) -> Observation.Draw {
    var draw = Observation.draw(dimension: dimension, seed: seed, index: number(row))
    draw.length = row.length
    return draw
  }

  private func trajectory(_ index: Int) -> LabelledTrajectory {
    let row = rows[index]
    return LabelledTrajectory(
      trajectory: Observation.trajectory(
        row.model, exponent: ExponentGrid.exponent(row.exponentIndex), dimension: dimension, draw: draw(row),
        seed: seed, index: number(row)),
      truth: truth(index))
  }
}
