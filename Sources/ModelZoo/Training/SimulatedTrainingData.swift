import Diffusion
import LayerGraph

/// Batches cut from 1,000-point simulations, as the challenge's own data are.
///
/// A window of simulated trajectories moves on as batches are drawn, so that each is used about `reuse` times, every
/// time with another cut, noise and coefficient. Which trajectories stand in the window is a matter of numbers alone.
public final class SimulatedTrainingData: TrainingData {
  private let recipe: Recipe
  /// Far from the seeds of test sets, whose numbers people choose as well.
  private let seed: UInt64
  private let labels: LabelDistribution
  private let workers: Workers
  /// Normalised trajectories; trajectory n stands in slot n % `windowSize`.
  private let positions: UnsafeMutablePointer<Double>
  private var exponents: [Float]
  private var models: [Float]
  /// Trajectories below this number were simulated.
  private var simulated = 0

  static let windowSize = 4096
  private var floats: Int { Observation.simulatedPoints * recipe.dimension }

  /// Data as the recipe asks for; the same recipe gives the same, whatever the number of workers.
  public init(_ recipe: Recipe, workers: Workers = Workers()) {
    self.recipe = recipe
    self.workers = workers
    seed = SimulatedCuts.seed(recipe.seed, for: .training)
    labels = LabelDistribution(task: recipe.task)
    positions = .allocate(capacity: Self.windowSize * Observation.simulatedPoints * recipe.dimension)
    exponents = [Float](repeating: 0, count: Self.windowSize)
    models = exponents
  }

  deinit { positions.deallocate() }

  public var title: String { "AnDi 2020 simulation as it goes, seed \(recipe.seed)" }

  public func batch(seen: Int) throws -> TrainingBatch {
    let start = seen / recipe.reuse
    simulate(start..<start + Self.windowSize)
    var random = CounterBasedRandom(seed: seed, index: UInt64(seen), stream: Stream.batch)
    let steps = recipe.length(random.nextUnit(), progress: Double(seen) / Double(recipe.budget))
    let count = recipe.batchSize(length: steps)
    let slots = (0..<count).map { _ in Int(random.nextUnit() * Double(Self.windowSize)) }
    let dimension = recipe.dimension, seed = self.seed
    var trajectories = [Trajectory?](repeating: nil, count: count)
    trajectories.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let target = buffer.baseAddress!
      nonisolated(unsafe) let source = positions
      let floats = floats
      let piece = 16
      workers.run((count + piece - 1) / piece) { number, _ in
        for index in number * piece..<min(count, (number + 1) * piece) {
          var draw = Observation.draw(dimension: dimension, seed: seed, index: seen + index)
          draw.length = steps
          target[index] = Observation.cut(
            source + slots[index] * floats, dimension: dimension, draw: draw, seed: seed, index: seen + index)
        }
      }
    }
    return TrainingBatch(
      steps: steps, trajectories: trajectories.map { $0! },
      targets: slots.map { recipe.task == .exponent ? exponents[$0] : models[$0] })
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

  /// Fills the window's slots.
  private func simulate(_ window: Range<Int>) {
    let wanted = max(simulated, window.lowerBound)..<window.upperBound
    guard !wanted.isEmpty else { return }
    simulated = window.upperBound
    let dimension = recipe.dimension, seed = seed, floats = floats
    let drawn = wanted.map { labels.labels(seed: seed, index: $0) }
    nonisolated(unsafe) let target = positions
    workers.run(wanted.count) { number, _ in
      let index = wanted.lowerBound + number
      Observation.writeNormalised(
        drawn[number].model, exponent: ExponentGrid.exponent(drawn[number].exponentIndex), dimension: dimension,
        seed: seed, index: index, to: target + index % Self.windowSize * floats)
    }
    for (number, label) in drawn.enumerated() {
      let slot = (wanted.lowerBound + number) % Self.windowSize
      exponents[slot] = Float(ExponentGrid.exponent(label.exponentIndex))
      models[slot] = Float(label.model.rawValue)
    }
  }
}
