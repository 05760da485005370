import Diffusion
import Testing

/// How often each model and each exponent occurs in a simulated set.
@Suite struct LabelMixTests {
  /// Expected numbers in a set of 10,000, worked out from the quotas of andi-datasets 0.0.5: per exponent up to 1, per
  /// exponent from 1.05 to 1.95, of exponent 2. Models in the order of their labels.
  static let expected: [ChallengeTask: [[Double]]] = [
    .exponent: [[83.37, 83.37, 43.25, 0, 41.68], [0, 0, 73.29, 107.73, 70.64], [0, 0, 0, 111.65, 73.21]],
    .model: [[100, 100, 51.28, 0, 50], [0, 0, 51.28, 100, 50], [0, 0, 0, 100, 50]],
  ]

  static func expected(_ task: ChallengeTask, _ model: DiffusionModel, _ exponentIndex: Int) -> Double {
    expected[task]![exponentIndex < 20 ? 0 : exponentIndex < 39 ? 1 : 2][model.rawValue]
  }

  static func counts(_ labels: [(model: DiffusionModel, exponentIndex: Int)]) -> [[Int]] {
    var counts = Array(repeating: [Int](repeating: 0, count: ExponentGrid.count), count: 5)
    for label in labels { counts[label.model.rawValue][label.exponentIndex] += 1 }
    return counts
  }

  @Test(arguments: ChallengeTask.allCases) func limitIsTheTable(task: ChallengeTask) {
    let count = 1_000_000
    let distribution = LabelDistribution(task: task)
    let counts = Self.counts((0..<count).map { distribution.labels(seed: 1, index: $0) })
    for model in DiffusionModel.allCases {
      for index in 0..<ExponentGrid.count {
        let expected = Self.expected(task, model, index) * Double(count) / 10_000
        let found = Double(counts[model.rawValue][index])
        // The table has two digits, and is of a finite set, whose base set is rounded up: 83 for 82.05, 122 for 121.9.
        #expect(abs(found - expected) <= 4 * expected.squareRoot() + 0.008 * expected, "\(model) \(index)")
        #expect((found == 0) == (expected == 0))
      }
    }
    let all = counts.map { Double($0.reduce(0, +)) / Double(count) }
    let models = task == .exponent ? [0.1667, 0.1667, 0.2257, 0.2159, 0.2249] : [0.2, 0.2, 0.2, 0.2, 0.2]
    for (found, expected) in zip(all, models) { #expect(abs(found - expected) < 0.002) }
  }

  static func labels(_ simulation: ChallengeSimulation) -> [(model: DiffusionModel, exponentIndex: Int)] {
    (0..<simulation.count).map { index in
      let truth = simulation.truth(index)
      return (truth.model!, Int((truth.exponent! * 20).rounded()) - 1)
    }
  }

  @Test(arguments: ChallengeTask.allCases, 1...3) func finiteSetHasTheQuotas(task: ChallengeTask, dimension: Int) {
    let simulation = ChallengeSimulation(task: task, dimension: dimension, seed: 20, count: 10_000)
    #expect(simulation.count == 10_000)
    let counts = Self.counts(Self.labels(simulation))
    for model in DiffusionModel.allCases {
      for index in 0..<ExponentGrid.count {
        let expected = Self.expected(task, model, index), found = Double(counts[model.rawValue][index])
        #expect(abs(found - expected) <= 4 * expected.squareRoot(), "\(model) \(index)")
      }
    }
    for index in 0..<ExponentGrid.count {
      let found = counts.reduce(0) { $0 + $1[index] }
      let expected = DiffusionModel.allCases.reduce(0) { $0 + Self.expected(task, $1, index) }
      // 275 of each exponent, 202 of exponent 2, and then 10,000 of all 10,927: quotas vary less than free draws.
      let pool = index == 39 ? 202.0 : 275.0
      let deviation = task == .exponent ? (expected * (1 - expected / pool)).squareRoot() : expected.squareRoot()
      #expect(abs(Double(found) - expected) <= 4 * deviation, "exponent \(index)")
      if task == .exponent { #expect(Double(found) <= pool) }
    }
    if task == .model {
      for model in counts { #expect(abs(model.reduce(0, +) - 2000) < 50 && model.reduce(0, +) <= 2200) }
    }
  }

  /// The original gives fewer for a small task 2 (6 wanted: one of each model, so 5), and one more of each exponent
  /// where its product is rounded upwards (400).
  @Test func smallSetsHaveTheOriginalsSizes() {
    #expect(ChallengeSimulation(task: .model, dimension: 1, seed: 1, count: 6).count == 5)
    #expect(ChallengeSimulation(task: .model, dimension: 1, seed: 1, count: 1).count == 1)
    #expect(ChallengeSimulation(task: .model, dimension: 1, seed: 1, count: 100).count == 100)
    for count in [1, 2, 39, 40, 41, 400, 1999] {
      #expect(ChallengeSimulation(task: .exponent, dimension: 2, seed: 1, count: count).count == count)
    }
  }

  @Test func setsOfTwoTasksShareTrajectories() {
    func coefficients(_ task: ChallengeTask) -> Set<[Double]> {
      let simulation = ChallengeSimulation(task: task, dimension: 1, seed: 3, count: 2000)
      return Set((0..<2000).map { simulation.truth($0).coefficient! })
    }
    // The original's numbers: 1,298 of 2,000 in one run. Expected: each set takes about two thirds of the base set.
    let shared = coefficients(.exponent).intersection(coefficients(.model)).count
    #expect((1230...1370).contains(shared), "\(shared)")
  }

  @Test func exponentsAreTheGrid() {
    #expect(ExponentGrid.exponent(19) == 1)
    #expect(ExponentGrid.exponent(39) == 2)
    for index in 0..<ExponentGrid.count {
      #expect(abs(ExponentGrid.exponent(index) - Double(index + 1) / 20) < 1e-15)
    }
    #expect(DiffusionModel.allCases.map(\.name) == ["attm", "ctrw", "fbm", "lw", "sbm"])
    #expect(DiffusionModel.allCases.map(\.exponentIndices.count) == [20, 20, 39, 20, 40])
  }
}
