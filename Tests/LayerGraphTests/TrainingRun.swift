import LayerGraph

/// One forward and backward run and all that comes out of it.
struct TrainingRun: Equatable {
  let loss: Double
  let gradients: Parameters
  /// Trained numbers, which a run leaves alone, and statistics, which it moves.
  let parameters: Parameters
  let output: [Float]
  let features: [Float]

  init(
    _ sample: SampleGraph, batch: Int, steps: Int? = nil, table: KernelTable, workers: Int = 1, key: UInt64 = 7,
    parameters: ParameterStore? = nil
  ) throws {
    let plan = try TrainingPlan(sample.graph, steps: steps ?? sample.steps, batch: batch, table: table)
    try self.init(sample, plan: plan, workers: workers, key: key, parameters: parameters)
  }

  init(
    _ sample: SampleGraph, plan: TrainingPlan, workers: Int = 1, key: UInt64 = 7, parameters: ParameterStore? = nil
  ) throws {
    let store = try parameters ?? sample.store(), slopes = ParameterStore(sample.graph.parameters)
    loss = plan.run(
      store, input: sample.input(batch: plan.batch, steps: plan.steps),
      targets: sample.targets(batch: plan.batch, outputs: plan.outputCount), loss: sample.loss, gradients: slopes,
      key: key, workers: Workers(count: workers))
    let trained = Set(sample.graph.parameters.filter { $0.role == .trained }.map(\.name))
    var gradients = Parameters()
    let all = slopes.parameters
    for name in all.names where trained.contains(name) { gradients[name] = all[name] }
    self.gradients = gradients
    self.parameters = store.parameters
    output = plan.lastOutput
    features = plan.lastFeatures
  }
}
