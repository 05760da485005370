import Cluster
import Diffusion
import LayerGraph

/// Batches from a simulated set of fixed size and one length, in a new order in each epoch: how published networks were
/// trained.
///
/// Trajectory n of the set is a matter of its number, so the set is never written down: what fits the memory is kept,
/// the rest is simulated again in each epoch, with the same result. Parts of the set are taken by number; trajectories
/// are independent, so that any part is a random one.
public final class FixedSimulatedData: TrainingData {
  private let recipe: Recipe
  private let seed: UInt64
  private let labels: LabelDistribution
  private let workers: Workers
  private let length: Int
  /// Numbers that are held back.
  private let held: Range<Int>
  /// Numbers that are learnt from, in the order of this epoch.
  private var order: [Int32]
  private var epoch = -1
  /// Positions of trajectories that were simulated; nil where the set is too large to keep.
  private let kept: UnsafeMutablePointer<Double>?
  private var isKept: [Bool]

  /// Bytes of positions that are kept, at most.
  static let mostBytes = 1 << 30

  /// - Parameters:
  ///   - recipe: with `data.count` trajectories of the one length in `lengths.list`.
  ///   - workers: threads that simulate; the data do not depend on their number.
  public init(_ recipe: Recipe, workers: Workers = Workers()) {
    precondition(recipe.data.count > 0 && recipe.lengths.list.count == 1, "a fixed set has a size and a length")
    self.recipe = recipe
    self.workers = workers
    length = recipe.lengths.list[0]
    // Another set for each length.
    seed = SimulatedCuts.seed(SplitMix64.mix(recipe.seed &+ UInt64(length) << 32), for: .training)
    labels = LabelDistribution(task: recipe.task)
    held = Self.held(recipe.data)
    order = []
    let count = recipe.data.count, floats = length * recipe.dimension
    let fits = count * floats * MemoryLayout<Double>.size <= Self.mostBytes
    kept = fits ? .allocate(capacity: count * floats) : nil
    isKept = [Bool](repeating: false, count: fits ? count : 0)
  }

  deinit { kept?.deallocate() }

  /// Numbers that a fold, or a split of 80 to 20, holds back.
  static func held(_ data: Recipe.DataChoice) -> Range<Int> {
    data.folds == 0
      ? 0..<data.count / 5
      : data.count * (data.fold - 1) / data.folds..<data.count * data.fold / data.folds
  }

  public var title: String {
    "\(recipe.data.count) simulated trajectories of \(length) points, seed \(recipe.seed)"
      + (recipe.data.folds > 0 ? ", fold \(recipe.data.fold) of \(recipe.data.folds)" : "")
  }

  /// Trajectories in an epoch.
  static func epochCount(_ data: Recipe.DataChoice) -> Int { data.count - held(data).count }

  public func batch(seen: Int, rows: (_ count: Int) -> Range<Int>) throws -> TrainingBatch {
    let all = Self.epochCount(recipe.data)
    let place = seen % all
    prepare(epoch: seen / all)
    let numbers = order[place..<min(all, place + recipe.batchSize(length: length))].map(Int.init)
    let rows = rows(numbers.count)
    return TrainingBatch(
      steps: length, rows: rows, trajectories: trajectories(Array(numbers[rows])), targets: targets(numbers))
  }

  /// What the run is judged by: those held back, or the first of them.
  /// - Parameter communicator: ranks that share the set.
  public func validation(_ communicator: Communicator = .alone) throws -> ValidationSet {
    let numbers = Array(held.prefix(recipe.validation.count))
    let items = zip(trajectories(numbers), numbers).map { trajectory, number in
      let label = labels.labels(seed: seed, index: number)
      return LabelledTrajectory(
        trajectory: trajectory,
        truth: GroundTruth(exponent: ExponentGrid.exponent(label.exponentIndex), model: label.model))
    }
    return try ValidationSet(items, subtask: recipe.subtask, title: title, communicator: communicator)
  }

  public func calibration(length: Int, count: Int) -> [Trajectory] {
    let seed = SimulatedCuts.seed(recipe.seed, for: .calibration)
    return SimulatedCuts.make(
      (0..<count).map { labels.labels(seed: seed, index: $0) }, lengths: [Int](repeating: length, count: count),
      dimension: recipe.dimension, seed: seed, workers: workers)
  }

  private func prepare(epoch wanted: Int) {
    guard wanted != epoch else { return }
    epoch = wanted
    order = Array(0..<Int32(held.lowerBound)) + Array(Int32(held.upperBound)..<Int32(recipe.data.count))
    var random = SplitMix64(seed: SplitMix64.mix(seed &+ UInt64(wanted)))
    order.shuffle(using: &random)
  }

  private func targets(_ numbers: [Int]) -> [Float] {
    numbers.map { number in
      let label = labels.labels(seed: seed, index: number)
      return recipe.task == .exponent
        ? Float(ExponentGrid.exponent(label.exponentIndex)) : Float(label.model.rawValue)
    }
  }

  private func trajectories(_ numbers: [Int]) -> [Trajectory] {
    let floats = length * recipe.dimension
    let missing = kept == nil ? numbers : numbers.filter { !isKept[$0] }
    let made = SimulatedCuts.make(
      missing.map { labels.labels(seed: seed, index: $0) }, lengths: [Int](repeating: length, count: missing.count),
      indices: missing, dimension: recipe.dimension, seed: seed, workers: workers)
    guard let kept else { return made }
    for (number, trajectory) in zip(missing, made) {
      (kept + number * floats).update(from: trajectory.positions, count: floats)
      isKept[number] = true
    }
    return numbers.map { number in
      let positions = Array(UnsafeBufferPointer(start: kept + number * floats, count: floats))
      // They were a trajectory's before.
      return try! Trajectory(dimension: recipe.dimension, positions: positions)
    }
  }
}
