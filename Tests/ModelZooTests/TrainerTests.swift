import Diffusion
import Foundation
import LayerGraph
import PlainLSTM
import Testing
import WADNet

@testable import ModelZoo

@Suite struct TrainerTests {
  /// A WADNet small enough to train in a second.
  private func network() throws -> WADNet {
    var configuration = WADNet.Configuration()
    configuration.filters = 8
    configuration.depth = 4
    configuration.hidden = 8
    configuration.recurrentLayers = 1
    configuration.statisticsLengths = [10, 30]
    return WADNet(configuration: configuration)
  }

  private func recipe(_ settings: [String] = []) throws -> Recipe {
    try Recipe(
      assignments: [
        "budget=1600", "lengths.to=40", "batch.points=640", "batch.least=16", "batch.most=64", "validation.count=60",
        "validation.every=400", "schedule.rate=0.004",
      ] + settings)
  }

  private func trainer(_ recipe: Recipe, state: TrainingState? = nil, threads: Int = 2) throws -> Trainer {
    let workers = Workers(count: threads)
    return try Trainer(
      recipe, network: network(), data: SimulatedTrainingData(recipe, workers: workers),
      validation: ValidationSet(recipe, workers: workers), state: state, workers: workers)
  }

  private func run(_ trainer: Trainer, steps: Int = .max) throws {
    var done = 0
    while !trainer.isFinished, done < steps {
      let step = try trainer.step()
      if trainer.isValidationDue(after: step) { _ = try trainer.validate() }
      done += 1
    }
  }

  @Test func threadsDoNotMatter() throws {
    let one = try trainer(recipe(), threads: 1), three = try trainer(recipe(), threads: 3)
    try run(one)
    try run(three)
    #expect(one.state.parameters.parameters == three.state.parameters.parameters)
    #expect(one.state.best.parameters == three.state.best.parameters)
    #expect(one.state.progress.best == three.state.progress.best)
    #expect(one.isFinished)
  }

  @Test(arguments: [1, 3]) func aResumedRunIsTheRun(prefixes: Int) throws {
    let folder = try TemporaryFolder()
    let recipe = try recipe(["prefixes=\(prefixes)"])
    let whole = try trainer(recipe)
    try run(whole)
    let first = try trainer(recipe)
    try run(first, steps: 17)
    try first.state.write(to: folder.file("s.state"), recipe: first.recipe, configuration: "{}")
    #expect(try TrainingState.header(of: folder.file("s.state")).recipe == first.recipe)
    let graph = try network().graph(for: first.recipe.subtask)
    let second = try trainer(recipe, state: TrainingState(contentsOf: folder.file("s.state"), graph: graph))
    try run(second)
    #expect(second.state.progress.steps == whole.state.progress.steps)
    #expect(second.state.parameters.parameters == whole.state.parameters.parameters)
    #expect(second.state.average.parameters == whole.state.average.parameters)
    #expect(second.state.best.parameters == whole.state.best.parameters)
  }

  @Test(arguments: ChallengeTask.allCases, [1, 4]) func trainingTeaches(task: ChallengeTask, prefixes: Int) throws {
    let trainer = try trainer(
      recipe(["task=\(task.rawValue)", "dimension=2", "budget=6000", "prefixes=\(prefixes)"]))
    let before = try trainer.validate()
    try run(trainer)
    let best = try #require(trainer.state.progress.best)
    #expect(best.loss < before.score.loss)
    let checkpoint = try trainer.checkpoint()
    #expect(checkpoint.training?.validationScore == best.metric)
    #expect(checkpoint.probe != nil)
    // The checkpoint is the network that was judged.
    let network = try network()
    let characterizer = try network.characterizer(for: trainer.recipe.subtask, checkpoint: checkpoint)
    let score = try ValidationSet(trainer.recipe, workers: Workers())
      .score(try #require(characterizer as? NetworkCharacterizer), loss: trainer.recipe.lossFunction)
    #expect(score.metric == best.metric)
  }

  @Test func statisticsByLengthAreThoseOfTheWeights() throws {
    let trainer = try trainer(recipe())
    try run(trainer)
    let table = try #require(trainer.state.best.parameters["wave_lstm_1.post.0.mean_by_length"])
    #expect(table.shape == [2, 8])
    // Two lengths have two sets of statistics.
    #expect(Array(table.values[..<8]) != Array(table.values[8...]))
    #expect(table.values.contains { $0 != 0 })
  }

  @Test func theTrapezoidStaysAtItsRate() throws {
    let trainer = try trainer(recipe(["schedule.kind=trapezoid", "schedule.coolDown=0.5", "schedule.floor=0"]))
    var rates: [Double] = []
    while !trainer.isFinished {
      rates.append(trainer.rate)
      _ = try trainer.step()
    }
    #expect(rates[0] < 1e-5 && rates.count { $0 == 0.004 } > rates.count / 3)
    #expect(trainer.rate == 0 && rates.last! < 0.001)
  }

  @Test func thePapersScheduleEndsARun() throws {
    let trainer = try trainer(
      recipe(["schedule.kind=plateau", "schedule.rate=0.3", "average=0", "budget=1000000", "validation.every=64"]))
    try run(trainer, steps: 400)
    #expect(trainer.isFinished)
    #expect(trainer.state.progress.plateau?.changes == 3)
  }

  /// A state can be written before the first validation, whatever the schedule.
  @Test func aPlateauIsStoredFromItsBeginning() throws {
    let folder = try TemporaryFolder()
    let recipe = try recipe(["schedule.kind=plateau"])
    let first = try trainer(recipe)
    try run(first, steps: 1)
    try first.state.write(to: folder.file("s.state"), recipe: recipe, configuration: "{}")
    let header = try TrainingState.header(of: folder.file("s.state"))
    #expect(header.progress == first.state.progress && !header.isFinished)
  }

  @Test func divergenceIsASentence() throws {
    let trainer = try trainer(recipe(["schedule.rate=1e30", "clipping=0", "budget=1000000", "average=0"]))
    #expect(throws: TrainingError.self) {
      for _ in 0..<400 { _ = try trainer.step() }
    }
  }

