import CDiffusion
import Synchronization

/// Draws trajectories of the five models, noiseless and not normalised.
///
/// - Source: the generators of andi-datasets 0.0.5 (Muñoz-Gil et al. 2021), their quirks included.
public enum TrajectoryGenerator {
  /// The longest trajectory that can be asked for.
  public static let mostPoints = 20_000

  /// One trajectory.
  /// - Parameters:
  ///   - model: what moves it.
  ///   - exponent: in `exponents(of: model)`; the challenge uses a grid of these.
  ///   - points: 2 ... `mostPoints`.
  ///   - dimension: 1, 2 or 3.
  ///   - seed: of a whole set.
  ///   - index: of a trajectory in it, from 0; seed and index decide every bit.
  /// - Returns: positions from 0, component-major.
  public static func positions(
    _ model: DiffusionModel, exponent: Double, points: Int, dimension: Int, seed: UInt64, index: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: points * dimension)
    write(model, exponent: exponent, points: points, dimension: dimension, seed: seed, index: index, to: &result)
    return result
  }

  /// Exponents that a model can have, ends included.
  public static func exponents(of model: DiffusionModel) -> ClosedRange<Double> {
    switch model {
    case .attm, .ctrw: 0.05...1
    case .fbm: 0.05...1.95
    case .lw: 1...2
    case .sbm: 0.05...2
    }
  }

  static func write(
    _ model: DiffusionModel, exponent: Double, points: Int, dimension: Int, seed: UInt64, index: Int,
    to positions: UnsafeMutablePointer<Double>
  ) {
    precondition((2...mostPoints).contains(points) && (1...3).contains(dimension), "no such trajectory")
    // Grid values are off by a rounding; beyond these ranges a generator need not come to an end.
    let range = exponents(of: model)
    precondition(
      exponent > range.lowerBound - 1e-9 && exponent < range.upperBound + 1e-9,
      "\(model.name) has no exponent \(exponent)")
    var random = CounterBasedRandom(seed: seed, index: index, stream: .model).state
    let count = Int32(points), axes = Int32(dimension)
    switch model {
    case .attm: zs_attm(&random, exponent, count, axes, positions)
    case .ctrw: zs_ctrw(&random, exponent, count, axes, positions)
    case .lw: zs_lw(&random, exponent, count, axes, positions)
    case .sbm: zs_sbm(&random, Tables.scaled(exponent: exponent, points: points), count, axes, positions)
    case .fbm:
      let table = Tables.fractional(exponent: exponent, points: points)
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 6 * table.half) { workspace in
        zs_fbm(&random, table.values, exponent, Int32(table.half), count, axes, positions, workspace.baseAddress!)
      }
    }
  }
}

/// What depends on exponent and length alone, made once.
private enum Tables {
  struct Key: Hashable {
    let exponent: Double
    let points: Int
  }
  struct Fractional {
    let half: Int
    /// See `zs_fbm_table`.
    let values: [Double]
  }
  private static let scaledTables = Mutex<[Key: [Double]]>([:])
  private static let fractionalTables = Mutex<[Key: Fractional]>([:])

  /// Standard deviations of the steps of scaled Brownian motion: sqrt((k+1)^alpha - k^alpha).
  static func scaled(exponent: Double, points: Int) -> [Double] {
    let key = Key(exponent: exponent, points: points)
    if let known = scaledTables.withLock({ $0[key] }) { return known }
    var table = [Double](repeating: 0, count: points)
    zs_sbm_weights(exponent, Int32(points), &table)
    scaledTables.withLock { $0[key] = table }
    return table
  }

  static func fractional(exponent: Double, points: Int) -> Fractional {
    let key = Key(exponent: exponent, points: points)
    if let known = fractionalTables.withLock({ $0[key] }) { return known }
    var half = 4
    while half < points - 1 { half *= 2 }
    var values = [Double](repeating: 0, count: 3 * half + 1)
    let least = zs_fbm_table(exponent, Int32(half), &values)
    precondition(least > -1e-9, "the circulant of exponent \(exponent) has a negative eigenvalue")
    let table = Fractional(half: half, values: values)
    fractionalTables.withLock { $0[key] = table }
    return table
  }
}
