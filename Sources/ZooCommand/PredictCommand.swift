import ArgumentParser
import Diffusion
import Foundation
import ModelZoo

/// `zoo predict`: what a method says of trajectories whose truth nobody knows.
struct PredictCommand: ParsableCommand {
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
  @Option(help: "The method; `zoo list` shows all. wadnet+lstm is the mean of two.")
  var model: String
  @Option(help: "What is asked: exponent or model.")
  var task = ChallengeTask.exponent
  @Option(help: "csv, or andi for the challenge's submission format.")
  var format = Format.csv
  @Option(help: "The file to write; standard output without it.")
  var output: String?
  @Flag(
    help: """
      Add columns on the method's own doubt: the standard deviation and intervals of exponents, the spread of members and \
      symmetric copies; empty where unknown.
      """)
  var doubt = false
  @OptionGroup var weights: WeightOptions
  @OptionGroup var serving: ServingArguments

  func validate() throws {
    if doubt, format != .csv { throw ValidationError("--doubt needs --format csv.") }
  }

  func run() throws {
    let expression = try ZooProgram.registry.model(model)
    var methods: [Int: any Characterizer] = [:]
    func method(_ dimension: Int) throws -> any Characterizer {
      if let known = methods[dimension] { return known }
      let made = try expression.characterizer(
        for: Subtask(task: task, dimension: dimension), weights: weights.store, options: serving.options)
      methods[dimension] = made
      return made
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    var done = 0
    try TextOutput.write(to: output) { out in
      var isBegun = false
      try read { block in
        let groups = Dictionary(grouping: block.indices) { block[$0].dimension }
        var lines = [String](repeating: "", count: block.count)
        for (dimension, indices) in groups {
          let estimates: [Estimate]
          do { estimates = try method(dimension).estimates(for: indices.map { block[$0] }) } catch let error
            as CharacterizerError
          { throw error.numbered { done + indices[$0] } }
          for (index, estimate) in zip(indices, estimates) {
            lines[index] = line(done + index, block[index], estimate)
          }
        }
        if format == .csv, !isBegun { try out(header) }
        isBegun = true
        for line in lines { try out(line) }
        done += block.count
        progress.show("\(done) trajectories")
      }
    }
  }

  // MARK: Input

  private static let blockSize = 2048

  /// Hands over the trajectories block by block.
  private func read(_ body: ([Trajectory]) throws -> Void) throws {
    if TrajectoryFile.isHDF5(input) { return try readHDF5(body) }
    let reader = try AnDiText.TrajectoryReader(input)
    var block: [Trajectory] = []
    while let trajectory = try reader.next() {
      block.append(trajectory)
      if block.count == Self.blockSize {
        try body(block)
        block = []
      }
    }
    if !block.isEmpty { try body(block) }
    guard reader.lineNumber > 0 else { throw FormatError.empty(file: input) }
  }

  private func readHDF5(_ body: ([Trajectory]) throws -> Void) throws {
    var absence: FormatError?, isAny = false
    for dimension in 1...3 {
      do {
        let source = try TrajectoryHDF5(path: input, task: task, dimension: dimension, needsLabels: false)
        isAny = true
        for start in stride(from: 0, to: source.count, by: Self.blockSize) {
          let range = start..<min(source.count, start + Self.blockSize)
          try body(source.trajectories(range).map(\.trajectory))
        }
      } catch let error as FormatError {
        guard case .absent = error else { throw error }
        absence = error
      }
    }
    if !isAny, let absence { throw absence }
  }

  // MARK: Output

  private var header: String {
    switch task {
    case .exponent:
      "trajectory,dimension,points,exponent" + (doubt ? ",deviation,low_68,high_68,low_95,high_95,spread\n" : "\n")
    case .model:
      "trajectory,dimension,points,model," + DiffusionModel.allCases.map(\.name).joined(separator: ",")
        + (doubt ? ",spread\n" : "\n")
    }
  }

  private func line(_ index: Int, _ trajectory: Trajectory, _ estimate: Estimate) -> String {
    let end = (doubt ? doubtColumns(estimate) : "") + "\n"
    let start = "\(index + 1),\(trajectory.dimension),\(trajectory.count),"
    switch (estimate.prediction, format) {
    case (.exponent(let exponent), .csv): return start + String(format: "%.6f", exponent) + end
    case (.exponent(let exponent), .andi):
      return AnDiText.submissionLine(dimension: trajectory.dimension, values: [exponent])
    case (.model(let probabilities), .csv):
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      let numbers = probabilities.map { String(format: "%.6f", $0) }.joined(separator: ",")
      return start + DiffusionModel.allCases[best].name + "," + numbers + end
    case (.model(let probabilities), .andi):
      return AnDiText.submissionLine(dimension: trajectory.dimension, values: probabilities)
    }
  }

  private func doubtColumns(_ estimate: Estimate) -> String {
    var values = [estimate.spread]
    if task == .exponent {
      let bounds = Estimate.Coverage.allCases.flatMap { coverage -> [Double?] in
        let interval = estimate.interval(coverage)
        return [interval?.lowerBound, interval?.upperBound]
      }
      values = [estimate.deviation] + bounds + values
    }
    return values.map { "," + ($0.map { String(format: "%.6f", $0) } ?? "") }.joined()
  }
}
