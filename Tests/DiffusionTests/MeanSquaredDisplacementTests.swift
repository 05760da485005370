import Diffusion
import Foundation
import Testing

/// The TA-MSD fit against numbers of another implementation (NumPy), and its formulas.
@Suite struct MeanSquaredDisplacementTests {
  struct Reference: Decodable {
    let mae: Double?
    let firstEstimates: [Double]

    enum CodingKeys: String, CodingKey {
      case mae
      case firstEstimates = "first_estimates"
    }

    static func read(_ path: String, dimension: Int) throws -> Reference {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      let all = try JSONDecoder().decode([String: Reference].self, from: data)
      return try #require(all["dim\(dimension)"])
    }
  }

  let fit = MeanSquaredDisplacementFit()

  @Test(arguments: 1...3) func firstEstimatesAreThoseOfTheReference(dimension: Int) throws {
    let expected = try Reference.read(Fixtures.folder + "/tamsd_first20.json", dimension: dimension).firstEstimates
    let source = try TrajectoryHDF5(
      path: Fixtures.folder + "/dev_first20.h5", task: .exponent, dimension: dimension)
    #expect(source.count == 20 && expected.count == 20)
    for (item, exponent) in zip(try source.trajectories(0..<20), expected) {
      #expect(abs(fit.estimate(item.trajectory).exponent - exponent) < 1e-9)
    }
  }

