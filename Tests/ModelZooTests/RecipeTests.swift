import Diffusion
import Testing

@testable import ModelZoo

@Suite struct RecipeTests {
  @Test func whatIsNotNamedKeepsItsDefault() throws {
    let recipe = try Recipe(yaml: "task: model\nlengths: {power: 0}\n", assignments: ["seed=7", "lengths.from=20"])
    #expect(recipe.task == .model)
    #expect(recipe.lengths.power == 0)
    #expect(recipe.lengths.from == 20)
    #expect(recipe.lengths.to == Recipe().lengths.to)
    #expect(recipe.seed == 7)
  }

  @Test func aRecipeComesBackFromItsText() throws {
    let recipe = try Recipe(
      yaml: "configuration: {dropout: 0.2, statisticsLengths: [10, 20]}\nloss: {kind: mae}\ndata: {path: x.h5}\n")
    #expect(try Recipe(yaml: recipe.yaml) == recipe)
    // Names in one order, whatever the order of a dictionary in this process.
    #expect(recipe.yaml.contains("dropout: 2e-1\n  statisticsLengths"))
  }

  @Test(arguments: [
    ("lenghts: {from: 3}", "Did you mean 'lengths'?"), ("lengths: {form: 3}", "Did you mean 'from'?"),
    ("dimension: 4", "dimension must be 1, 2 or 3"), ("dimension: one", "must be of type Int"),
    ("lengths: 3", "has parts"), ("task: other", "task"), ("loss: {kind: cross-entropy}", "mse, mae or huber"),
    ("task: model\nloss: {kind: mse}", "cross-entropy"), ("optimizer: {kind: lion}", "sgd, adam or adamw"),
    ("schedule: {kind: step}", "trapezoid or plateau"), ("lengths: {from: 1}", "2...1000"), ("a: [", "no YAML"),
    ("- 1", "name: value"), ("data: {folds: 3}", "data.fold"),
    ("schedule: {warmUp: 1.5}", "schedule.warmUp"), ("schedule: {rate: .nan}", "schedule.rate"),
    ("schedule: {floor: -1}", "schedule.floor"), ("schedule: {coolDown: 2}", "schedule.coolDown"),
    ("optimizer: {beta2: 1}", "optimizer.beta2"),
    ("optimizer: {epsilon: 0}", "optimizer.epsilon"), ("loss: {delta: 0}", "loss.delta"),
    ("loss: {smoothing: 1}", "loss.smoothing"), ("lengths: {power: .inf}", "lengths.power"),
    ("average: .nan", "average"), ("reuse: 0", "reuse"), ("prefixes: 0", "prefixes"), ("clipping: -1", "clipping"),
    ("seed: -1", "seed"),
    ("budget: 0", "budget"), ("data: {count: 3, folds: 0}", "data.count"), ("data: {count: 100}", "data.count"),
    ("precision: float8", "precision"), ("configuration: 3", "configuration"),
  ])
  func wrongRecipesAreSentences(yaml: String, part: String) {
    do {
      _ = try Recipe(yaml: yaml)
      Issue.record("no error for \(yaml)")
    } catch { #expect("\(error)".contains(part), "\(error)") }
  }

  @Test func lengthsFollowTheirDensity() throws {
    var recipe = Recipe()
    recipe.lengths.growth = 0
    recipe.lengths.power = 1
    var random = CounterBasedRandom(seed: 4)
    let drawn = (0..<20_000).map { _ in recipe.length(random.nextUnit(), progress: 0.5) }
    #expect(drawn.min() == 10 && drawn.max() == 999)
    // Density 1/L: as many between 10 and 99 as between 100 and 999.
    let short = Double(drawn.filter { $0 < 100 }.count) / 20_000
    #expect(abs(short - 0.5) < 0.012)
    recipe.lengths.growth = 0.5
    #expect((0..<100).allSatisfy { recipe.length(Double($0) / 100, progress: 0) <= 109 })
    #expect(recipe.length(0.9999, progress: 0.5) > 990)
    recipe.lengths.list = [30, 50]
    #expect(Set((0..<10).map { recipe.length(Double($0) / 10, progress: 0) }) == [30, 50])
  }

  @Test func batchesHoldAboutAsManyPoints() {
    var recipe = Recipe()
    recipe.batch = .init()
    recipe.batch.points = 10_000
    recipe.batch.least = 16
    recipe.batch.most = 300
    #expect(recipe.batchSize(length: 10) == 300)
    #expect(recipe.batchSize(length: 100) == 100)
    #expect(recipe.batchSize(length: 999) == 16)
  }
}
