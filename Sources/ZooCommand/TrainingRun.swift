import Cluster
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// One run of `zoo train`, with its files and its progress line.
struct TrainingRun {
  let recipe: Recipe
  private let configuration: String?
  private let output: String
  /// The state file that the run goes on from; nil for a new run.
  private let state: [UInt8]?
  private let isForced: Bool
  let communicator: Communicator
  /// Of the first rank, until the run has ended.
  private let lock: RunLock?

  private var isResumed: Bool { state != nil }
  private var base: String { Self.base(output) }
  private var statePath: String { base + ".state" }
  private var logPath: String { base + ".csv" }

  private static func base(_ output: String) -> String {
    output.hasSuffix(".h5") ? String(output.dropLast(3)) : output
  }

  /// The state file of a run that is to go on.
  private static func stateContents(of output: String) throws -> [UInt8] {
    let path = base(output) + ".state"
    guard FileManager.default.fileExists(atPath: path) else {
      throw CheckpointError.system(
        file: path, reason: "there is no such file, so there is no run to go on with; leave --resume out")
    }
    return try SealedFile.contents(of: path)
  }

  static func defaultOutput(_ recipe: Recipe) -> String { "\(recipe.architecture)-\(recipe.subtask.name).h5" }

  /// `weights.h5` of fold 2 is `weights-fold2.h5`.
  static func path(_ output: String, fold: Int) -> String {
    output.hasSuffix(".h5") ? "\(output.dropLast(3))-fold\(fold).h5" : "\(output)-fold\(fold)"
  }

  /// A run of all ranks, which all call this: the first one alone sees the run's files, the others get what stands in
  /// them.
  init(
    text: String, assignments: [String], output: String?, resume: Bool, force: Bool, communicator: Communicator
  ) throws {
    let (own, lock) = try communicator.together { () -> ([UInt8], RunLock?) in
      guard resume, communicator.isFirst else { return ([], nil) }
      // A run that is just ending writes its state first.
      let lock = try RunLock(Self.base(output ?? ""))
      return (try Self.stateContents(of: output ?? ""), lock)
    }
    let state = resume ? try communicator.broadcast(own) : nil
    self = try communicator.together {
      try Self(
        text: text, assignments: assignments, output: output, state: state, force: force,
        communicator: communicator, lock: lock)
    }
  }

  private init(
    text: String, assignments: [String], output: String?, state: [UInt8]?, force: Bool, communicator: Communicator,
    lock: RunLock?
  ) throws {
    self.communicator = communicator
    self.state = state
    isForced = force
    if let state, let output {
      let base = Self.base(output)
      let header = try TrainingState.header(of: base + ".state", contents: state)
      if !text.isEmpty || !assignments.isEmpty {
        let asked = try Recipe(yaml: text.isEmpty ? header.recipe.yaml : text, assignments: assignments)
        guard asked == header.recipe else {
          throw SettingsError.value(
            owner: base + ".state",
            reason: "the run has another recipe than asked for; resume without --recipe, or start a new run")
        }
      }
      recipe = header.recipe
      configuration = header.configuration
      self.output = output
      self.lock = lock
      return
    }
    recipe = try Recipe(yaml: text, assignments: assignments)
    configuration = nil
    self.output = output ?? Self.defaultOutput(recipe)
    self.lock = communicator.isFirst ? try RunLock(Self.base(self.output)) : nil
    if !force, communicator.isFirst, FileManager.default.fileExists(atPath: statePath) {
      throw CheckpointError.system(
        file: statePath,
        reason: "it exists; --resume goes on with its run, --force starts anew, --output names another")
    }
  }

  /// Trains until the end of the recipe, or until a time.
  /// - Returns: whether the run has come to its end.
  func run(until end: Date) throws -> Bool {
    guard let network = try ZooProgram.registry.architecture(recipe.architecture) as? any NetworkArchitecture else {
      throw SettingsError.value(owner: "the recipe", reason: "'\(recipe.architecture)' has nothing to train")
    }
    try communicator.requireSame("recipe", recipe.yaml)
    return try train(network.configured(recipe.configuration), until: end)
  }

  private func train<Network: NetworkArchitecture>(_ network: Network, until end: Date) throws -> Bool {
    if let configuration, configuration != network.configurationText {
      throw SettingsError.value(
        owner: statePath,
        reason: "the run has another configuration of '\(recipe.architecture)' than this program would give it; "
          + "it has \(configuration)")
    }
    let workers = Workers()
    let (data, validation, held) = try sources(workers)
    let trainer = try communicator.together {
      let graph = try network.graph(for: recipe.subtask)
      return try Trainer(
        recipe, network: network, data: data, validation: validation,
        state: state.map { try TrainingState(contentsOf: statePath, contents: $0, graph: graph) },
        start: !isResumed && !recipe.start.isEmpty ? Checkpoint(contentsOf: recipe.start) : nil, workers: workers,
        communicator: communicator)
    }
    try communicator.requireSame("weights to start from", "checksum \(trainer.state.checksum)")
    guard try train(trainer, network, metric: validation.metricName, until: end) else { return false }
    try communicator.first {
      let checkpoint = try stored(trainer.checkpoint(), network)
      if !isForced { try Weights.requireNoLoss(at: output, of: checkpoint) }
      try calibrated(checkpoint, network, held, workers).write(to: output)
    }
    print("Done: \(output), validation \(validation.metricName) \(score(trainer)).")
    return true
  }

