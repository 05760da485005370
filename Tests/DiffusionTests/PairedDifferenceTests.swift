import Diffusion
import Testing

@Suite struct PairedDifferenceTests {
  /// Skewed numbers from 0 to 2: the smaller of two uniform ones, doubled, with mean 2/3.
  func sample(_ count: Int, seed: UInt64) -> [Double] {
    var random = CounterBasedRandom(seed: seed)
    return (0..<count).map { _ in 2 * min(random.nextUnit(), random.nextUnit()) }
  }

  @Test func isTheMeanOfDifferencesWithItsInterval() throws {
    let a = sample(300, seed: 3), noise = sample(300, seed: 4)
    let b = zip(a, noise).map { $0 + 0.1 * $1 }
    let difference = PairedDifference(b, from: a)
    #expect(abs(difference.value - mean(noise) * 0.1) < 1e-12)
    #expect(difference.interval == Bootstrap().interval(zip(b, a).map { $0 - $1 }))
    let interval = try #require(difference.interval)
    #expect(interval.lowerBound > 0.05 && interval.upperBound < 0.09 && interval.contains(difference.value))
    #expect(difference.isSignificant && !difference.isReference)
    // Alone, either spreads over much more than their difference.
    let alone = try #require(Bootstrap().interval(a))
    #expect(alone.upperBound - alone.lowerBound > 5 * (interval.upperBound - interval.lowerBound))
  }

  /// Of 400 pairs of methods that are equally good, 5 % seem to differ: 20, give or take 4.4.
  @Test func equalMethodsRarelyDiffer() {
    let apart = (0..<400).count { number in
      let common = sample(100, seed: 5000 + UInt64(number))
      let a = zip(common, sample(100, seed: 6000 + UInt64(number))).map { $0 + 0.2 * $1 }
      let b = zip(common, sample(100, seed: 7000 + UInt64(number))).map { $0 + 0.2 * $1 }
      return PairedDifference(a, from: b, bootstrap: Bootstrap(draws: 500, seed: UInt64(number))).isSignificant
    }
    #expect((7...40).contains(apart), "\(apart) of 400")
  }

  @Test func smallErrorsAndManyHitsAreBest() {
    let errors = [[0.3, 0.2, 0.4], [0.1, 0.2, 0.3], [0.1, 0.3, 0.2]]
    let byError = PairedDifference.toBest(errors, isLargerBetter: false)
    #expect(byError.map(\.isReference) == [false, true, false])
    #expect(abs(byError[0].value - 0.1) < 1e-12 && byError[1].value == 0 && byError[1].interval == 0...0)
    // As good as the best, but later: no reference, and no difference.
    #expect(byError[2].value == 0 && !byError[2].isSignificant)

    let hits: [[Double]] = [[1, 0, 0, 1], [1, 1, 0, 1]]
    let byHit = PairedDifference.toBest(hits, isLargerBetter: true)
    #expect(byHit.map(\.isReference) == [false, true])
    #expect(byHit[0].value == -0.25)
  }

  /// Method A is right where B is not on 40 of 1,000 trajectories, and the reverse on 10: by the variance of a mean of
  /// -1, 0 and 1 (McNemar), the difference of 0.03 has a standard error of 0.00701.
  @Test func hitsHaveTheVarianceOfDiscordantPairs() throws {
    let a = (0..<1000).map { $0 < 900 ? 1.0 : $0 < 940 ? 1 : 0 }
    let b = (0..<1000).map { $0 < 900 ? 1.0 : $0 < 940 ? 0 : $0 < 950 ? 1 : 0 }
    let difference = PairedDifference(a, from: b, bootstrap: Bootstrap(draws: 4000))
    let interval = try #require(difference.interval)
    #expect(abs(difference.value - 0.03) < 1e-12)
    #expect(abs((interval.upperBound - interval.lowerBound) / (2 * 1.96 * 0.00701) - 1) < 0.06)
    #expect(difference.isSignificant)
  }

  @Test func whatIsNoNumberIsNeverBest() {
    let differences = PairedDifference.toBest([[.nan, 0], [0.5, 0.5], [.infinity, 0]], isLargerBetter: false)
    #expect(differences.map(\.isReference) == [false, true, false])
    #expect(differences[0].interval == nil && differences[2].interval == nil && !differences[0].isSignificant)
  }

  @Test func oneTrajectoryShowsNothing() {
    let difference = PairedDifference([1], from: [0])
    #expect(difference.value == 1 && difference.interval == nil && !difference.isSignificant)
    #expect(PairedDifference.toBest([], isLargerBetter: true).isEmpty)
    #expect(PairedDifference.toBest([[0.5]], isLargerBetter: true).map(\.isReference) == [true])
  }
}