  @Test(
    .enabled(if: Fixtures.hasWhole, "the development set of 12,000 trajectories is not beside the checkout"),
    arguments: zip(1...3, [0.306, 0.301, 0.289]))
  func errorOnTheDevelopmentSetIsThatOfTheReference(dimension: Int, rounded: Double) throws {
    let reference = try Reference.read(Fixtures.whole + "/tamsd_dev.json", dimension: dimension)
    let source = try TrajectoryHDF5(path: Fixtures.whole + "/dev.h5", task: .exponent, dimension: dimension)
    let items = try source.trajectories(0..<source.count)
    let estimates = items.map { fit.estimate($0.trajectory).exponent }
    for (found, expected) in zip(estimates, reference.firstEstimates) { #expect(abs(found - expected) < 1e-6) }
    let mae = MeanAbsoluteError.value(predicted: estimates, truth: items.map { $0.truth.exponent! })
    #expect(try abs(mae - #require(reference.mae)) < 1e-9, "\(mae)")
    #expect(abs(mae - rounded) < 0.0005, "\(mae)")
  }

  /// The median error on the challenge's data of another seed lies within sampling error of the development set's.
  @Test(arguments: zip(1...3, [0.306, 0.301, 0.289]))
  func errorOnSimulatedDataIsThatOfTheDevelopmentSet(dimension: Int, expected: Double) throws {
    let items = ChallengeSimulation(task: .exponent, dimension: dimension, seed: 51, count: 3000)
      .trajectories(threads: 2)
    let errors = items.map { abs(fit.estimate($0.trajectory).exponent - $0.truth.exponent!) }
    // Standard errors: 0.0065 of the development set, 0.0053 of 3,000 others.
    #expect(abs(mean(errors) - expected) < 4 * 0.0085, "\(mean(errors))")
  }

  @Test(arguments: [(1, nil), (2, 1), (4, 3), (5, 4), (16, 4), (19, 4), (20, 5), (200, 50), (203, 50), (999, 50)])
  func lagsEndAtAQuarterWithinBounds(points: Int, most: Int?) {
    #expect(fit.lags(points: points) == most.map { 1...$0 })
  }

  @Test func curveIsTheMeanOfSquares() {
    let x = [0.0, 1, 3, 7, 5], expected = [25.0 / 4, 49.0 / 3, 32.5, 25]
    #expect(MeanSquaredDisplacementFit.curve(x, mostLag: 4) == expected)
    #expect(MeanSquaredDisplacementFit.curve([2, 2], mostLag: 1) == [0])
  }

  /// Two lags, so that the line can be worked out by hand.
  @Test func coefficientBelongsToTheExponent() throws {
    var two = fit
    (two.leastLags, two.mostLags, two.largestShare) = (2, 2, 0)
    for unit in [1e-200, 1, 3, 1e150] {
      let x = [0.0, 1, -1, 1, 0].map { $0 * unit }
      let estimate = two.estimate(try Trajectory(dimension: 1, positions: x))
      // Squares of steps: 1, 4, 4, 1; of lag 2: 1, 0, 1.
      let first = 2.5, second = 2.0 / 3
      #expect(estimate.exponent == 0.05)
      let logarithm = (log(first) + log(second) - 0.05 * log(2.0)) / 2
      let expected = exp(logarithm) / 2 * unit * unit
      if expected > 0 && expected.isFinite {
        #expect(abs(try #require(estimate.generalisedCoefficient) / expected - 1) < 1e-12)
      }
    }
  }

  @Test func brownianMotionHasItsCoefficient() throws {
    // Steps of variance 1 in each of three components: MSD = 3 lag, so K = 1/2.
    var random = CounterBasedRandom(seed: 52)
    let positions = (0..<3).flatMap { _ -> [Double] in
      var x = 0.0
      return random.normals(20_000).map { step in
        x += step
        return 5 * x
      }
    }
    let estimate = fit.estimate(try Trajectory(dimension: 3, positions: positions))
    #expect(abs(estimate.exponent - 1) < 0.05)
    #expect(abs(try #require(estimate.generalisedCoefficient) / (25.0 / 2) - 1) < 0.1)
  }

  @Test func unitsAndStillComponentsDoNotMatter() throws {
    let x = ObservationTests.normalised(.fbm, exponentIndex: 25, points: 200, dimension: 1, index: 2)
    let expected = fit.estimate(try Trajectory(dimension: 1, positions: x))
    let coefficient = try #require(expected.generalisedCoefficient)
    #expect(expected.exponent > 0.8 && expected.exponent < 1.8)
    for unit in [1e-300, 1e-30, 7, 1e17, 1e300] {
      let found = fit.estimate(try Trajectory(dimension: 1, positions: x.map { $0 * unit }))
      #expect(abs(found.exponent - expected.exponent) < 1e-9, "unit \(unit)")
    }
    for still in [0.0, -3.5] {
      let found = fit.estimate(try Trajectory(dimension: 2, positions: x + x.map { _ in still }))
      #expect(found.exponent == expected.exponent)
      #expect(abs(try #require(found.generalisedCoefficient) / coefficient - 1) < 1e-12)
    }
    // Each component counts the same, whatever its unit; without standardising the larger one decides.
    let y = ObservationTests.normalised(.fbm, exponentIndex: 2, points: 200, dimension: 1, index: 3)
    let both = try Trajectory(dimension: 2, positions: x + y),
      larger = try Trajectory(
        dimension: 2, positions: x + y.map { $0 * 1e6 })
    #expect(abs(fit.estimate(both).exponent - fit.estimate(larger).exponent) < 1e-9)
    let plain = MeanSquaredDisplacementFit(standardises: false)
    let alone = plain.estimate(try Trajectory(dimension: 1, positions: y))
    #expect(abs(plain.estimate(larger).exponent - alone.exponent) < 1e-6)
    #expect(abs(plain.estimate(both).exponent - alone.exponent) > 0.1)
  }

  /// Its displacements are all the same, so that there is no standard deviation to divide by.
  @Test(arguments: [false, true]) func steadyMotionIsBallistic(standardises: Bool) throws {
    let ramp = try Trajectory(dimension: 1, positions: (0..<40).map { 3 * Double($0) })
    let estimate = MeanSquaredDisplacementFit(standardises: standardises).estimate(ramp)
    #expect(abs(estimate.exponent - 2) < 1e-12)
    #expect(try abs(#require(estimate.generalisedCoefficient) - 4.5) < 1e-12)
  }

  @Test func whatHasNoSlopeIsOne() throws {
    for positions in [[1.0], [1, 2], [3, 3, 3, 3, 3, 3]] {
      let estimate = fit.estimate(try Trajectory(dimension: 1, positions: positions))
      #expect(estimate.exponent == 1 && estimate.generalisedCoefficient == nil, "\(positions)")
    }
  }
}
