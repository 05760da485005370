import CDiffusion

/// The challenge's way from a simulated trajectory to what is seen of it.
///
/// Displacements of each component are divided by their standard deviation over all points; localisation noise of one of
/// three strengths is added to each component; the component is multiplied by a random coefficient; the first points are
/// kept. A short trajectory has thus been scaled by a long one's deviation.
public enum Observation {
  /// Points of every simulated trajectory.
  public static let simulatedPoints = 1000
  /// Lengths that the challenge cuts to, each equally likely.
  public static let lengths = 10...999
  /// Strengths of the localisation noise, each a third: signal-to-noise ratios 10, 2 and 1.
  public static let sigmas = [0.1, 0.5, 1]

  /// What is drawn for one cut.
  public struct Draw: Sendable, Equatable {
    /// Standard deviation of each component's noise, over that of its displacements: one of `sigmas`.
    public var sigma: [Double]
    /// Standard normal factor on each component, noise included; it can be negative.
    public var coefficient: [Double]
    /// Points that are kept, from the first: one of `lengths`.
    public var length: Int

    /// A draw of one's own: as many sigmas and coefficients as components.
    public init(sigma: [Double], coefficient: [Double], length: Int) {
      self.sigma = sigma
      self.coefficient = coefficient
      self.length = length
    }
  }

  /// Draws noise strengths, coefficients and a length.
  public static func draw(dimension: Int, seed: UInt64, index: Int) -> Draw {
    var random = CounterBasedRandom(seed: seed, index: index, stream: .observation)
    let sigma = (0..<dimension).map { _ in sigmas[random.nextInteger(below: sigmas.count)] }
    let length = length(&random)
    return Draw(sigma: sigma, coefficient: random.normals(dimension), length: length)
  }

  static func length(_ random: inout CounterBasedRandom) -> Int {
    lengths.lowerBound + random.nextInteger(below: lengths.count)
  }

  /// Writes the normalised trajectory of a model: unit standard deviation of each component's displacements.
  /// - Parameters:
  ///   - model: what moves it.
  ///   - exponent: one that the model can have.
  ///   - points: of the trajectory.
  ///   - dimension: 1, 2 or 3.
  ///   - seed: of the whole set.
  ///   - index: of the trajectory in it; seed and index decide every bit.
  ///   - positions: `points * dimension` numbers, component-major.
  public static func writeNormalised(
    _ model: DiffusionModel, exponent: Double, points: Int = simulatedPoints, dimension: Int, seed: UInt64, index: Int,
    to positions: UnsafeMutablePointer<Double>
  ) {
    TrajectoryGenerator.write(
      model, exponent: exponent, points: points, dimension: dimension, seed: seed, index: index, to: positions)
    zs_normalise(Int32(points), Int32(dimension), positions)
  }

  /// Writes the first points of a normalised trajectory with noise and coefficients.
  /// - Parameters:
  ///   - positions: `points * dimension` numbers, component-major.
  ///   - points: of the simulated trajectory.
  ///   - dimension: 1, 2 or 3.
  ///   - draw: where it is cut, and what is done to it.
  ///   - seed: of the whole set.
  ///   - index: decides the noise, together with `seed`; a shorter cut of the same trajectory has the same points.
  ///   - out: `draw.length * dimension` numbers, component-major, from 0.
  public static func write(
    _ positions: UnsafePointer<Double>, points: Int = simulatedPoints, dimension: Int, draw: Draw, seed: UInt64,
    index: Int, to out: UnsafeMutablePointer<Double>
  ) {
    var random = CounterBasedRandom(seed: seed, index: index, stream: .noise).state
    zs_observe(
      &random, Int32(points), Int32(dimension), positions, draw.sigma, draw.coefficient, Int32(draw.length), out)
  }

  /// A whole observed trajectory: simulated, normalised, with noise and coefficients, cut to `draw.length`.
  /// - Parameters:
  ///   - model: what moves it.
  ///   - exponent: one that the model can have.
  ///   - dimension: 1, 2 or 3.
  ///   - draw: where the trajectory is cut, and what is done to it.
  ///   - seed: of the whole set.
  ///   - index: decides all random numbers that `draw` does not hold, together with `seed`.
  public static func trajectory(
    _ model: DiffusionModel, exponent: Double, dimension: Int, draw: Draw, seed: UInt64, index: Int
  ) -> Trajectory {
    let positions = [Double](unsafeUninitializedCapacity: draw.length * dimension) { out, initialised in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: simulatedPoints * dimension) { whole in
        writeNormalised(
          model, exponent: exponent, dimension: dimension, seed: seed, index: index, to: whole.baseAddress!)
        write(whole.baseAddress!, dimension: dimension, draw: draw, seed: seed, index: index, to: out.baseAddress!)
      }
      initialised = draw.length * dimension
    }
    return Trajectory(unchecked: dimension, positions)
  }

  /// The first points of a normalised trajectory with noise and coefficients; see `write`.
  public static func cut(
    _ positions: UnsafePointer<Double>, dimension: Int, draw: Draw, seed: UInt64, index: Int
  ) -> Trajectory {
    Trajectory(
      unchecked: dimension,
      [Double](unsafeUninitializedCapacity: draw.length * dimension) { out, initialised in
        write(positions, dimension: dimension, draw: draw, seed: seed, index: index, to: out.baseAddress!)
        initialised = draw.length * dimension
      })
  }

  /// Writes the z-scored trajectory as a network reads it, `[length][dimension]`; see `Trajectory.standardised()`.
  public static func standardise(
    _ positions: UnsafePointer<Double>, length: Int, dimension: Int, to out: UnsafeMutablePointer<Float>
  ) {
    zs_standardise(Int32(length), Int32(dimension), positions, out)
  }
}
