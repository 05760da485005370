import Cluster
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// `zoo train --protocol paper`: a network for each length and fold, then the constant w and intervals of all together.
struct PaperRun {
  let text: String
  /// What the user sets; wins over the protocol.
  let assignments: [String]
  let folder: String
  let lengths: [Int]
  /// Trajectories of each set; nil for the paper's.
  let count: Int?
  /// 1 for a single network with a split of 80 to 20.
  let folds: Int
  /// Trajectories that w is found on.
  let external: Int
  let resume: Bool
  let force: Bool
  let communicator: Communicator

  func run(until end: Date) throws {
    let recipe = try Recipe(yaml: text, assignments: assignments)
    guard let network = try ZooProgram.registry.architecture(recipe.architecture) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: "the recipe", reason: "'\(recipe.architecture)' has nothing to train")
    }
    let place = "\(folder)/\(recipe.architecture)/\(recipe.subtask.name)"
    try communicator.first {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    for length in lengths {
      for fold in 1...folds {
        let name = "\(length)-fold\(fold)"
        // Clocks and signals of ranks differ, and all must do the same.
        if try communicator.gather(Date() >= end || StopSignal.isAsked).contains(true) {
          say("Stopped before \(name). Go on with the same command and --resume.")
          return
        }
        guard try train(network, recipe, length, fold, "\(place)/\(name)", until: end) else { return }
      }
    }
    guard communicator.isFirst else { return }
    say("finding w on \(external) trajectories")
    let source = Calibrator.simulation(recipe.subtask, count: external)
    let serving = try PaperProtocol.serving(
      folder: place, network, on: source.trajectories(0..<source.count), title: source.title)
    try Weights.write(serving, folder: place)
    print(
      "Done: \(place), \(serving.summary). Use: zoo eval --models \(recipe.architecture) --weights \(folder) "
        + "--tasks \(recipe.task.rawValue) --dimensions \(recipe.dimension)")
  }

  /// Trains one network, or passes one that is ready.
  /// - Returns: whether it is ready now.
  private func train(
    _ network: any NetworkArchitecture, _ recipe: Recipe, _ length: Int, _ fold: Int, _ base: String, until end: Date
  ) throws -> Bool {
    // The first rank alone sees the files.
    var (isBegun, isReady) = (false, false)
    try communicator.first {
      let files = FileManager.default
      isBegun = resume && files.fileExists(atPath: base + ".state")
      isReady =
        try isBegun && files.fileExists(atPath: base + ".h5") && TrainingState.header(of: base + ".state").isFinished
    }
    (isBegun, isReady) = try (communicator.gather(isBegun)[0], communicator.gather(isReady)[0])
    if isReady { return true }
    let own = PaperProtocol.assignments(
      network, task: recipe.task, length: length, count: count ?? PaperProtocol.count(length: length),
      fold: folds > 1 ? fold : nil, folds: folds)
    return try TrainingRun(
      text: text, assignments: own + assignments, output: base + ".h5", resume: isBegun, force: force,
      communicator: communicator
    ).run(until: end)
  }
}
