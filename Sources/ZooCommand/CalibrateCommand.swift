import ArgumentParser
import Diffusion
import Foundation
import ModelZoo

/// `zoo calibrate`: how sure trained weights may be.
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measures how sure trained weights may be, and stores it with them.",
    discussion: """
      Examples:
        zoo calibrate exponent-1d.h5
        zoo calibrate Weights/wadnet/*.h5
        zoo calibrate nets/wadnet/exponent-1d --rectify --count 100000

      Exponents get intervals that hold 68 % and 95 % of the true ones, as a function of length, exponent and spread of \
      members; probabilities of models get a temperature. The set is simulated, always the same, and in no other use. \
      Predicted exponents change by --rectify alone. A folder keeps its answer in serving.json.
      """)

  @Argument(help: "Weight files, or folders of networks that answer together.")
  var weights: [String]
  @Option(help: "Trajectories to simulate.")
  var count = 10_000
  @Option(help: "Labelled trajectories in place of simulations; none that you want to judge the weights by.")
  var data: String?
  @Option(help: "The labels of an AnDi text file, where they are not in ref1.txt beside task1.txt.")
  var reference: String?
  @Flag(help: "Find the constant anew that multiplies exponents.")
  var rectify = false
  @Option(help: "How networks of some lengths serve the others: whole, windows, mix or zeros.")
  var lengthPolicy: LengthPolicy?

  func validate() throws {
    guard (Calibrator.least...10_000_000).contains(count) else {
      throw ValidationError("--count must lie within \(Calibrator.least)...10000000, not \(count).")
    }
    if reference != nil, data == nil { throw ValidationError("--reference needs --data.") }
  }

  func run() throws {
    let line = ProgressLine()
    for path in weights {
      var known = try Weights(at: path)
      line.show("calibrating \(path)", always: true)
      let source = try source(known.subtask)
      known.serving = try ZooProgram.registry.architecture(known.architecture).fittedServing(
        known, policy: lengthPolicy, isRectified: rectify, on: source.trajectories(0..<source.count),
        title: source.title)
      line.clear()
      if Weights.isFolder(path) {
        try Weights.write(known.serving, folder: path)
      } else {
        try known.write(to: path)
      }
      say("\(path): \(known.serving.summary).")
    }
  }

  private func source(_ subtask: Subtask) throws -> any TrajectorySource {
    guard let data else { return Calibrator.simulation(subtask, count: count) }
    try TrajectoryTrial.check(data)
    return try TrajectoryFile.open(data, reference: reference, task: subtask.task, dimension: subtask.dimension)
  }
}
