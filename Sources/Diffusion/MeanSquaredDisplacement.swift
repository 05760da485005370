import Foundation

/// The time-averaged mean squared displacement of one trajectory, and the exponent that a line through it gives.
///
/// - Source: Li, Yao and Huang (2021), equation 2; least squares of ln MSD over ln lag.
public struct MeanSquaredDisplacementFit: Sendable, Equatable, Codable {
  /// Largest lag as a share of the points.
  public var largestShare: Double
  /// The largest lag is not below this many steps, as long as there are so many.
  public var leastLags: Int
  /// The largest lag is not above this many steps.
  public var mostLags: Int
  /// Whether each component is divided by the standard deviation of its displacements before components are added.
  public var standardises: Bool

  /// The settings of the project's baseline: lags 1 to a quarter of the points, from 4 to 50.
  public init(largestShare: Double = 0.25, leastLags: Int = 4, mostLags: Int = 50, standardises: Bool = true) {
    self.largestShare = largestShare
    self.leastLags = leastLags
    self.mostLags = mostLags
    self.standardises = standardises
  }

  /// What a fit gives.
  public struct Estimate: Sendable, Equatable, BitwiseCopyable {
    /// Clipped to 0.05...2; 1 where nothing can be fitted.
    public let exponent: Double
    /// K of MSD(lag) = 2 d K lag^exponent for positions as they are, in their unit squared over steps to the exponent:
    /// the least-squares K for the exponent above; d counts components that move. Nil where nothing can be fitted.
    public let generalisedCoefficient: Double?
  }

  /// Lags that are fitted for a number of points; nil for a single point, which has none.
  public func lags(points: Int) -> ClosedRange<Int>? {
    let most = min(points - 1, max(leastLags, min(mostLags, Int(largestShare * Double(points)))))
    return most >= 1 ? 1...most : nil
  }

  /// Mean over time of the squared displacement of one component, for lags 1, 2, ... `mostLag`.
  /// - Parameters:
  ///   - x: more than `mostLag` positions.
  ///   - mostLag: the largest lag, in steps.
  /// - Returns: as many numbers as lags, in the unit of `x` squared.
  public static func curve(_ x: some Collection<Double>, mostLag: Int) -> [Double] {
    let x = Array(x)
    precondition(mostLag >= 1 && mostLag < x.count, "\(x.count) positions have no displacement over \(mostLag) steps")
    var sums = [Double](repeating: 0, count: mostLag)
    x.withUnsafeBufferPointer { x in
      sums.withUnsafeMutableBufferPointer { sums in
        // Lags inside, so that neighbouring sums are added side by side.
        for k in 0..<x.count - 1 {
          let here = x[k]
          for lag in 1...min(mostLag, x.count - 1 - k) {
            let displacement = x[k + lag] - here
            sums[lag - 1] += displacement * displacement
          }
        }
      }
    }
    return (1...mostLag).map { sums[$0 - 1] / Double(x.count - $0) }
  }

  /// Fits one trajectory.
  public func estimate(_ trajectory: Trajectory) -> Estimate {
    let nothing = Estimate(exponent: 1, generalisedCoefficient: nil)
    guard let lags = lags(points: trajectory.count) else { return nothing }
    func moving(_ standardises: Bool) -> [Component] {
      (0..<trajectory.dimension).compactMap { axis in
        Component(trajectory.component(axis), lags: lags, standardises: standardises)
      }
    }
    var standardises = standardises, components = moving(standardises)
    // Displacements that are all the same have no standard deviation, and are displacements all the same.
    if standardises, components.isEmpty { (standardises, components) = (false, moving(false)) }
    let largest = components.reduce(-Int.max) { max($0, $1.magnitude) }
    // The curve of components as they are is in units of 2^largest, so that its squares are finite.
    let plain = lags.map { lag in
      components.reduce(0) {
        $0 + $1.curve[lag - 1] * Double(sign: .plus, exponent: 2 * ($1.magnitude - largest), significand: 1)
      }
    }
    let curve =
      standardises ? lags.map { lag in components.reduce(0) { $0 + $1.curve[lag - 1] / $1.variance } } : plain
    guard let slope = Self.slope(curve, lags: lags) else { return nothing }
    let exponent = min(2, max(0.05, slope))
    let logarithm = Self.intercept(plain, lags: lags, slope: exponent)
    return Estimate(
      exponent: exponent,
      generalisedCoefficient: logarithm.map {
        exp($0 + 2 * Double(largest) * log(2)) / (2 * Double(components.count))
      })
  }

  /// A component that moves, in units of a power of two: squares of 1e300 must not overflow.
  private struct Component {
    /// The unit's power.
    let magnitude: Int
    /// Of displacements, in units squared.
    let variance: Double
    let curve: [Double]

    /// - Returns: nil where all positions are 0, or where displacements can't be standardised as they are all the same.
    init?(_ positions: ArraySlice<Double>, lags: ClosedRange<Int>, standardises: Bool) {
      let largest = positions.reduce(0) { max($0, abs($1)) }
      guard largest > 0 else { return nil }
      magnitude = Int(largest.exponent)
      let unit = Double(sign: .plus, exponent: magnitude, significand: 1)
      let x = positions.map { $0 / unit }
      let steps = zip(x.dropFirst(), x).map { $0 - $1 }
      let mean = steps.reduce(0, +) / Double(steps.count)
      variance = steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(steps.count)
      guard variance > 0 || !standardises else { return nil }
      curve = MeanSquaredDisplacementFit.curve(x, mostLag: lags.upperBound)
    }
  }

  /// Logarithms of lags and of what was found for them; lags without displacement are left out.
  private static func logarithms(_ curve: [Double], lags: ClosedRange<Int>) -> [(x: Double, y: Double)] {
    zip(lags, curve).filter { $1 > 0 }.map { (log(Double($0)), log($1)) }
  }

  /// The slope of the least-squares line of ln MSD over ln lag; nil for fewer than two lags.
  private static func slope(_ curve: [Double], lags: ClosedRange<Int>) -> Double? {
    let points = logarithms(curve, lags: lags), n = Double(points.count)
    guard points.count >= 2 else { return nil }
    let meanX = points.reduce(0) { $0 + $1.x } / n, meanY = points.reduce(0) { $0 + $1.y } / n
    let sxx = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    return points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) } / sxx
  }

  /// ln MSD at lag 1 of the least-squares line with a given slope.
  private static func intercept(_ curve: [Double], lags: ClosedRange<Int>, slope: Double) -> Double? {
    let points = logarithms(curve, lags: lags)
    return points.isEmpty ? nil : points.reduce(0) { $0 + $1.y - slope * $1.x } / Double(points.count)
  }
}
