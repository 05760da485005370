import Diffusion
import Testing

/// Positions of any finite size: a Lévy walk that never turns has equal steps up to rounding, and dividing them by their
/// standard deviation gives positions up to 1e17.
@Suite struct HugePositionTests {
  /// Shares of Lévy walks of exponent 2 with a position beyond 1e9, of 1,000 of andi-datasets 0.0.5 in each dimension.
  @Test(arguments: zip(1...3, [0.203, 0.168, 0.147])) func ballisticWalksAreHuge(dimension: Int, share: Double) {
    let count = 3000
    var x = [Double](repeating: 0, count: 1000 * dimension), found = 0, largest = 0.0
    for index in 0..<count {
      Observation.writeNormalised(.lw, exponent: 2, dimension: dimension, seed: 41, index: index, to: &x)
      let most = x.reduce(0) { max($0, abs($1)) }
      largest = max(largest, most)
      if most > 1e9 { found += 1 }
    }
    let error = (share * (1 - share) * (1 / 1000 + 1 / Double(count))).squareRoot()
    #expect(abs(Double(found) / Double(count) - share) < 4.5 * error, "\(found) of \(count)")
    #expect(largest > 1e15 && largest < 1e19)
  }

  @Test func otherWalksAreNot() {
    var x = [Double](repeating: 0, count: 1000)
    for index in 0..<1000 {
      Observation.writeNormalised(
        .lw, exponent: ExponentGrid.exponent(29), dimension: 1, seed: 42, index: index, to: &x)
      #expect(x.allSatisfy { abs($0) < 1e9 })
    }
  }

  static func hugeTrajectories(_ count: Int) -> [LabelledTrajectory] {
    let simulation = ChallengeSimulation(task: .exponent, dimension: 2, seed: 43, count: 4000)
    let ballistic = (0..<4000).filter { simulation.truth($0).exponent == 2 && simulation.truth($0).model == .lw }
    return Array(
      ballistic.lazy.map { simulation.trajectories($0..<$0 + 1)[0] }
        .filter { $0.trajectory.positions.contains { abs($0) > 1e13 } }.prefix(count))
  }

  static func expectStandardised(_ x: ArraySlice<Float>, _ comment: Comment = "") {
    let values = x.map(Double.init)
    #expect(values.allSatisfy { $0.isFinite }, comment)
    #expect(abs(mean(values)) < 1e-5, comment)
    #expect(abs(mean(values.map { $0 * $0 }) - 1) < 1e-5, comment)
  }

  static func component(_ standardised: [Float], _ axis: Int, dimension: Int) -> ArraySlice<Float> {
    stride(from: axis, to: standardised.count, by: dimension).map { standardised[$0] }[...]
  }

  @Test func hugeTrajectoriesAreStandardisedAndFitted() {
    let items = Self.hugeTrajectories(5)
    #expect(items.count == 5)
    for item in items {
      let standardised = item.trajectory.standardised()
      for axis in 0..<2 { Self.expectStandardised(Self.component(standardised, axis, dimension: 2)) }
      let estimate = MeanSquaredDisplacementFit().estimate(item.trajectory)
      #expect(estimate.exponent > 1 && estimate.exponent <= 2)
    }
  }

  @Test func standardisingDoesNotDependOnTheUnit() throws {
    let x = ObservationTests.normalised(.fbm, exponentIndex: 12, points: 300, dimension: 1, index: 1)
    let reference = try Trajectory(dimension: 1, positions: x).standardised()
    Self.expectStandardised(reference[...])
    let centre = mean(x), deviation = ObservationTests.variance(x).squareRoot()
    for (value, original) in zip(reference, x) { #expect(abs(Double(value) - (original - centre) / deviation) < 1e-6) }
    for unit in [1e-306, 1e-160, 1e-30, 1e17, 1e150, 1e300] {
      let scaled = try Trajectory(dimension: 1, positions: x.map { $0 * unit }).standardised()
      for (a, b) in zip(scaled, reference) { #expect(abs(a - b) < 1e-5, "unit \(unit)") }
    }
    for shift in [1e-3, 1, 1e6] {
      let shifted = try Trajectory(dimension: 1, positions: x.map { $0 + shift }).standardised()
      for (a, b) in zip(shifted, reference) { #expect(abs(a - b) < 1e-5, "shift \(shift)") }
    }
    let largest = Double.greatestFiniteMagnitude
    let ends = try Trajectory(dimension: 1, positions: [largest, -largest, largest, -largest]).standardised()
    #expect(ends == [1, -1, 1, -1])
  }

  @Test func constantComponentsBecomeZeros() throws {
    var random = CounterBasedRandom(seed: 44)
    for count in [1, 2, 3, 10, 999, 5000] {
      for _ in 0..<60 {
        let scale = [1e-300, 1e-10, 1, 1e3, 1e17, 1e300][random.nextInteger(below: 6)]
        let value = (random.nextUnit() - 0.5) * scale
        let constant = [Double](repeating: value, count: count)
        let trajectory = try Trajectory(dimension: 2, positions: constant + (0..<count).map(Double.init))
        let standardised = trajectory.standardised()
        #expect(Self.component(standardised, 0, dimension: 2).allSatisfy { $0 == 0 }, "\(count) times \(value)")
        if count > 1 { Self.expectStandardised(Self.component(standardised, 1, dimension: 2)) }
      }
    }
  }

  @Test func componentsAreInterleavedStepByStep() throws {
    let trajectory = try Trajectory(dimension: 3, positions: [1, 3, 5, 5, 2, 2])
    #expect(trajectory.standardised() == [-1, 0, 0, 1, 0, 0])
    #expect(trajectory.count == 2)
    #expect(trajectory.component(0) == [1, 3] && trajectory.component(2) == [2, 2])
  }

  @Test func numbersThatAreNoTrajectoryAreRefused() {
    func text(_ dimension: Int, _ positions: [Double]) -> String? {
      message { _ = try Trajectory(dimension: dimension, positions: positions) }
    }
    #expect(text(4, [1]) == "a trajectory has 1, 2 or 3 dimensions, not 4")
    #expect(text(0, []) == "a trajectory has 1, 2 or 3 dimensions, not 0")
    #expect(text(2, []) == "a trajectory needs at least one point")
    #expect(text(2, [1, 2, 3]) == "3 coordinates can't be shared out over 2 dimensions")
    #expect(text(1, [1, .nan]) == "coordinate 2 is not a finite number")
    #expect(text(1, [-.infinity, 0]) == "coordinate 1 is not a finite number")
    #expect(text(3, [1e300, -1e300, 0]) == nil)
  }
}
