import ArgumentParser
import Cluster
import Diffusion
import Foundation
import ModelZoo
import Synchronization

/// `zoo predict`: what a method says of trajectories whose truth nobody knows.
struct PredictCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Characterises trajectories from a file.",
    discussion: """
      Examples:
        zoo predict tracks.txt --model wadnet --task exponent --output exponents.csv
        zoo predict task2.txt --model wadnet --task model --format andi --output submission/task2.txt

      The input is the challenge's text format (a line: dimension;x1;x2;...;y1;...) or HDF5 as `zoo generate` writes it. \
      The answer has a line for each trajectory, in their order.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, andi }

  @Argument(help: "The file with trajectories.")
  var input: String
  @Option(help: "The method; `zoo list` shows all.")
  var model: String
  @Option(help: "What is asked: exponent or model.")
  var task = ChallengeTask.exponent
  @Option(help: "csv, or andi for the challenge's submission format.")
  var format = Format.csv
  @Option(help: "The file to write; standard output without it.")
  var output: String?
  @OptionGroup var weights: WeightOptions

  func run() throws {
    let communicator = ZooProgram.communicator
    let (blocks, methods) = try communicator.together {
      (
        try PredictionBlocks(input, task: task, ranks: communicator.count),
        Methods(try ZooProgram.registry.architecture(model), task, weights.store)
      )
    }
    try communicator.requireSame("data", blocks.title)
    try methods.requireSame(communicator)
    let scheduler = BlockScheduler(communicator, count: blocks.count) { number in
      let block = try blocks.trajectories(number)
      let lines = try lines(of: block, methods)
      var writer = ByteWriter()
      writer.append(lines.count)
      for line in lines { writer.append(line) }
      return writer.bytes
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    var done = 0
    do {
      try scheduler.run { next in
        try TextOutput.write(to: output) { out in
          var isBegun = false
          while let bytes = try next() {
            if format == .csv, !isBegun { try out(header) }
            isBegun = true
            var reader = ByteReader(bytes)
            for _ in 0..<reader.next(Int.self) {
              done += 1
              // Only here is it known how many came before.
              try out(format == .csv ? "\(done),\(reader.nextText())" : reader.nextText())
            }
            progress.show("\(done) trajectories")
          }
        }
      }
    } catch let failure as BlockFailure {
      throw PredictionBlocks.numbered(failure.error, after: done)
    }
  }

  /// The method for each dimension, made when it is first needed.
  private final class Methods: Sendable {
    private let architecture: any Architecture
    private let task: ChallengeTask
    private let weights: WeightStore
    private let made = Mutex<[Int: any Characterizer]>([:])

    init(_ architecture: any Architecture, _ task: ChallengeTask, _ weights: WeightStore) {
      self.architecture = architecture
      self.task = task
      self.weights = weights
    }

    subscript(dimension: Int) -> any Characterizer {
      get throws {
        try made.withLock { made in
          if let known = made[dimension] { return known }
          let new = try architecture.characterizer(
            for: Subtask(task: task, dimension: dimension), weights: weights)
          made[dimension] = new
          return new
        }
      }
    }

    /// Ranks with other weights would make a file of two methods.
    func requireSame(_ communicator: Communicator) throws {
      guard !communicator.isAlone else { return }
      var checksum = Checksum()
      for dimension in 1...3 {
        let files = try? weights.files(architecture.card.id, Subtask(task: task, dimension: dimension))
        for file in files ?? [] { checksum.add(file: file) }
      }
      try communicator.requireSame("weights of '\(architecture.card.id)'", "files of checksum \(checksum)")
    }
  }

  // MARK: Output

  private var header: String {
    switch task {
    case .exponent: "trajectory,dimension,points,exponent\n"
    case .model:
      "trajectory,dimension,points,model," + DiffusionModel.allCases.map(\.name).joined(separator: ",") + "\n"
    }
  }

  /// A line for each trajectory of a block, without its number.
  private func lines(of block: [Trajectory], _ methods: Methods) throws -> [String] {
    var lines = [String](repeating: "", count: block.count)
    for (dimension, indices) in Dictionary(grouping: block.indices, by: { block[$0].dimension }) {
      let predictions: [Prediction]
      do { predictions = try methods[dimension].predictions(for: indices.map { block[$0] }) } catch let error
        as CharacterizerError
      { throw error.numbered { indices[$0] } }
      for (index, prediction) in zip(indices, predictions) { lines[index] = line(block[index], prediction) }
    }
    return lines
  }

  private func line(_ trajectory: Trajectory, _ prediction: Prediction) -> String {
    let start = "\(trajectory.dimension),\(trajectory.count),"
    switch (prediction, format) {
    case (.exponent(let exponent), .csv): return start + String(format: "%.6f\n", exponent)
    case (.exponent(let exponent), .andi):
      return AnDiText.submissionLine(dimension: trajectory.dimension, values: [exponent])
    case (.model(let probabilities), .csv):
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      let numbers = probabilities.map { String(format: "%.6f", $0) }.joined(separator: ",")
      return start + DiffusionModel.allCases[best].name + "," + numbers + "\n"
    case (.model(let probabilities), .andi):
      return AnDiText.submissionLine(dimension: trajectory.dimension, values: probabilities)
    }
  }
}
