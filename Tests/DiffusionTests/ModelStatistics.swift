import Diffusion
import Foundation

/// Statistics of the challenge's own generators, and the same statistics of other trajectories.
///
/// A trajectory has 200 points x(k), steps d(k) = x(k+1) - x(k). Block `raw` is what a generator gives, block `norm` what
/// is left after each component's displacements are divided by their standard deviation; trajectories with a component
/// of equal steps (`isBallistic`) are left out of `norm`.
struct ModelStatistics: Decodable {
  struct Summary: Decodable {
    let n: Int
    let undefined: Int
    let quantiles: [Double]
  }

  struct Cell: Decodable, CustomStringConvertible {
    let model: String
    let dimension: Int
    let exponent: Double
    let count: Int
    let ballisticFraction: Double
    let raw: [String: Summary]
    let norm: [String: Summary]

    var description: String { "\(model) \(dimension)D \(exponent)" }

    enum CodingKeys: String, CodingKey {
      case model, dimension, exponent, count, raw, norm
      case ballisticFraction = "ballistic_fraction"
    }
  }

  let length: Int
  let levels: [Double]
  let statistics: [String]
  let cells: [Cell]

  static let reference: ModelStatistics = {
    let url = URL(fileURLWithPath: Fixtures.folder + "/model_stats.json")
    return try! JSONDecoder().decode(ModelStatistics.self, from: Data(contentsOf: url))
  }()

  static let lags = [1, 4, 16, 64]
  static let names = lags.map { "tamsd_\($0)" } + ["end_to_end", "max_step", "acf1", "zero_fraction", "turns"]

  /// The statistics of one trajectory in the order of `names`; not a number where undefined.
  static func of(_ x: [Double], dimension: Int) -> [Double] {
    let count = x.count / dimension
    func squaredStep(_ k: Int, _ lag: Int) -> Double {
      (0..<dimension).reduce(0) { sum, axis in
        let d = x[axis * count + k + lag] - x[axis * count + k]
        return sum + d * d
      }
    }
    var values = lags.map { lag in
      (0..<count - lag).reduce(0) { $0 + squaredStep($1, lag) } / Double(count - lag)
    }
    values.append(squaredStep(0, count - 1).squareRoot())
    let steps = (0..<dimension).map { axis in (0..<count - 1).map { x[axis * count + $0 + 1] - x[axis * count + $0] } }
    let sizes = (0..<count - 1).map { squaredStep($0, 1).squareRoot() }
    values.append(sizes.max()!)
    values.append(areEqual(steps[0]) ? .nan : autocorrelation(steps[0]))
    values.append(
      Double((0..<count - 1).count { k in steps.allSatisfy { $0[k] == 0 } }) / Double(count - 1))
    let turns = (0..<count - 2).count { k in
      guard sizes[k] > 0, sizes[k + 1] > 0 else { return false }
      let cosine = steps.reduce(0) { $0 + $1[k] / sizes[k] * ($1[k + 1] / sizes[k + 1]) }
      return cosine < 1 - 1e-6
    }
    values.append(Double(turns))
    return values
  }

  /// Whether a component moves by the same non-zero step all the time, up to rounding.
  static func isBallistic(_ x: [Double], dimension: Int) -> Bool {
    let count = x.count / dimension
    return (0..<dimension).contains { axis in
      let steps = (0..<count - 1).map { x[axis * count + $0 + 1] - x[axis * count + $0] }
      return steps.contains { $0 != 0 } && areEqual(steps)
    }
  }

  private static func areEqual(_ steps: [Double]) -> Bool {
    steps.max()! - steps.min()! <= 1e-9 * steps.reduce(0) { max($0, abs($1)) }
  }

  private static func autocorrelation(_ steps: [Double]) -> Double {
    let mean = steps.reduce(0, +) / Double(steps.count)
    let d = steps.map { $0 - mean }
    return zip(d, d.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / d.reduce(0) { $0 + $1 * $1 }
  }

  /// How far, in standard deviations, a level of the reference is from the share of `values` that lie below its quantile.
  ///
  /// Right for distributions with atoms, too: p - share(<= q) and share(< q) - p are both checked.
  static func deviations(_ values: [Double], from summary: Summary, levels: [Double]) -> [Double] {
    let defined = values.filter { !$0.isNaN }
    return zip(levels, summary.quantiles).map { level, quantile in
      let tolerance = 1e-9 * abs(quantile)
      let upTo = Double(defined.count { $0 <= quantile + tolerance }) / Double(defined.count)
      let below = Double(defined.count { $0 < quantile - tolerance }) / Double(defined.count)
      let deviation = (level * (1 - level) * (1 / Double(summary.n) + 1 / Double(defined.count))).squareRoot()
      return max(level - upTo, below - level) / deviation
    }
  }
}
