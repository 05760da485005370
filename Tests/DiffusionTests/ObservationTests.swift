import Diffusion
import Testing

/// The challenge's way from a simulated trajectory to what is seen of it.
@Suite struct ObservationTests {
  static func normalised(
    _ model: DiffusionModel, exponentIndex: Int, points: Int = 1000, dimension: Int, index: Int
  ) -> [Double] {
    var x = [Double](repeating: .nan, count: points * dimension)
    Observation.writeNormalised(
      model, exponent: ExponentGrid.exponent(exponentIndex), points: points, dimension: dimension, seed: 21,
      index: index, to: &x)
    return x
  }

  static func displacements(_ x: ArraySlice<Double>) -> [Double] { zip(x.dropFirst(), x).map { $0 - $1 } }

  static func variance(_ values: [Double]) -> Double {
    let centre = mean(values)
    return mean(values.map { ($0 - centre) * ($0 - centre) })
  }

  @Test(arguments: DiffusionModel.allCases, 1...3)
  func displacementsHaveUnitDeviation(model: DiffusionModel, dimension: Int) throws {
    var moving = 0
    for (number, exponentIndex) in model.exponentIndices.enumerated() where exponentIndex < 38 {
      for points in [2, 3, 50, 1000] {
        let x = Self.normalised(
          model, exponentIndex: exponentIndex, points: points, dimension: dimension, index: number)
        let trajectory = try Trajectory(dimension: dimension, positions: x)
        for axis in 0..<dimension {
          let component = trajectory.component(axis)
          #expect(component.first == 0)
          let steps = Self.displacements(component), largest = steps.map(abs).max()!
          if steps.max()! - steps.min()! <= 1e-9 * largest { continue }
          moving += 1
          #expect(abs(Self.variance(steps) - 1) < 1e-9, "\(exponentIndex) \(points)")
        }
      }
    }
    #expect(moving > 20)
  }

  @Test func drawsAreUniform() {
    let count = 99_000
    var sigmas: [[Double]: Int] = [:], lengths = [Int](repeating: 0, count: 1000)
    var coefficients: [Double] = [], products: [Double] = []
    for index in 0..<count {
      let draw = Observation.draw(dimension: 2, seed: 22, index: index)
      sigmas[draw.sigma, default: 0] += 1
      lengths[draw.length] += 1
      coefficients += draw.coefficient
      products.append(draw.coefficient[0] * draw.coefficient[1])
    }
    // Components draw for themselves: nine pairs, equally frequent.
    #expect(sigmas.count == 9)
    #expect(Set(sigmas.keys.joined()) == [0.1, 0.5, 1])
    #expect(sigmas.values.allSatisfy { abs($0 - 11_000) < 450 })
    #expect(lengths[..<10].allSatisfy { $0 == 0 })
    let chiSquare = lengths[10...].reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    #expect(abs(chiSquare - 989) < 4.5 * (2.0 * 989).squareRoot())
    let error = 1 / Double(2 * count).squareRoot()
    #expect(abs(mean(coefficients)) < 4.5 * error)
    #expect(abs(mean(coefficients.map { $0 * $0 }) - 1) < 4.5 * error * 2.0.squareRoot())
    #expect(abs(mean(products)) < 4.5 / Double(count).squareRoot())
  }

  static func observed(
    _ x: [Double], sigma: [Double], coefficient: [Double], length: Int, index: Int = 0
  ) -> [Double] {
    let draw = Observation.Draw(sigma: sigma, coefficient: coefficient, length: length)
    var out = [Double](repeating: .nan, count: length * sigma.count)
    Observation.write(x, dimension: sigma.count, draw: draw, seed: 23, index: index, to: &out)
    return out
  }

  @Test func withoutNoiseACutIsAScaledBeginning() {
    let x = Self.normalised(.fbm, exponentIndex: 10, dimension: 2, index: 1)
    let y = Self.observed(x, sigma: [0, 0], coefficient: [2, -0.5], length: 321)
    #expect(Array(y[..<321]) == x[..<321].map { 2 * $0 })
    #expect(Array(y[321...]) == x[1000..<1321].map { -0.5 * $0 })
  }