  /// Trains until the end, a wish to stop or a time; the first rank writes all files.
  /// - Returns: whether the run has come to its end.
  private func train(
    _ trainer: Trainer, _ network: some NetworkArchitecture, metric: String, until end: Date
  ) throws -> Bool {
    func save() throws {
      try trainer.state.write(to: statePath, recipe: recipe, configuration: network.configurationText)
    }
    // Weights that are there already are replaced by better ones alone.
    var standing: ValidationScore?, log: TrainingLog?
    try communicator.first {
      if !isForced { standing = try Weights.replaceable(at: output, by: recipe.architecture, recipe.subtask) }
      log = try TrainingLog(logPath, metric: metric, resumedAt: isResumed ? trainer.state.progress.seen : nil)
      // A first state shows at once whether files can be written at all.
      try save()
    }
    let line = ProgressLine()
    var saved = Date()
    let begun = (seen: trainer.state.progress.seen, date: Date())
    while !trainer.isFinished {
      let step = try trainer.step()
      let speed = Double(trainer.state.progress.seen - begun.seen) / Date().timeIntervalSince(begun.date)
      line.show(status(trainer, step, speed))
      let validated = trainer.isValidationDue(after: step) ? try trainer.validate() : nil
      let files = Result {
        guard communicator.isFirst else { return }
        if let validated {
          try log?.append(trainer, validated)
          line.clear()
          let isHeldBack = validated.isBest && standing?.isBetter(than: validated.score.metric) == true
          say(message(trainer, validated, speed) + (isHeldBack ? "  not written: \(output) is better" : ""))
          if validated.isBest, !isHeldBack {
            try stored(trainer.checkpoint(), network).write(to: output)
            standing = nil
          }
        }
        if Date().timeIntervalSince(saved) > Self.secondsBetweenSaves {
          try save()
          saved = Date()
        }
      }
      if try isOver(files, end) { break }
    }
    line.clear()
    try communicator.first(save)
    if trainer.isFinished { return true }
    print(
      "Stopped after \(trainer.state.progress.seen) of \(recipe.budget) trajectories, validation "
        + "\(metric) \(score(trainer)). Go on with: zoo train --output \(output) --resume")
    return false
  }

  /// Whether a rank wants to stop, or can't go on: a signal or a clock of one of them stops all.
  private func isOver(_ files: Result<Void, any Error>, _ end: Date) throws -> Bool {
    enum Wish { static let none: UInt8 = 0, stop: UInt8 = 1, fail: UInt8 = 2 }
    var wish = StopSignal.isAsked || Date() >= end ? Wish.stop : Wish.none
    if case .failure = files { wish = Wish.fail }
    let strongest = try communicator.gather(wish).max() ?? wish
    try files.get()
    if strongest == Wish.fail { throw ClusterError.elsewhere }
    return strongest == Wish.stop
  }

  private func score(_ trainer: Trainer) -> String {
    trainer.state.progress.best.map { String(format: "%.4f", $0.metric) } ?? "not known yet"
  }

  /// The checkpoint as it is stored.
  private func stored(_ checkpoint: Checkpoint, _ network: some NetworkArchitecture) throws -> Checkpoint {
    recipe.precision == .float16 ? try network.halved(checkpoint) : checkpoint
  }

  /// The finished network with what it knows of its own doubt.
  private func calibrated(
    _ checkpoint: Checkpoint, _ network: some NetworkArchitecture, _ held: [LabelledTrajectory], _ workers: Workers
  ) throws -> Weights {
    var weights = try Weights([checkpoint])
    // Networks of single lengths are calibrated together, with those of the other lengths.
    if recipe.data.count > 0 { return weights }
    let items = recipe.data.path.isEmpty ? Calibrator.items(recipe, workers: workers) : held
    let title = recipe.data.path.isEmpty ? Calibrator.title(recipe, items) : recipe.data.path
    do { weights.serving = try network.fittedServing(weights, on: items, title: title) } catch let error
      as ServingError
    { say("Not calibrated: \(error)") }
    return weights
  }

  private static let secondsBetweenSaves = 300.0

  private func status(_ trainer: Trainer, _ step: Trainer.Step, _ speed: Double) -> String {
    let best = trainer.state.progress.best.map { String(format: ", best %.4f", $0.metric) } ?? ""
    let left = Double(recipe.budget - trainer.state.progress.seen) / speed
    return String(
      format: "%.1f %%, step %d, %.0f trajectories/s, loss %.4f%@, %@ left", 100 * trainer.share,
      trainer.state.progress.steps, speed, step.loss, best, ProgressLine.duration(left))
  }

  private func message(_ trainer: Trainer, _ validated: Trainer.Validation, _ speed: Double) -> String {
    String(
      format: "%10d trajectories  loss %.5f  validation %.4f%@  rate %.2e  %.0f trajectories/s",
      trainer.state.progress.seen, validated.trainingLoss, validated.score.metric, validated.isBest ? " *" : "  ",
      trainer.rate, speed)
  }
}
