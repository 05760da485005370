import Diffusion
import LayerGraph
import Testing

@testable import ModelZoo

@Suite struct LengthPolicyTests {
  private func shares(_ policy: LengthPolicy, _ points: Int, _ lengths: [Int]) -> [LengthPolicy.Share] {
    policy.shares(points: points, lengths: lengths.map { $0...$0 })
  }

  @Test func windowsAreThoseOfThePaper() {
    let lengths = WindowRule.published.lengths
    for points in [10, 13, 14, 105, 109, 110, 999] {
      let found = shares(.windows, points, lengths)
      #expect(found.allSatisfy { lengths[$0.network] == WindowRule.published.length(for: points) })
      #expect(found.map(\.part) == WindowRule.published.windows(for: points).map { .window($0) })
      #expect(found.reduce(0) { $0 + $1.weight } == 1)
    }
    #expect(shares(.windows, 9, lengths).isEmpty)
  }

  /// Centres 25, 65, 125: alone at and outside them, in proportion between.
  @Test func mixesAreLinearBetweenNeighbours() {
    let lengths = [25, 65, 125]
    for (points, network) in [(10, 0), (25, 0), (65, 1), (125, 2), (999, 2)] {
      #expect(shares(.mix, points, lengths) == [.init(network: network, part: .whole, weight: 1)])
    }
    let between = shares(.mix, 45, lengths)
    #expect(between == [.init(network: 0, part: .whole, weight: 0.5), .init(network: 1, part: .whole, weight: 0.5)])
    #expect(shares(.mix, 80, lengths).map(\.weight) == [0.75, 0.25])
    #expect(shares(.mix, 80, lengths).map(\.network) == [1, 2])
  }

  @Test func zerosFillUpToTheNextLongest() {
    let ranges = [10...20, 20...30, 30...40]
    func found(_ points: Int) -> LengthPolicy.Share { LengthPolicy.zeros.shares(points: points, lengths: ranges)[0] }
    #expect(found(12) == .init(network: 0, part: .zerosInFront(points: 20), weight: 1))
    #expect(found(20).network == 0 && found(21).network == 1)
    #expect(found(500) == .init(network: 2, part: .zerosInFront(points: 40), weight: 1))
  }

  // MARK: With networks

  private func served(_ checkpoints: [Checkpoint], _ policy: LengthPolicy) throws -> ServedNetworks {
    try ServedNetworks(
      checkpoints.map { .init(try SmallNetworks.characterizer($0), lengths: $0.lengths) }, policy: policy,
      subtask: checkpoints[0].subtask, lengths: 2...20_000)
  }

  @Test(arguments: [SmallNetworks.exponent, SmallNetworks.model]) func oneNetworkIsItself(subtask: Subtask) throws {
    let checkpoint = try SmallNetworks.checkpoint(subtask, seed: 4)
    let trajectories = SmallNetworks.trajectories(subtask, [10, 300, 11, 64])
    let alone = try SmallNetworks.characterizer(checkpoint).predictions(for: trajectories)
    #expect(try served([checkpoint], .whole).predictions(for: trajectories) == alone)
    // Mixed with itself it is itself, up to rounding.
    for (a, b) in zip(try served([checkpoint], .mix).predictions(for: trajectories), alone) {
      #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-9 })
    }
    #expect(try served([checkpoint], .whole).estimates(for: trajectories).allSatisfy { $0.spread == nil })
    // At a published length a window is the whole, and no zeros are needed.
    let exact = SmallNetworks.trajectories(subtask, [20, 300])
    let reference = try SmallNetworks.characterizer(checkpoint).predictions(for: exact)
    for policy in LengthPolicy.allCases {
      for (a, b) in zip(try served([checkpoint], policy).predictions(for: exact), reference) {
        #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-9 }, "\(policy)")
      }
    }
  }