  @Test func noiseIsIndependentNormalOfTheGivenStrength() {
    let still = [Double](repeating: 0, count: 3000), sigma = [0.1, 0.5, 1]
    var squares = [0.0, 0, 0], neighbours = 0.0, across = 0.0
    let cuts = 200
    for index in 0..<cuts {
      let y = Self.observed(still, sigma: sigma, coefficient: [1, 1, 1], length: 999, index: index)
      let noise = (0..<3).map { axis -> [Double] in
        let component = y[axis * 999..<(axis + 1) * 999], centre = mean(Array(component))
        #expect(component.first == 0)
        return component.map { ($0 - centre) / sigma[axis] }
      }
      for axis in 0..<3 { squares[axis] += noise[axis].reduce(0) { $0 + $1 * $1 } / 998 }
      neighbours += zip(noise[0], noise[0].dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 998
      across += zip(noise[1], noise[2]).reduce(0) { $0 + $1.0 * $1.1 } / 998
    }
    let n = Double(cuts)
    for axis in 0..<3 { #expect(abs(squares[axis] / n - 1) < 4.5 * (2 / (998 * n)).squareRoot()) }
    // Subtracting the mean of 999 numbers makes neighbours correlate by -1/999.
    #expect(abs(neighbours / n + 1.0 / 999) < 4.5 / (998 * n).squareRoot())
    #expect(abs(across / n) < 4.5 / (998 * n).squareRoot())
  }

  @Test func coefficientScalesNoiseAsWell() {
    let x = Self.normalised(.sbm, exponentIndex: 19, dimension: 1, index: 3)
    let once = Self.observed(x, sigma: [1], coefficient: [1], length: 500)
    #expect(Self.observed(x, sigma: [1], coefficient: [-2], length: 500) == once.map { -2 * $0 })
    #expect(once != x[..<500].map { $0 })
  }

  @Test func shorterCutsAreTheBeginningOfLongerOnes() {
    let x = Self.normalised(.sbm, exponentIndex: 5, dimension: 3, index: 4)
    let sigma = [0.1, 1, 0.5], coefficient = [1.0, 2, 3]
    let long = Self.observed(x, sigma: sigma, coefficient: coefficient, length: 999)
    for length in [10, 63, 64, 65, 500] {
      let short = Self.observed(x, sigma: sigma, coefficient: coefficient, length: length)
      for axis in 0..<3 {
        #expect(short[axis * length..<(axis + 1) * length] == long[axis * 999..<axis * 999 + length], "\(length)")
      }
    }
  }

  /// Brownian motion with unit displacements and noise sigma moves by c^2 (1 + 2 sigma^2) a step.
  @Test func simulatedSetsHaveTheTruthTheySay() throws {
    let simulation = ChallengeSimulation(task: .model, dimension: 2, seed: 24, count: 4000)
    var ratios: [Double: [Double]] = [:]
    for (index, item) in simulation.trajectories(threads: 2).enumerated() {
      #expect(item.truth == simulation.truth(index))
      #expect(Observation.lengths.contains(item.trajectory.count) && item.trajectory.dimension == 2)
      let sigma = try #require(item.truth.sigma), coefficient = try #require(item.truth.coefficient)
      #expect(sigma.count == 2 && coefficient.count == 2)
      guard item.truth.model == .sbm, item.truth.exponent == 1 || item.truth.exponent == 0.95 else { continue }
      for axis in 0..<2 where item.trajectory.count > 100 {
        let steps = Self.displacements(item.trajectory.component(axis))
        let expected = coefficient[axis] * coefficient[axis] * (1 + 2 * sigma[axis] * sigma[axis])
        ratios[sigma[axis], default: []].append(mean(steps.map { $0 * $0 }) / expected)
      }
    }
    for sigma in Observation.sigmas {
      let found = try #require(ratios[sigma])
      #expect(found.count > 5)
      #expect(abs(mean(found) - 1) < 0.08, "sigma \(sigma): \(mean(found))")
      #expect(found.allSatisfy { (0.6...1.6).contains($0) })
    }
  }
}
