import Foundation

/// The time-averaged mean squared displacement of one trajectory, and the exponent that a line through it gives.
///
/// - Source: Li, Yao and Huang (2021), equation 2; least squares of ln MSD over ln lag.
public struct MeanSquaredDisplacementFit: Sendable, Equatable, Codable {
  /// Largest lag as a share of the points.
  public var largestShare: Double
  /// Bounds of the largest lag, in steps.
  public var leastLags: Int
  public var mostLags: Int
  /// Whether each component is divided by the standard deviation of its displacements before components are added.
  public var standardises: Bool

  public init(largestShare: Double = 0.25, leastLags: Int = 4, mostLags: Int = 50, standardises: Bool = true) {
    self.largestShare = largestShare
    self.leastLags = leastLags
    self.mostLags = mostLags
    self.standardises = standardises
  }

  /// What a fit gives.
  public struct Estimate: Sendable, Equatable {
    /// Clipped to 0.05...2; 1 where nothing can be fitted.
    public let exponent: Double
    /// MSD(lag) = 2 d K lag^exponent: K in positions' units squared over steps to the exponent, from the positions as
    /// they are; nil where nothing can be fitted.
    public let generalisedCoefficient: Double?
  }

  /// Lags that are fitted for a number of points.
  public func lags(points: Int) -> ClosedRange<Int>? {
    let most = min(points - 1, max(leastLags, min(mostLags, Int(largestShare * Double(points)))))
    return most >= 1 ? 1...most : nil
  }

  /// Mean over time of the squared displacement, summed over components, for lags 1, 2, ...
  /// - Parameter weights: factor on each component's positions.
  public static func curve(_ trajectory: Trajectory, lags: ClosedRange<Int>, weights: [Double]) -> [Double] {
    let count = trajectory.count
    return trajectory.positions.withUnsafeBufferPointer { positions in
      lags.map { lag in
        var total = 0.0
        for axis in weights.indices where weights[axis] != 0 {
          let x = positions.baseAddress! + axis * count
          var sum = 0.0
          for k in 0..<count - lag {
            let d = (x[k + lag] - x[k]) * weights[axis]
            sum += d * d
          }
          total += sum / Double(count - lag)
        }
        return total
      }
    }
  }

  /// Fits one trajectory.
  public func estimate(_ trajectory: Trajectory) -> Estimate {
    let nothing = Estimate(exponent: 1, generalisedCoefficient: nil)
    guard let lags = lags(points: trajectory.count) else { return nothing }
    let weights = (0..<trajectory.dimension).map { standardises ? inverseDeviation(trajectory.component($0)) : 1 }
    guard let line = Self.line(Self.curve(trajectory, lags: lags, weights: weights), lags: lags) else { return nothing }
    let plain = Self.line(
      Self.curve(trajectory, lags: lags, weights: weights.map { $0 == 0 ? 0 : 1 }), lags: lags)
    let exponent = min(2, max(0.05, line.slope))
    return Estimate(
      exponent: exponent,
      generalisedCoefficient: plain.map { exp($0.intercept) / (2 * Double(trajectory.dimension)) })
  }

  /// 1 over the population standard deviation of displacements; 0 where they are all the same.
  private func inverseDeviation(_ x: ArraySlice<Double>) -> Double {
    let steps = zip(x.dropFirst(), x).map { $0 - $1 }
    guard !steps.isEmpty else { return 0 }
    let mean = steps.reduce(0, +) / Double(steps.count)
    let variance = steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(steps.count)
    return variance > 0 ? 1 / variance.squareRoot() : 0
  }

  /// The least-squares line of ln MSD over ln lag; lags without displacement are left out.
  static func line(_ curve: [Double], lags: ClosedRange<Int>) -> (slope: Double, intercept: Double)? {
    let points = zip(lags, curve).filter { $1 > 0 && $1.isFinite }.map { (log(Double($0)), log($1)) }
    guard points.count >= 2 else { return nil }
    let n = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.0 } / n, meanY = points.reduce(0) { $0 + $1.1 } / n
    let sxx = points.reduce(0) { $0 + ($1.0 - meanX) * ($1.0 - meanX) }
    let sxy = points.reduce(0) { $0 + ($1.0 - meanX) * ($1.1 - meanY) }
    let slope = sxy / sxx
    return (slope, meanY - slope * meanX)
  }
}
