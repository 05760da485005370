import Diffusion
import Foundation
import LayerGraph

/// Measures how fast a network runs and learns, beside the processor's own peak.
public struct Benchmark {
  /// What is measured.
  public enum Kind: String, Sendable, Codable {
    /// Predictions.
    case inference
    /// Steps of training.
    case training
  }

  /// One cell of the table.
  public struct Row: Sendable, Codable {
    /// What was measured.
    public let kind: Kind
    /// Points of a trajectory.
    public let length: Int
    /// Trajectories in a batch.
    public let batch: Int
    /// Threads that worked.
    public let threads: Int
    /// The instruction set.
    public let isa: String
    /// The median over the repeats.
    public let trajectoriesPerSecond: Double
    /// Operations a second in 10^9, two for each useful multiply-add: padding, recomputation and activations not counted,
    /// a training step counted as three forward runs.
    public let gflops: Double
    /// Of the multiply-add peak measured between the repeats.
    public let fractionOfPeak: Double

    enum CodingKeys: String, CodingKey {
      case kind, length, batch, threads, isa, gflops
      case trajectoriesPerSecond = "trajectories_per_second"
      case fractionOfPeak = "fraction_of_peak"
    }
  }

  /// What is measured, with initial numbers for parameters.
  public let network: any NetworkArchitecture
  /// The subtask that its graph is made for.
  public let subtask: Subtask
  /// The instruction set.
  public let table: KernelTable
  /// The threads.
  public let workers: Workers
  /// The functions that inference uses, where they are others: those of a reduced precision.
  public var inferenceTable: KernelTable
  /// Spent on each cell, about.
  public var seconds = 1.0

  /// A measurement of one network on one instruction set.
  public init(_ network: any NetworkArchitecture, subtask: Subtask, table: KernelTable, workers: Workers) {
    self.network = network
    self.subtask = subtask
    self.table = table
    inferenceTable = table
    self.workers = workers
  }

  /// Measures one cell: the median of repeats, each beside a measurement of the peak.
  public func row(_ kind: Kind, length: Int, batch: Int) throws -> Row {
    let graph = try network.graph(for: subtask)
    let run = try kind == .inference ? inference(graph, length, batch) : training(graph, length, batch)
    run()
    var times: [Double] = [], fractions: [Double] = []
    let operations = 2 * Double(try graph.multiplyAdds(steps: length)) * Double(batch) * (kind == .training ? 3 : 1)
    // Very short runs are measured in groups, so that a clock tick does not matter.
    let first = Self.time(run)
    let group = max(1, Int(0.01 / max(first, 1e-7)))
    let end = Date().addingTimeInterval(seconds)
    while times.count < 3 || (Date() < end && times.count < 200) {
      let peak = MultiplyAddPeak.measure(table, workers: workers, seconds: 0.004)
      let time = Self.time { for _ in 0..<group { run() } } / Double(group)
      let after = MultiplyAddPeak.measure(table, workers: workers, seconds: 0.004)
      times.append(time)
      fractions.append(operations / time / ((peak + after) / 2))
    }
    let time = Self.median(times)
    return Row(
      kind: kind, length: length, batch: batch, threads: workers.count,
      isa: (kind == .inference ? inferenceTable : table).name,
      trajectoriesPerSecond: Double(batch) / time, gflops: operations / time * 1e-9,
      fractionOfPeak: Self.median(fractions))
  }

  static func time(_ body: () -> Void) -> Double {
    let begun = DispatchTime.now().uptimeNanoseconds
    body()
    return Double(DispatchTime.now().uptimeNanoseconds - begun) * 1e-9
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
  }

  private func noise(_ count: Int) -> [Float] {
    var random = SplitMix64(seed: 1)
    return (0..<count).map { _ in 2 * random.nextUnit() - 1 }
  }

  private func inference(_ graph: Graph, _ length: Int, _ batch: Int) throws -> () -> Void {
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 1))
    let plan = try InferencePlan(graph, parameters: store, steps: length, table: inferenceTable)
    let input = noise(batch * length * graph.inputChannels)
    return { [workers] in _ = plan.run(count: batch, input: input, workers: workers) }
  }

  func training(
    _ graph: Graph, _ length: Int, _ batch: Int, shards: Int = TrainingPlan.usualShards,
    exchange: any ShardExchange = LocalShards()
  ) throws -> () -> Void {
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 1))
    let gradients = store.copy(), state = OptimizerState(for: store)
    let plan = try TrainingPlan(
      graph, steps: length, batch: batch, table: table, mostShards: shards, exchange: exchange)
    let input = noise(batch * length * graph.inputChannels)
    let loss: Loss = subtask.task == .exponent ? .meanSquaredError : .crossEntropy(smoothing: 0)
    let targets = (0..<batch).map { subtask.task == .exponent ? Float($0 % 40) / 20 : Float($0 % 5) }
    var step: UInt64 = 0
    return { [workers, table] in
      step += 1
      _ = plan.run(
        store, input: input, targets: targets, loss: loss, gradients: gradients, key: step, workers: workers)
      Optimizer.adam.update(store, gradients: gradients, rate: 1e-6, state: state, table: table, workers: workers)
    }
  }
}

extension Benchmark {
  /// Simulated trajectories of 1,000 points a second, for each model and for the challenge's mix ("mixed").
  public static func simulation(dimension: Int, workers: Workers, seconds: Double) -> [(model: String, rate: Double)] {
    let mixed = LabelDistribution(task: .model)
    func rate(_ label: @escaping @Sendable (Int) -> (model: DiffusionModel, exponentIndex: Int)) -> Double {
      let piece = 256
      var done = 0
      let begun = Date()
      repeat {
        let start = done
        workers.run(piece) { index, _ in
          let (model, exponentIndex) = label(start + index)
          withUnsafeTemporaryAllocation(of: Double.self, capacity: Observation.simulatedPoints * dimension) { out in
            Observation.writeNormalised(
              model, exponent: ExponentGrid.exponent(exponentIndex), dimension: dimension, seed: 1,
              index: start + index, to: out.baseAddress!)
          }
        }
        done += piece
      } while Date().timeIntervalSince(begun) < seconds
      return Double(done) / Date().timeIntervalSince(begun)
    }
    return DiffusionModel.allCases.map { model in
      let exponents = Array(model.exponentIndices)
      return (model.name, rate { (model, exponents[$0 % exponents.count]) })
    } + [("mixed", rate { mixed.labels(seed: 1, index: $0) })]
  }
}
