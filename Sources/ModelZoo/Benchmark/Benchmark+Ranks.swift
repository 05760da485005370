import Cluster
import Dispatch
import LayerGraph

extension Benchmark {
  /// How a rank spends a training step; seconds.
  public struct RankRow: Sendable, Codable {
    /// The number of the process.
    public let rank: Int
    /// The machine that it ran on.
    public let host: String
    /// How many worked in it.
    public let threads: Int
    /// Points of a trajectory.
    public let length: Int
    /// Trajectories in a step, of all ranks.
    public let batch: Int
    /// All of the step but waiting and exchanging.
    public let computing: Double
    /// Until the last rank had come to an exchange.
    public let waiting: Double
    /// In exchanges that all ranks had come to.
    public let exchanging: Double
    /// Of all ranks together, measured without the clocks between.
    public let trajectoriesPerSecond: Double

    enum CodingKeys: String, CodingKey {
      case rank, host, threads, length, batch, computing, waiting, exchanging
      case trajectoriesPerSecond = "trajectories_per_second"
    }
  }

  /// Measures a training step that ranks share; all call it, and all get the rows of all.
  public func rankRows(length: Int, batch: Int, shards: Int, communicator: Communicator) throws -> [RankRow] {
    let exchange = RankedShards(communicator)
    let run = try training(
      network.graph(for: subtask), length, batch, shards: shards,
      exchange: communicator.isAlone ? LocalShards() : exchange)
    run()
    // The first rank's clock decides for all how often.
    let first = try communicator.gather(Self.time(run))[0]
    let steps = max(3, min(200, Int(seconds / 2 / max(first, 1e-6))))
    func measure() throws -> Double {
      try communicator.barrier()
      return Self.time { for _ in 0..<steps { run() } } / Double(steps)
    }
    let speed = Double(batch) / (try communicator.gather(measure()).max() ?? .nan)
    exchange.startTiming()
    let whole = try measure(), times = exchange.times
    let waiting = times.waiting / Double(steps), exchanging = times.exchanging / Double(steps)
    let all = try communicator.gather([whole - waiting - exchanging, waiting, exchanging, Double(workers.count)])
    return zip(all, try communicator.gather(communicator.host)).enumerated().map { rank, row in
      RankRow(
        rank: rank, host: row.1, threads: Int(row.0[3]), length: length, batch: batch, computing: row.0[0],
        waiting: row.0[1], exchanging: row.0[2], trajectoriesPerSecond: speed)
    }
  }
}
