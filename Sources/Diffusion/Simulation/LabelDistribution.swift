/// The mix of models and exponents in the challenge's data, in the limit of many trajectories.
///
/// Task 1 takes the same number of trajectories of each exponent from a base set whose models have quotas of their own;
/// only exponent 2.00 has fewer in the base set than are wanted. Task 2 takes the same number of each model, whose
/// exponents are equally frequent.
public struct LabelDistribution: Sendable {
  private let cells: [(model: DiffusionModel, exponentIndex: Int)]
  private let cumulative: [Double]

  /// The mix of the challenge's task 1 or 2.
  public init(task: ChallengeTask) {
    var cells: [(model: DiffusionModel, exponentIndex: Int)] = []
    var weights: [Double] = []
    // Trajectories of one exponent in the base set, for N wanted and q = 0.32 N a model.
    func base(_ model: DiffusionModel) -> Double {
      switch model {
      case .attm, .ctrw: 0.32 / 20
      case .fbm: 0.32 / 39
      case .lw: 0.8 * 0.32 / 21
      case .sbm: 0.32 / 40
      }
    }
    for index in 0..<ExponentGrid.count {
      let models = DiffusionModel.allCases.filter { $0.exponentIndices.contains(index) }
      let all = models.reduce(0) { $0 + base($1) }
      for model in models {
        cells.append((model, index))
        switch task {
        case .exponent: weights.append(base(model) / all * min(all, 1.1 / 40))
        case .model: weights.append(1 / Double(model.exponentIndices.count))
        }
      }
    }
    let total = weights.reduce(0, +)
    var sum = 0.0
    cumulative = weights.map { weight in
      sum += weight / total
      return sum
    }
    self.cells = cells
  }

  /// The labels of a trajectory, from its own stream of random numbers.
  public func labels(seed: UInt64, index: Int) -> (model: DiffusionModel, exponentIndex: Int) {
    var random = CounterBasedRandom(seed: seed, index: index, stream: .labels)
    let u = random.nextUnit()
    var low = 0, high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > u { high = middle } else { low = middle + 1 }
    }
    return cells[low]
  }
}