  /// Ranks ask for their rows alone, in windows that move on, and get what the whole batch has there.
  @Test func someRowsOfABatchAreThoseOfTheWhole() throws {
    let recipe = try recipe(["reuse=1", "batch.points=3000"])
    let simulation = ChallengeSimulation(task: .exponent, dimension: 1, seed: 3, count: 100)
    let recorded = simulation.trajectories(0..<simulation.count)
    func sources() throws -> [any TrainingData] {
      [
        SimulatedTrainingData(recipe, workers: Workers(count: 1)),
        try RecordedTrainingData(recipe, trajectories: recorded, title: "test"),
      ]
    }
    for (whole, part) in zip(try sources(), try sources()) {
      for seen in [0, 40, 3000, 9000] {
        let all = try whole.batch(seen: seen)
        let some = try part.batch(seen: seen) { $0 / 3..<$0 / 2 }
        #expect(some.rows == all.count / 3..<all.count / 2 && !some.rows.isEmpty)
        #expect(some.trajectories == Array(all.trajectories[some.rows]))
        #expect(some.targets == all.targets && some.steps == all.steps)
      }
    }
  }

  @Test func theNumberOfShardsIsBounded() {
    #expect(throws: SettingsError.self) { try Recipe(assignments: ["shards=0"]) }
    #expect(throws: SettingsError.self) { try Recipe(assignments: ["shards=5000"]) }
    #expect(throws: Never.self) { try Recipe(assignments: ["shards=64"]) }
  }

  @Test func aRecordedSetIsSplitAndLearnt() throws {
    let simulation = ChallengeSimulation(task: .exponent, dimension: 1, seed: 3, count: 200)
    let all = simulation.trajectories(0..<simulation.count)
    let (training, held) = RecordedTrainingData.split(all, seed: 1)
    #expect(training.count == 160 && held.count == 40)
    let folds = (0..<5).map { RecordedTrainingData.fold(all, number: $0, of: 5, seed: 1) }
    #expect(folds.allSatisfy { $0.training.count + $0.validation.count == 200 })
    let positions = folds.flatMap { $0.validation.map(\.trajectory.positions) }
    #expect(Set(positions).count == Set(all.map(\.trajectory.positions)).count)
    let recipe = try recipe(["lengths.to=999", "batch.points=2000"])
    let data = try RecordedTrainingData(recipe, trajectories: training, title: "test")
    for seen in [0, 16, 333] {
      let batch = try data.batch(seen: seen), again = try data.batch(seen: seen)
      #expect(batch.trajectories == again.trajectories && batch.targets == again.targets)
      #expect(batch.trajectories.allSatisfy { $0.count == batch.steps })
    }
    let trainer = try Trainer(
      recipe, network: network(), data: data,
      validation: ValidationSet(held, subtask: recipe.subtask, title: "test"), workers: Workers())
    try run(trainer, steps: 10)
    #expect(trainer.state.progress.skipped == 0)
    _ = try trainer.validate()
    #expect(throws: SettingsError.self) { try RecordedTrainingData(recipe, trajectories: [], title: "test") }
  }
}
