import Diffusion
import Foundation

/// How sure a trained method is, measured on trajectories that it never saw.
///
/// Exponents get intervals by normalised split conformal prediction: one half of the set gives a scale of the error as
/// a function of length, predicted exponent and, for an ensemble, its spread; the other half says how many scales hold
/// 68 % and 95 % of the errors. Whatever the scale's quality, the intervals hold their share on average over
/// trajectories of the same process; its quality makes them narrow where the method knows much.
/// Probabilities get one temperature, which changes no ranking.
/// - Source: Lei et al. (2018), "Distribution-free predictive inference for regression", section 5; Guo et al. (2017),
///   "On calibration of modern neural networks", section 4.2.
public struct Calibration: Codable, Sendable, Equatable {
  /// Divides the logarithms of probabilities; nil for exponents.
  public var temperature: Double?
  /// Nil for models.
  public var errors: ErrorScale?
  /// Where the trajectories came from, and how many there were.
  public var data: String
  /// Labelled trajectories that it was measured on.
  public var count: Int

  /// What was measured; a temperature for models, a scale of errors for exponents.
  /// - Parameters:
  ///   - temperature: what logits of models are divided by, above 0.
  ///   - errors: the scale of errors of exponents.
  ///   - data: where the trajectories came from.
  ///   - count: labelled trajectories among them.
  public init(temperature: Double? = nil, errors: ErrorScale? = nil, data: String, count: Int) {
    self.temperature = temperature
    self.errors = errors
    self.data = data
    self.count = count
  }

  /// An estimate with its doubt.
  public func applied(to estimate: Estimate, points: Int) -> Estimate {
    var result = estimate
    switch estimate.prediction {
    case .exponent(let exponent):
      guard let errors else { return estimate }
      let scale = errors.scale(points: points, exponent: exponent, spread: estimate.spread)
      result.deviation = errors.deviation * scale
      result.halfWidths = [
        .sixtyEight: errors.sixtyEight * scale, .ninetyFive: errors.ninetyFive * scale,
      ]
    case .model(let probabilities):
      guard let temperature else { return estimate }
      result.prediction = .model(probabilities: Self.tempered(probabilities, temperature))
    }
    return result
  }

  /// Probabilities whose logarithms are divided by a temperature.
  static func tempered(_ probabilities: [Double], _ temperature: Double) -> [Double] {
    if temperature == 1 { return probabilities }
    return Prediction.softmax(probabilities.map { log(max($0, 1e-30)) / temperature })
  }
}

/// The size of an exponent's error as a function of what is known without the truth.
public struct ErrorScale: Codable, Sendable, Equatable {
  /// Of the logarithm of the mean absolute error; see `features`.
  public var coefficients: [Double]
  /// Root mean square of the errors, in scales.
  public var deviation: Double
  /// Scales that hold 68 % and 95 % of the errors.
  public var sixtyEight: Double
  /// Scales that hold 95 % of the errors.
  public var ninetyFive: Double
  /// Points of the trajectories that it was measured on; others count as the nearest of these.
  public var shortest: Int
  /// Points of the longest trajectories that it was measured on.
  public var longest: Int

  /// The scale for one trajectory.
  func scale(points: Int, exponent: Double, spread: Double?) -> Double {
    let points = min(longest, max(shortest, points))
    let features = Self.features(
      points: points, exponent: exponent, spread: usesSpread ? spread ?? 0 : nil)
    // An error is never larger than the range of exponents.
    return exp(min(1, zip(coefficients, features).reduce(0) { $0 + $1.0 * $1.1 }))
  }

  static let plainCount = 6
  /// Whether members of an ensemble tell something as well.
  var usesSpread: Bool { coefficients.count > Self.plainCount }

  /// What the logarithm of the scale is linear in: 1, length, exponent, their squares and product, and the logarithm of
  /// the spread where there is one.
  static func features(points: Int, exponent: Double, spread: Double?) -> [Double] {
    let length = log10(Double(points) / 100), distance = exponent - 1
    let plain = [1, length, length * length, distance, distance * distance, length * distance]
    return spread.map { plain + [log($0 + 0.005)] } ?? plain
  }
}

/// A method with calibrated doubt.
struct CalibratedCharacterizer: Characterizer {
  private let base: any Characterizer
  private let calibration: Calibration

  init(_ base: any Characterizer, calibration: Calibration) {
    self.base = base
    self.calibration = calibration
  }

  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    if calibration.temperature == nil { return try base.predictions(for: trajectories) }
    return try estimates(for: trajectories).map(\.prediction)
  }

  func estimates(for trajectories: [Trajectory]) throws -> [Estimate] {
    zip(try base.estimates(for: trajectories), trajectories).map {
      calibration.applied(to: $0.0, points: $0.1.count)
    }
  }
}
