import Diffusion
import Testing

/// The simulated diffusion models against statistics of the challenge's own generators (andi-datasets 0.0.5).
@Suite struct ModelStatisticsTests {
  static let count = 8000
  static let cells = ModelStatistics.reference.cells

  struct Sample {
    var raw = ModelStatistics.names.map { _ in [Double]() }
    var norm = ModelStatistics.names.map { _ in [Double]() }
    var ballistic = 0
  }

  static func sample(_ cell: ModelStatistics.Cell, count: Int) throws -> Sample {
    let model = try #require(DiffusionModel.allCases.first { $0.name == cell.model })
    let index = Int((cell.exponent * 20).rounded()) - 1
    let exponent = ExponentGrid.exponent(index), points = ModelStatistics.reference.length
    var sample = Sample()
    var normalised = [Double](repeating: 0, count: points * cell.dimension)
    for number in 0..<count {
      let raw = TrajectoryGenerator.positions(
        model, exponent: exponent, points: points, dimension: cell.dimension, seed: 11, index: number)
      for (place, value) in ModelStatistics.of(raw, dimension: cell.dimension).enumerated() {
        sample.raw[place].append(value)
      }
      if ModelStatistics.isBallistic(raw, dimension: cell.dimension) {
        sample.ballistic += 1
        continue
      }
      Observation.writeNormalised(
        model, exponent: exponent, points: points, dimension: cell.dimension, seed: 11, index: number, to: &normalised)
      for (place, value) in ModelStatistics.of(normalised, dimension: cell.dimension).enumerated() {
        sample.norm[place].append(value)
      }
    }
    return sample
  }

  @Test(arguments: cells) func agreesWithTheGenerator(cell: ModelStatistics.Cell) throws {
    let reference = ModelStatistics.reference
    #expect(reference.statistics == ModelStatistics.names)
    let sample = try Self.sample(cell, count: Self.count)
    var deviations: [Double] = []
    for (block, found, expected) in [("raw", sample.raw, cell.raw), ("norm", sample.norm, cell.norm)] {
      for (name, values) in zip(reference.statistics, found) {
        let summary = try #require(expected[name])
        #expect(summary.quantiles.count == reference.levels.count)
        let distances = ModelStatistics.deviations(values, from: summary, levels: reference.levels)
        for (level, distance) in zip(reference.levels, distances) {
          #expect(distance < 4.5, "\(cell) \(block) \(name), level \(level)")
        }
        deviations += distances
      }
    }
    // 90 comparisons that belong together, each with 4.5% beyond 2 where the laws are the same.
    let share = Double(deviations.count { $0 > 2 }) / Double(deviations.count)
    #expect(share < 0.2, "\(cell): too many statistics off by two standard deviations")
    let p = cell.ballisticFraction, found = Double(sample.ballistic) / Double(Self.count)
    let pooled = (p * Double(cell.count) + Double(sample.ballistic)) / Double(cell.count + Self.count)
    let deviation = (pooled * (1 - pooled) * (1 / Double(cell.count) + 1 / Double(Self.count))).squareRoot()
    #expect(abs(found - p) <= 4.5 * deviation, "\(cell): share of ballistic trajectories \(found), not \(p)")
  }

  @Test func everyConfigurationIsCompared() {
    #expect(Self.cells.count == 45)
    for model in DiffusionModel.allCases {
      for dimension in 1...3 {
        #expect(Self.cells.count { $0.model == model.name && $0.dimension == dimension } == 3)
      }
    }
  }
}