  @Test func neighboursAreMixedByTheirAnswers() throws {
    let checkpoints = try [20, 40].map {
      try SmallNetworks.checkpoint(SmallNetworks.model, seed: UInt64($0), lengths: $0...$0)
    }
    let trajectory = SmallNetworks.trajectories(SmallNetworks.model, [25])
    let parts = try checkpoints.map { try SmallNetworks.characterizer($0).predictions(for: trajectory)[0].values }
    let mixed = try served(checkpoints, .mix).predictions(for: trajectory)[0].values
    for (index, value) in mixed.enumerated() {
      #expect(abs(value - (0.75 * parts[0][index] + 0.25 * parts[1][index])) < 1e-12)
    }
  }

  @Test func zerosStandInFront() throws {
    let checkpoint = try SmallNetworks.checkpoint(seed: 5, lengths: 10...30)
    let network = try SmallNetworks.characterizer(checkpoint)
    let trajectories = SmallNetworks.trajectories([12, 50])
    let short = network.input(trajectories[0]).values, long = network.input(trajectories[1]).values
    let expected = try network.run([
      Tensor(shape: [30, 1], values: [Float](repeating: 0, count: 18) + short),
      Tensor(shape: [30, 1], values: Array(long.suffix(30))),
    ]).map { Double($0.output[0]) }
    #expect(try served([checkpoint], .zeros).outputs(for: trajectories).map { $0[0] } == expected)
  }

  @Test func foldsAreAveragedAndTheirSpreadIsTold() throws {
    let folds = try (0..<3).map { try SmallNetworks.checkpoint(seed: UInt64($0), lengths: 20...20) }
    let trajectories = SmallNetworks.trajectories([20, 33])
    let each = try folds.map { try served([$0], .windows).predictions(for: trajectories).map { $0.values[0] } }
    let together = try served(folds, .windows).estimates(for: trajectories)
    for (index, estimate) in together.enumerated() {
      let values = each.map { $0[index] }
      let mean = values.reduce(0, +) / 3
      #expect(abs(estimate.prediction.values[0] - mean) < 1e-9)
      let squares = values.map { ($0 - mean) * ($0 - mean) }
      let deviation = (squares.reduce(0, +) / 2).squareRoot()
      #expect(abs(estimate.spread! - deviation) < 1e-9)
    }
  }

  @Test func rowsNeedNotBePoints() throws {
    let subtask = SmallNetworks.exponent
    func member(_ block: Int, _ length: Int) throws -> ServedNetworks.Member {
      let network = BlockNetwork(configuration: .init(block: block))
      let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: UInt64(block))
      return .init(
        try NetworkCharacterizer(network, subtask: subtask, parameters: parameters, length: length),
        lengths: length...length)
    }
    let members = try [member(2, 20), member(4, 60)]
    let trajectories = SmallNetworks.trajectories([13, 40, 61])
    for policy in LengthPolicy.allCases where policy != .windows {
      let method = try ServedNetworks(members, policy: policy, subtask: subtask, lengths: 10...10_000)
      let together = try method.outputs(for: trajectories)
      #expect(try trajectories.map { try method.outputs(for: [$0])[0] } == together)
    }
    let windows = try ServedNetworks(members, policy: .windows, subtask: subtask, lengths: 10...10_000)
    #expect(windows.lengths.lowerBound == 20)
    #expect(throws: CharacterizerError.length(index: 0, expected: 20...10_000, found: 13)) {
      try windows.outputs(for: trajectories)
    }
    // A window of increments is a network's own business: it is the input of the cut trajectory.
    let cut = try Trajectory(dimension: 1, positions: Array(trajectories[1].positions[20..<40]))
    #expect(members[0].network.input(trajectories[1], .window(20..<40)) == members[0].network.input(cut))
  }

  @Test func networksForAllAndForSomeLengthsDoNotMix() throws {
    let checkpoints = try [SmallNetworks.checkpoint(seed: 1), SmallNetworks.checkpoint(seed: 2, lengths: 20...20)]
    #expect(throws: ServingError.members(subtask: SmallNetworks.exponent, forAllLengths: 1, forSome: 1)) {
      try served(checkpoints, .whole)
    }
  }
}
