import Diffusion
import Foundation
import LayerGraph

/// Fits what `Serving` keeps, on labelled trajectories that the method never learnt from.
public enum Calibrator {
  /// Fewest labelled trajectories that a fit is taken from.
  public static let least = 100

  /// Trajectories of the challenge's process that no training, validation or test set holds.
  /// - Parameters:
  ///   - subtask: the task and dimension.
  ///   - count: 1 or more.
  ///   - seed: what the random numbers derive from.
  public static func simulation(_ subtask: Subtask, count: Int, seed: UInt64 = 1) -> ChallengeSimulation {
    ChallengeSimulation(
      task: subtask.task, dimension: subtask.dimension, seed: SimulatedCuts.seed(seed, for: .serving), count: count)
  }

  /// Trajectories of a recipe's lengths that its training and validation never see.
  public static func items(_ recipe: Recipe, workers: Workers = Workers()) -> [LabelledTrajectory] {
    SimulatedCuts.labelled(recipe, 0..<max(1000, 5 * recipe.validation.count), for: .serving, workers: workers)
  }

  /// What those are, for a person to read.
  public static func title(_ recipe: Recipe, _ items: [LabelledTrajectory]) -> String {
    "AnDi 2020 simulation apart, seed \(recipe.validation.seed), \(items.count) trajectories"
  }

  /// How sure a method is.
  /// - Parameters:
  ///   - method: without calibration.
  ///   - items: labelled trajectories that the method never saw.
  ///   - title: where they came from, for a person to read.
  /// - Throws: `ServingError.tooFew`, or what the method throws.
  public static func calibration(
    of method: any Characterizer, on items: [LabelledTrajectory], title: String
  ) throws -> Calibration {
    let estimates = try method.estimates(for: items.map(\.trajectory))
    var samples: [ErrorSample] = []
    var answers: [(probabilities: [Double], truth: Int)] = []
    for (estimate, item) in zip(estimates, items) {
      switch estimate.prediction {
      case .exponent(let exponent):
        guard let truth = item.truth.exponent else { continue }
        samples.append(
          ErrorSample(
            points: item.trajectory.count, exponent: exponent, spread: estimate.spread, error: abs(exponent - truth)))
      case .model(let probabilities):
        guard let truth = item.truth.model else { continue }
        answers.append((probabilities, truth.rawValue))
      }
    }
    let count = max(samples.count, answers.count)
    guard count >= least else { throw ServingError.tooFew(found: count, needed: least) }
    return Calibration(
      temperature: answers.isEmpty ? nil : temperature(answers), errors: samples.isEmpty ? nil : errors(samples),
      data: title, count: count)
  }

  // MARK: Models

  /// The temperature with the least cross entropy, within 0.1...10.
  static func temperature(_ answers: [(probabilities: [Double], truth: Int)]) -> Double {
    // Convex in the inverse of the temperature.
    let inverse = minimum(0.1...10) { inverse in
      answers.reduce(0) { sum, answer in
        sum - log(max(1e-300, Calibration.tempered(answer.probabilities, 1 / inverse)[answer.truth]))
      }
    }
    return 1 / inverse
  }

  /// Where a function with one minimum has it, by golden sections.
  static func minimum(_ range: ClosedRange<Double>, of function: (Double) -> Double) -> Double {
    let section = (5.0.squareRoot() - 1) / 2
    var low = range.lowerBound, high = range.upperBound
    var a = high - section * (high - low), b = low + section * (high - low)
    var atA = function(a), atB = function(b)
    while high - low > 1e-5 {
      if atA < atB {
        (high, b, atB) = (b, a, atA)
        a = high - section * (high - low)
        atA = function(a)
      } else {
        (low, a, atA) = (a, b, atB)
        b = low + section * (high - low)
        atB = function(b)
      }
    }
    return (low + high) / 2
  }

  // MARK: Exponents

  struct ErrorSample {
    let points: Int
    let exponent: Double
    let spread: Double?
    let error: Double
  }

  /// Scale from one half of the samples, shares from the other.
  static func errors(_ samples: [ErrorSample]) -> ErrorScale {
    let isSpread = samples.allSatisfy { $0.spread != nil }
    let halves = (0...1).map { half in samples.indices.filter { $0 % 2 == half }.map { samples[$0] } }
    let coefficients = ErrorFit.coefficients(
      halves[0].map {
        ErrorScale.features(points: $0.points, exponent: $0.exponent, spread: isSpread ? $0.spread : nil)
      }, errors: halves[0].map(\.error))
    var scale = ErrorScale(
      coefficients: coefficients, deviation: 1, sixtyEight: 1, ninetyFive: 1,
      shortest: samples.map(\.points).min() ?? 1, longest: samples.map(\.points).max() ?? 1)
    let ratios = halves[1].map {
      $0.error / scale.scale(points: $0.points, exponent: $0.exponent, spread: isSpread ? $0.spread : nil)
    }.sorted()
    /// The smallest number of scales that holds this share of one error more.
    func quantile(_ share: Double) -> Double {
      ratios[min(ratios.count, Int((Double(ratios.count + 1) * share).rounded(.up))) - 1]
    }
    scale.deviation = (ratios.reduce(0) { $0 + $1 * $1 } / Double(ratios.count)).squareRoot()
    scale.sixtyEight = quantile(Estimate.Coverage.sixtyEight.rawValue)
    scale.ninetyFive = quantile(Estimate.Coverage.ninetyFive.rawValue)
    return scale
  }

  /// The constant w with the least mean absolute error of clipped exponents, within 0.9...1.1 in steps of 0.0001.
  /// - Parameters:
  ///   - outputs: exponents, neither rectified nor clipped.
  ///   - truth: the right exponents, in the same order.
  /// - Source: Li, Yao and Huang (2021), section 2.3.
  public static func rectification(_ outputs: [Double], truth: [Double]) -> Double {
    precondition(outputs.count == truth.count && !outputs.isEmpty, "no pairs to find a constant by")
    let candidates = (9000...11000).map { Double($0) / 10_000 }
    func error(_ factor: Double) -> Double {
      zip(outputs, truth).reduce(0) { $0 + abs(Prediction.clipped(factor * $1.0) - $1.1) }
    }
    // The nearest to 1 of equals.
    return candidates.map { ($0, error($0)) }.min { ($0.1, abs($0.0 - 1)) < ($1.1, abs($1.0 - 1)) }!.0
  }
}
