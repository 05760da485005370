import Diffusion
import LayerGraph

/// Batches cut from 1,000-point simulations, as the challenge's own data are.
///
/// A window of simulated trajectories moves on as batches are drawn, so that each is used about `reuse` times, every
/// time with another cut, noise and coefficient. Which trajectories stand in the window is a matter of numbers alone;
/// one is simulated when it is first needed, so that ranks which share a batch do not simulate each other's.
public final class SimulatedTrainingData: TrainingData {
  private let recipe: Recipe
  /// Far from the seeds of test sets, whose numbers people choose as well.
  private let seed: UInt64
  private let labels: LabelDistribution
  private let workers: Workers
  /// Normalised trajectories; trajectory n stands in slot n % `windowSize`.
  private let positions: UnsafeMutablePointer<Double>
  /// The number of the trajectory that stands in each slot.
  private var numbers = [Int](repeating: -1, count: windowSize)

  static let windowSize = 4096
  private var floats: Int { Observation.simulatedPoints * recipe.dimension }

  /// Data as the recipe asks for; the same recipe gives the same, whatever the number of workers.
  public init(_ recipe: Recipe, workers: Workers = Workers()) {
    self.recipe = recipe
    self.workers = workers
    seed = SimulatedCuts.seed(recipe.seed, for: .training)
    labels = LabelDistribution(task: recipe.task)
    positions = .allocate(capacity: Self.windowSize * Observation.simulatedPoints * recipe.dimension)
  }

  deinit { positions.deallocate() }

  public var title: String { "AnDi 2020 simulation as it goes, seed \(recipe.seed)" }

  public func batch(seen: Int, rows: (_ count: Int) -> Range<Int>) throws -> TrainingBatch {
    let start = seen / recipe.reuse
    var random = CounterBasedRandom(seed: seed, index: UInt64(seen), stream: Stream.batch)
    let steps = recipe.length(random.nextUnit(), progress: Double(seen) / Double(recipe.budget))
    let count = recipe.batchSize(length: steps)
    let slots = (0..<count).map { _ in Int(random.nextUnit() * Double(Self.windowSize)) }
    let dimension = recipe.dimension, seed = self.seed, rows = rows(count)
    simulate(slots[rows], windowStart: start)
    var trajectories = [Trajectory?](repeating: nil, count: rows.count)
    trajectories.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let target = buffer.baseAddress!
      nonisolated(unsafe) let source = positions
      let floats = floats
      let piece = 16
      workers.run((rows.count + piece - 1) / piece) { number, _ in
        for row in number * piece..<min(rows.count, (number + 1) * piece) {
          let index = rows.lowerBound + row
          var draw = Observation.draw(dimension: dimension, seed: seed, index: seen + index)
          draw.length = steps
          target[row] = Observation.cut(
            source + slots[index] * floats, dimension: dimension, draw: draw, seed: seed, index: seen + index)
        }
      }
    }
    return TrainingBatch(
      steps: steps, rows: rows, trajectories: trajectories.map { $0! },
      targets: slots.map { slot in
        let label = labels.labels(seed: seed, index: self.number(in: slot, windowStart: start))
        return recipe.task == .exponent
          ? Float(ExponentGrid.exponent(label.exponentIndex)) : Float(label.model.rawValue)
      })
  }

  public func calibration(length: Int, count: Int) -> [Trajectory] {
    let seed = SimulatedCuts.seed(recipe.seed, for: .calibration)
    return SimulatedCuts.make(
      (0..<count).map { labels.labels(seed: seed, index: $0) }, lengths: [Int](repeating: length, count: count),
      dimension: recipe.dimension, seed: seed, workers: workers)
  }

  /// What random numbers of this room are for; the simulation's own streams have small numbers.
  private enum Stream {
    static let batch: UInt32 = 100
  }

  /// The trajectory that belongs in a slot when the window starts at a number.
  private func number(in slot: Int, windowStart start: Int) -> Int {
    let size = Self.windowSize
    return start + (slot - start % size + size) % size
  }

  /// Simulates what some slots should hold and do not.
  private func simulate(_ slots: ArraySlice<Int>, windowStart start: Int) {
    let wanted = Set(slots).filter { numbers[$0] != number(in: $0, windowStart: start) }.sorted()
    let found = wanted.map { number(in: $0, windowStart: start) }
    for (slot, number) in zip(wanted, found) { numbers[slot] = number }
    let dimension = recipe.dimension, seed = seed, floats = floats
    let drawn = found.map { labels.labels(seed: seed, index: $0) }
    nonisolated(unsafe) let target = positions
    workers.run(wanted.count) { item, _ in
      Observation.writeNormalised(
        drawn[item].model, exponent: ExponentGrid.exponent(drawn[item].exponentIndex), dimension: dimension,
        seed: seed, index: found[item], to: target + wanted[item] * floats)
    }
  }
}
