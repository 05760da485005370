import CDiffusion
import Diffusion
import Foundation
import Testing

/// What holds of every single trajectory of the generators, and the limits of what can be asked for.
@Suite struct GeneratorTests {
  static func positions(
    _ model: DiffusionModel, _ exponentIndex: Int, points: Int, dimension: Int, index: Int = 0
  ) -> [[Double]] {
    let x = TrajectoryGenerator.positions(
      model, exponent: ExponentGrid.exponent(exponentIndex), points: points, dimension: dimension, seed: 81,
      index: index)
    return (0..<dimension).map { Array(x[$0 * points..<($0 + 1) * points]) }
  }

  static func sizes(_ x: [[Double]]) -> [Double] {
    (1..<x[0].count).map { k -> Double in
      var sum = 0.0
      for component in x {
        let step = component[k] - component[k - 1]
        sum += step * step
      }
      return sum.squareRoot()
    }
  }

  @Test(arguments: DiffusionModel.allCases) func anyLengthIsGiven(model: DiffusionModel) {
    for exponentIndex in model.exponentIndices {
      for points in [2, 3, 4, 5, 6, 9, 10, 64, 65, 66, 129, 1000] {
        for dimension in 1...3 {
          let x = Self.positions(model, exponentIndex, points: points, dimension: dimension)
          #expect(x.allSatisfy { $0.count == points && $0[0] == 0 && $0.allSatisfy { $0.isFinite } })
        }
      }
    }
    // All of it moves in the end, but the slowest have trajectories without a jump.
    let longest = Self.positions(
      model, model.exponentIndices.upperBound - 2, points: TrajectoryGenerator.mostPoints, dimension: 3)
    #expect(longest.allSatisfy { Set($0).count > 1000 && $0.allSatisfy { $0.isFinite } })
  }

  @Test func gridExponentsAreAllowed() {
    for model in DiffusionModel.allCases {
      let range = TrajectoryGenerator.exponents(of: model)
      for index in model.exponentIndices {
        let exponent = ExponentGrid.exponent(index)
        #expect(exponent > range.lowerBound - 1e-9 && exponent < range.upperBound + 1e-9)
      }
      #expect(abs(ExponentGrid.exponent(model.exponentIndices.upperBound - 1) - range.upperBound) < 1e-12)
    }
    // Annealed transient times beyond 1 are impossible; a rounding above it must not search for ever.
    let x = TrajectoryGenerator.positions(
      .attm, exponent: 1.0000000001, points: 100, dimension: 1, seed: 1, index: 1)
    #expect(Set(x).count == 100)
  }

  @Test(arguments: 1...3) func levyWalksHaveOneSpeed(dimension: Int) {
    var speeds: [Double] = []
    for index in 0..<200 {
      let sizes = Self.sizes(Self.positions(.lw, 25, points: 100, dimension: dimension, index: index))
      let speed = sizes[0]
      #expect(speed > 0 && speed < 10 && sizes.allSatisfy { abs($0 - speed) < 1e-9 })
      speeds.append(speed)
    }
    // Uniform below 10: mean 5, give or take 0.2.
    #expect(abs(mean(speeds) - 5) < 0.9)
  }

  @Test func continuousTimeWalksRestAndJump() {
    for index in 0..<200 {
      let sizes = Self.sizes(Self.positions(.ctrw, 17, points: 500, dimension: 3, index: index))
      let still = sizes.count { $0 == 0 }
      #expect(still > 0 && still < sizes.count)
    }
  }

  @Test func scaledWeightsAddUp() {
    for index in 0..<ExponentGrid.count {
      let exponent = ExponentGrid.exponent(index)
      var weights = [Double](repeating: 0, count: 1000)
      zs_sbm_weights(exponent, 1000, &weights)
      var sum = 0.0
      for (k, weight) in weights.enumerated() {
        sum += weight * weight
        let power = pow(Double(k + 1), exponent)
        #expect(abs(sum / power - 1) < 1e-9)
      }
    }
    var ballistic = [Double](repeating: 0, count: 4)
    zs_sbm_weights(2, 4, &ballistic)
    #expect(ballistic == [1, 3.0.squareRoot(), 5.0.squareRoot(), 7.0.squareRoot()])
  }

  @Test func circulantsHaveNoNegativeEigenvalue() {
    for index in DiffusionModel.fbm.exponentIndices {
      for half in [4, 8, 64, 256, 1024] {
        var table = [Double](repeating: 0, count: 3 * half + 1)
        let least = zs_fbm_table(ExponentGrid.exponent(index), Int32(half), &table)
        #expect(least > -1e-12, "exponent \(ExponentGrid.exponent(index)), \(half)")
        // Eigenvalues add up to the trace, and each entry of the diagonal is 1.
        var trace = 0.0
        for k in 0...half { trace += table[k] * table[k] * (k == 0 || k == half ? 1 : 4) }
        #expect(abs(trace - 1) < 1e-10)
      }
    }
  }
}
