import Diffusion
import Foundation
import Testing

@testable import ModelZoo

@Suite struct CalibrationTests {
  /// Errors of a method whose doubt is known: Laplace with a scale that falls with the length.
  private func samples(_ count: Int, seed: UInt64, spread: Bool = false) -> [Calibrator.ErrorSample] {
    var random = CounterBasedRandom(seed: seed)
    return (0..<count).map { _ in
      let points = Int.random(in: 10...999, using: &random), exponent = Double.random(in: 0.05...2, using: &random)
      let doubt = spread ? Double.random(in: 0.01...0.1, using: &random) : nil
      let scale = (doubt.map { 2 * ($0 + 0.005) } ?? 0.1) * pow(Double(points) / 100, -0.4) * exp(0.3 * (exponent - 1))
      let error = -scale * log(1 - Double.random(in: 0..<1, using: &random))
      return Calibrator.ErrorSample(points: points, exponent: exponent, spread: doubt, error: error)
    }
  }

  @Test(arguments: [false, true]) func intervalsHoldTheirShareEverywhere(spread: Bool) {
    let fitted = Calibrator.errors(samples(8000, seed: 1, spread: spread))
    #expect(fitted.usesSpread == spread)
    #expect(abs(fitted.coefficients[1] + 0.4 * log(10)) < 0.08, "\(fitted.coefficients)")
    #expect(abs(fitted.coefficients[3] - 0.3) < 0.1)
    if spread { #expect(abs(fitted.coefficients[6] - 1) < 0.06) }
    // Of a Laplace distribution, 68 % lie within 1.14 and 95 % within 3.00 mean errors.
    #expect(abs(fitted.sixtyEight + log(0.32)) < 0.06 && abs(fitted.ninetyFive + log(0.05)) < 0.25)
    for part in [10...99, 100...999] {
      let fresh = samples(20_000, seed: 2, spread: spread).filter { part.contains($0.points) }
      func share(_ scales: Double) -> Double {
        let inside = fresh.filter {
          $0.error <= scales * fitted.scale(points: $0.points, exponent: $0.exponent, spread: $0.spread)
        }
        return Double(inside.count) / Double(fresh.count)
      }
      #expect(abs(share(fitted.sixtyEight) - 0.68) < 0.03 && abs(share(fitted.ninetyFive) - 0.95) < 0.015)
    }
  }

  @Test func aConstantErrorIsNoTrouble() {
    let fitted = Calibrator.errors(
      (0..<200).map { _ in Calibrator.ErrorSample(points: 50, exponent: 1, spread: nil, error: 0.1) })
    #expect(abs(fitted.scale(points: 50, exponent: 1, spread: nil) - 0.1) < 1e-3)
    // Far from what was measured, the scale stays finite.
    #expect(fitted.scale(points: 100_000, exponent: 2, spread: nil).isFinite)
    let none = Calibrator.errors(
      (0..<200).map { Calibrator.ErrorSample(points: 10 + $0, exponent: 1, spread: 0, error: 0) })
    #expect(none.ninetyFive.isFinite && none.coefficients.allSatisfy(\.isFinite))
  }

  @Test func estimatesCarryTheirIntervals() {
    let scale = ErrorScale(
      coefficients: [log(0.1), 0, 0, 0, 0, 0], deviation: 1.5, sixtyEight: 1, ninetyFive: 3, shortest: 10, longest: 999)
    let calibration = Calibration(errors: scale, data: "x", count: 100)
    let estimate = calibration.applied(to: Estimate(.exponent(1.9)), points: 50)
    #expect(abs(estimate.deviation! - 0.15) < 1e-12)
    #expect(abs(estimate.interval(.sixtyEight)!.lowerBound - 1.8) < 1e-12)
    #expect(estimate.interval(.ninetyFive)!.upperBound == 2)
    #expect(Estimate(.exponent(1)).interval(.ninetyFive) == nil)
    #expect(Estimate(.model(probabilities: [1])).interval(.ninetyFive) == nil)
  }

  /// Probabilities that were sharpened by a known temperature.
  @Test func temperaturesAreFound() {
    var random = CounterBasedRandom(seed: 3)
    let answers = (0..<6000).map { _ -> (probabilities: [Double], truth: Int) in
      let honest = Prediction.softmax(random.normals(5).map { 2 * $0 })
      var rest = Double.random(in: 0..<1, using: &random)
      let truth = honest.firstIndex { probability in
        rest -= probability
        return rest < 0
      }
      return (Calibration.tempered(honest, 0.5), truth ?? 4)
    }
    let found = Calibrator.temperature(answers)
    #expect(abs(found - 2) < 0.1)
    let before = answers[0].probabilities, after = Calibration.tempered(before, found)
    #expect(abs(after.reduce(0, +) - 1) < 1e-12)
    #expect(before.indices.max { before[$0] < before[$1] } == after.indices.max { after[$0] < after[$1] })
    #expect(Calibration.tempered([1, 0], 3)[0] > 0.999)
  }

  @Test func theConstantIsFound() {
    var random = CounterBasedRandom(seed: 4)
    let truth = (0..<2000).map { _ in Double.random(in: 0.1...1.9, using: &random) }
    let outputs = truth.map { $0 / 1.0129 + 0.001 * random.normals(1)[0] }
    #expect(abs(Calibrator.rectification(outputs, truth: truth) - 1.0129) < 3e-4)
    #expect(Calibrator.rectification([2.5], truth: [2]) == 1)
  }

  @Test func aNetworkIsCalibratedAndAFewAreTooFew() throws {
    let network = SmallNetworks.network
    for subtask in [SmallNetworks.exponent, SmallNetworks.model] {
      let weights = try Weights([SmallNetworks.checkpoint(subtask, seed: 2)])
      let items = Calibrator.simulation(subtask, count: 1200)
      let all = items.trajectories(0..<items.count)
      let serving = try network.fittedServing(weights, on: all, title: "test")
      let calibration = try #require(serving.calibration)
      #expect(calibration.count == all.count && serving.rectification == nil)
      #expect((calibration.temperature != nil) == (subtask.task == .model))
      var known = weights
      known.serving = serving
      let method = try network.characterizer(for: subtask, weights: known)
      let plain = try network.characterizer(for: subtask, weights: weights)
      let trajectories = all.prefix(20).map(\.trajectory)
      let before = try plain.predictions(for: trajectories), after = try method.estimates(for: trajectories)
      #expect(try method.predictions(for: trajectories) == after.map(\.prediction))
      if subtask.task == .exponent {
        #expect(before == after.map(\.prediction))
        let test = ChallengeSimulation(task: .exponent, dimension: 1, seed: 77, count: 1500).trajectories(0..<1500)
        let inside = zip(try method.estimates(for: test.map(\.trajectory)), test).filter {
          $0.0.interval(.sixtyEight)!.contains($0.1.truth.exponent!)
        }
        #expect(abs(Double(inside.count) / Double(test.count) - 0.68) < 0.05)
      }
      #expect(throws: ServingError.tooFew(found: 50, needed: 100)) {
        try network.fittedServing(weights, on: Array(all.prefix(50)), title: "test")
      }
    }
  }
}
