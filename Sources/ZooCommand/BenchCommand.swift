import ArgumentParser
import Cluster
import Diffusion
import Foundation
import HDF5
import LayerGraph
import ModelZoo

/// `zoo bench`: how fast, and how near to what the processor can do.
struct BenchCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures inference, training and simulation beside the processor's own peak.",
    discussion: """
      Examples:
        zoo bench
        zoo bench --model lstm --lengths 300 --batches 512 --threads 1 --isa avx2 --json bench.json

      GFLOP/s count useful operations: two for each multiply-add that does not meet padding; a training step counts as \
      three forward runs. The peak is measured between the repeats, with the same threads and instruction set.

      Started by mpirun, it measures training steps that the ranks share, and what each rank spends a step on: \
      computing, waiting for the slowest rank, exchanging gradients.
      """)

  @Option(help: "The network.")
  var model = "wadnet"
  @Option(help: "Points of a trajectory.")
  var lengths = CommaList([20, 100, 300, 950])
  @Option(help: "Trajectories together in inference.")
  var batches = CommaList([1, 32, 512])
  @Option(help: "Points of a trajectory in training.")
  var trainingLengths = CommaList([20, 100, 300])
  @Option(help: "Trajectories in a training step.")
  var trainingBatches = CommaList([512])
  @Option(help: "inference, training, simulation, or several.")
  var kinds = CommaList(["inference", "training", "simulation"])
  @Option(help: "Threads; by default one for each processor.")
  var threads: Int?
  @Option(help: "The instruction set; `zoo describe --machine` lists them.")
  var isa: String?
  @OptionGroup var precision: PrecisionOptions
  @Option(help: "Seconds for each cell.")
  var seconds = 1.0
  @Option(help: "Parts that a training step is cut into, where ranks share it; by default 8, or one for each rank.")
  var shards: Int?
  @Option(help: "Write the rows as JSON to this file.")
  var json: String?
  @OptionGroup var replacement: ReplacementOption
  @OptionGroup var plugins: PluginOptions

  func validate() throws {
    let known = ["inference", "training", "simulation"]
    for kind in kinds.elements where !known.contains(kind) {
      throw ValidationError("--kinds must be among \(known.joined(separator: ", ")), not '\(kind)'.")
    }
    for (name, list) in [
      ("lengths", lengths), ("batches", batches), ("training-lengths", trainingLengths),
      ("training-batches", trainingBatches),
    ] where list.elements.contains(where: { !(1...100_000).contains($0) }) {
      throw ValidationError("--\(name) must lie within 1...100000.")
    }
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must lie within 1...1024.") }
    if let shards, !(1...4096).contains(shards) { throw ValidationError("--shards must lie within 1...4096.") }
  }

  func run() throws {
    try ZooProgram.communicator.first { try replacement.check(json) }
    guard let network = try ZooProgram.registry.architecture(model) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: "--model", reason: "'\(model)' is no network, so there is nothing to measure")
    }
    try precision.use()
    let table = try isa.map(KernelTable.named) ?? KernelTable.chosen()
    let workers = Workers(count: threads)
    var benchmark = Benchmark(
      network, subtask: Subtask(task: .exponent, dimension: 1), table: table, workers: workers)
    benchmark.seconds = seconds
    if precision.precision != .float32 {
      guard isa == nil else { throw ValidationError("--precision \(precision.precision) chooses --isa itself.") }
      benchmark.inferenceTable = try KernelTable.inference()
    }
    if !ZooProgram.communicator.isAlone { return try run(benchmark, on: ZooProgram.communicator) }
    say(
      "\(model), exponent-1d, \(benchmark.inferenceTable), \(workers.count) threads, \(Self.build) build")
    if Self.build == "debug" { warn("This is a debug build: its figures mean nothing. Build with -c release.") }
    var rows: [Benchmark.Row] = []
    say("kind       length  batch  trajectories/s  GFLOP/s  of peak")
    for (kind, lengths, batches) in [
      (Benchmark.Kind.inference, lengths, batches), (.training, trainingLengths, trainingBatches),
    ] where kinds.elements.contains(kind.rawValue) {
      for length in lengths.elements {
        for batch in batches.elements {
          let row = try benchmark.row(kind, length: length, batch: batch)
          rows.append(row)
          say(Self.line(row))
        }
      }
    }
    if kinds.elements.contains("simulation") { simulate(workers) }
    try write(rows)
  }

  private func write<Row: Encodable>(_ rows: [Row]) throws {
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let data = try encoder.encode(Document(model: model, build: Self.build, rows: rows))
    try AtomicFile.write(Array(data) + [10], to: json)
  }

  private struct Document<Row: Encodable>: Encodable {
    let model: String
    let build: String
    let rows: [Row]
  }

  /// Training steps that ranks share.
  private func run(_ benchmark: Benchmark, on communicator: Communicator) throws {
    let shards = shards ?? max(TrainingPlan.usualShards, communicator.count)
    guard communicator.count <= shards else {
      throw ClusterError.tooMany(
        ranks: communicator.count, most: shards, what: "shards", wayOut: "Start fewer, or name more with --shards.")
    }
    say("\(model), exponent-1d, \(benchmark.table), \(communicator.count) ranks, \(shards) shards, \(Self.build) build")
    say("length  batch  rank  threads  computing    waiting  exchanging  trajectories/s  host")
    var rows: [Benchmark.RankRow] = []
    for length in trainingLengths.elements {
      for batch in trainingBatches.elements {
        let cell = try benchmark.rankRows(length: length, batch: batch, shards: shards, communicator: communicator)
        for row in cell { say(Self.line(row)) }
        rows += cell
      }
    }
    try communicator.first { try write(rows) }
  }

  private static func line(_ row: Benchmark.RankRow) -> String {
    func time(_ seconds: Double) -> String { String(format: "%8.2f ms", 1000 * seconds) }
    return String(format: "%6d %6d %5d %8d", row.length, row.batch, row.rank, row.threads)
      + "\(time(row.computing))\(time(row.waiting)) \(time(row.exchanging))"
      + String(format: " %15.0f  ", row.trajectoriesPerSecond) + row.host
  }

  private func simulate(_ workers: Workers) {
    say("\nsimulation, 1,000 points, 1D     trajectories/s")
    for (model, rate) in Benchmark.simulation(dimension: 1, workers: workers, seconds: seconds / 2) {
      say(String(format: "%@%14.0f", model.padding(toLength: 33, withPad: " ", startingAt: 0), rate))
    }
  }

  private static func line(_ row: Benchmark.Row) -> String {
    row.kind.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0)
      + String(
        format: " %6d %6d %15.0f %8.1f %8.2f", row.length, row.batch, row.trajectoriesPerSecond, row.gflops,
        row.fractionOfPeak)
  }

  private static var build: String {
    #if DEBUG
      "debug"
    #else
      "release"
    #endif
  }
}
