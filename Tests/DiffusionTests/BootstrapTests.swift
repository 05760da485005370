import Diffusion
import Testing

@Suite struct BootstrapTests {
  /// Numbers from 0 to 2 of uneven frequency, with mean 2/3: the smaller of two uniform numbers, doubled.
  func sample(_ count: Int, seed: UInt64) -> [Double] {
    var random = CounterBasedRandom(seed: seed)
    return (0..<count).map { _ in 2 * min(random.nextUnit(), random.nextUnit()) }
  }

  @Test func sameSeedGivesTheSameBits() throws {
    let values = sample(501, seed: 1)
    let interval = try #require(Bootstrap(draws: 300, seed: 7).interval(values))
    #expect(Bootstrap(draws: 300, seed: 7).interval(values) == interval)
    #expect(Bootstrap(draws: 300, seed: 8).interval(values) != interval)
  }

  /// Computed with another implementation of the same generator (SplitMix64) and of the quantile.
  @Test func seedsKeepTheirIntervals() throws {
    let interval = try #require(Bootstrap(draws: 100, seed: 1).interval((0..<11).map { Double($0 * $0) }))
    #expect(abs(interval.lowerBound - 15.497727272727273) < 1e-12)
    #expect(abs(interval.upperBound - 54.922727272727265) < 1e-12)
  }

  @Test func widthIsThatOfTheNormalApproximation() throws {
    let values = sample(2000, seed: 2)
    let centre = mean(values)
    let error = (values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }).squareRoot() / Double(values.count)
    for (level, factor) in [(0.95, 1.96), (0.6827, 1), (0.99, 2.576)] {
      let interval = try #require(Bootstrap(draws: 4000).interval(values, level: level))
      #expect(interval.contains(centre))
      #expect(abs((interval.upperBound - interval.lowerBound) / (2 * factor * error) - 1) < 0.06, "level \(level)")
    }
  }

  /// Of 400 intervals, 95% hold the mean: 380, give or take 4.4; a percentile interval of 100 values holds slightly less.
  @Test func ninetyFivePercentOfIntervalsHoldTheMean() throws {
    let held = try (0..<400).count { number in
      let values = sample(100, seed: 1000 + UInt64(number))
      return try #require(Bootstrap(draws: 500, seed: UInt64(number)).interval(values)).contains(2.0 / 3)
    }
    #expect((362...394).contains(held), "\(held) of 400")
  }

  /// With one value of 7 that is 7 and not 0, a mean counts how often it was taken: binomial, 0 with probability 0.3399
  /// and at most 1 with probability 0.7366.
  @Test(arguments: 0..<7) func everyValueIsTakenEquallyOften(place: Int) {
    var values = [Double](repeating: 0, count: 7)
    values[place] = 7
    let bootstrap = Bootstrap(draws: 20_000, seed: 5)
    #expect(bootstrap.interval(values, level: 0.36) == 0...1)
    #expect(bootstrap.interval(values, level: 0.28) == 1...1)
    #expect(bootstrap.interval(values, level: 0.44) == 0...1)
    #expect(bootstrap.interval(values, level: 0.50) == 0...2)
  }

  @Test func oneValueHasNoInterval() {
    #expect(Bootstrap().interval([1]) == nil)
    #expect(Bootstrap().interval([]) == nil)
    #expect(Bootstrap().interval([0.25, 0.25, 0.25]) == 0.25...0.25)
  }
}
