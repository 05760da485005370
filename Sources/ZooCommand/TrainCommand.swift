import ArgumentParser
import Cluster
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// `zoo train`: a network from a recipe.
struct TrainCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a network on simulated or recorded trajectories.",
    discussion: """
      Examples:
        zoo train --architecture wadnet --task exponent --dimension 1 --output exponent-1d.h5 --time-limit 30m
        zoo train --recipe Weights/wadnet/exponent-1d.recipe --output exponent-1d.h5
        zoo train --output exponent-1d.h5 --resume
        zoo train --protocol paper --length 300 --count 1500000 --output nets

      A file with better weights is left as it is, unless --force says so. Beside the weights lie the run's state (FILE.state) and its log (FILE.csv). Ctrl-C saves and stops; --resume goes \
      on as if nothing had happened. The paper's protocol trains a network for each length and fold into a folder that \
      --weights takes, and finds the constant w that multiplies exponents.
      """)

  @Option(help: "A recipe: YAML lines that say how to train. What it leaves out has a default.")
  var recipe: String?
  @Option(help: "The architecture to train, e.g. wadnet.")
  var architecture: String?
  @Option(help: "What to learn: exponent or model.")
  var task: String?
  @Option(help: "Dimension of the trajectories: 1, 2 or 3.")
  var dimension: Int?
  @Option(help: "Lengths to train at: 300, or 10,50,100, or 10-999.")
  var length: String?
  @Option(help: "Trajectories in a batch, whatever their length.")
  var batch: Int?
  @Option(help: "mse, mae or huber for exponents, cross-entropy for models.")
  var loss: String?
  @Option(help: "cosine, trapezoid, or plateau for the paper's schedule.")
  var schedule: String?
  @Option(help: "The largest learning rate.")
  var rate: Double?
  @Option(help: "Trajectories to be seen in all.")
  var budget: Int?
  @Option(help: "What all random numbers derive from.")
  var seed: UInt64?
  @Option(name: .customLong("from"), help: "A checkpoint whose parameters are taken over where they fit.")
  var start: String?
  @Option(
    help: "Labelled trajectories in place of simulations: HDF5, AnDi text, or a folder with task1.txt and ref1.txt.")
  var data: String?
  @Option(help: "The labels of an AnDi text file, where they are not in ref1.txt beside task1.txt.")
  var reference: String?
  @Option(help: "Train this many networks on --data or --count, each judged by another part of it.")
  var folds: Int?
  @Option(name: .customLong("protocol"), help: "paper: train as WADNet's authors did, 5 folds at each of 43 lengths.")
  var procedure: Procedure?
  @Option(help: "Trajectories of a simulated set of fixed size, all of one --length, in place of new ones as it goes.")
  var count: Int?
  @Option(help: "With --protocol: trajectories that the constant w is found on.")
  var external = PaperProtocol.externalCount
  @Option(help: "Bits of stored parameters: float32, or float16 for half the size.")
  var precision: Checkpoint.Precision?
  @Option(name: .customLong("set"), help: "Any other setting of the recipe, e.g. --set optimizer.weightDecay=0.")
  var settings: [String] = []
  @Option(help: "Where the weights go.")
  var output: String?
  @Flag(help: "Go on with the run of --output.")
  var resume = false
  @OptionGroup var replacement: ReplacementOption
  @OptionGroup var plugins: PluginOptions
  @Option(help: "Save and stop after this time, e.g. 90s, 30m or 2h.")
  var timeLimit: String?

  enum Procedure: String, ExpressibleByArgument, CaseIterable { case paper }

  private func assignments() throws -> [String] {
    var result: [String] = []
    func add(_ name: String, _ value: Any?) { if let value { result.append("\(name)=\(value)") } }
    add("architecture", architecture)
    add("task", task)
    add("dimension", dimension)
    add("loss.kind", loss)
    add("schedule.kind", schedule)
    add("schedule.rate", rate)
    add("budget", budget)
    add("seed", seed)
    add("start", start)
    add("data.path", data)
    add("data.reference", reference)
    add("precision", precision?.rawValue)
    if procedure == nil { add("data.count", count) }
    if let batch { result += ["batch.least=\(batch)", "batch.most=\(batch)", "batch.points=\(Int32.max)"] }
    if let length, procedure == nil {
      let range = length.split(separator: "-").compactMap { Int($0) }
      let list = length.split(separator: ",").compactMap { Int($0) }
      if range.count == 2 {
        result += ["lengths.from=\(range[0])", "lengths.to=\(range[1])"]
      } else if !list.isEmpty, list.count == length.split(separator: ",").count {
        result.append("lengths.list=\(list)")
      } else {
        throw ValidationError("--length must be like 300, 10,50,100 or 10-999, not '\(length)'.")
      }
    }
    return result + settings
  }

  func validate() throws {
    if let timeLimit, Self.seconds(timeLimit) == nil {
      throw ValidationError("--time-limit must be like 90s, 30m or 2h, not '\(timeLimit)'.")
    }
    if procedure != nil {
      if output == nil { throw ValidationError("--protocol needs --output: the folder that the networks go to.") }
      if data != nil { throw ValidationError("--protocol simulates its own sets; leave --data out.") }
      guard (Calibrator.least...10_000_000).contains(external) else {
        throw ValidationError("--external must lie within \(Calibrator.least)...10000000, not \(external).")
      }
      if let folds, !(1...100).contains(folds) {
        throw ValidationError("--folds must lie within 1...100, not \(folds).")
      }
      _ = try protocolLengths()
    } else {
      if folds != nil, data == nil, count == nil, !resume {
        throw ValidationError(
          "--folds needs --data or --count: simulations as it goes never repeat, so there is nothing to divide.")
      }
      if let folds, folds < 2 { throw ValidationError("--folds must be 2 or more, not \(folds).") }
    }
    if resume, output == nil { throw ValidationError("--resume needs --output: the weights of the run to go on with.") }
    _ = try assignments()
  }

  /// The lengths that a protocol trains at.
  private func protocolLengths() throws -> [Int] {
    guard let length else { return WindowRule.published.lengths }
    let list = length.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard list.allSatisfy({ (2...Observation.simulatedPoints).contains($0) }), Set(list).count == list.count else {
      throw ValidationError("--length must be like 300 or 10,50,100 with --protocol, not '\(length)'.")
    }
    return list
  }

  static func seconds(_ text: String) -> Double? {
    let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    guard let unit = text.last, let factor = factors[unit] else { return Double(text) }
    return Double(text.dropLast()).map { $0 * factor }
  }

  func run() throws {
    StopSignal.listen()
    let end = timeLimit.flatMap(Self.seconds).map { Date().addingTimeInterval($0) } ?? .distantFuture
    let communicator = ZooProgram.communicator
    let text = try communicator.together { try recipeText() }
    if procedure == .paper {
      return try PaperRun(
        text: text, assignments: assignments(), folder: output ?? "", lengths: protocolLengths(), count: count,
        folds: folds ?? PaperProtocol.folds, external: external, resume: resume, force: replacement.force,
        communicator: communicator
      ).run(until: end)
    }
    guard let folds else {
      _ = try TrainingRun(
        text: text, assignments: assignments(), output: output, resume: resume, force: replacement.force,
        communicator: communicator
      ).run(until: end)
      return
    }
    for fold in 1...folds {
      // Clocks and signals of ranks differ, and all must do the same.
      if try communicator.gather(Date() >= end || StopSignal.isAsked).contains(true) { break }
      let assignments = try assignments() + ["data.folds=\(folds)", "data.fold=\(fold)"]
      let base = try output ?? TrainingRun.defaultOutput(Recipe(yaml: text, assignments: assignments))
      _ = try TrainingRun(
        text: text, assignments: assignments, output: TrainingRun.path(base, fold: fold), resume: resume,
        force: replacement.force, communicator: communicator
      ).run(until: end)
    }
  }

  private func recipeText() throws -> String {
    guard let recipe else { return "" }
    do { return try String(contentsOfFile: recipe, encoding: .utf8) } catch {
      throw CheckpointError.system(file: recipe, reason: "there is no such file, or it is no text")
    }
  }
}
