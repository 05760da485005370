import CDiffusion
import Diffusion
import Testing

/// The counter-based generator: known answers of Philox4x32-10, and the laws of what is made of its words.
@Suite struct RandomTests {
  /// Known answers of the authors' library Random123.
  @Test func philoxGivesTheKnownAnswers() {
    func lane(_ lane: Int, block: UInt32, index: UInt64, stream: UInt32, seed: UInt64) -> [UInt32] {
      var state = zs_random(seed: seed, index: index, stream: stream, block: block)
      var words = [UInt32](repeating: 0, count: Int(ZS_BLOCK))
      zs_words(&state, &words)
      #expect(state.block == block + 1)
      return (0..<4).map { words[$0 * 16 + lane] }
    }
    #expect(
      lane(0, block: 0, index: 0, stream: 0, seed: 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      lane(15, block: 0x0fff_ffff, index: .max, stream: .max, seed: .max)
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      lane(8, block: 0x0243_f6a8, index: 0x0370_7344_1319_8a2e, stream: 0x85a3_08d3, seed: 0x299f_31d0_a409_3822)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test func seedIndexAndStreamAllMatter() {
    var numbers: Set<UInt64> = []
    for seed in [1, 2, 1 << 40] as [UInt64] {
      for index in [0, 1, 1 << 40] as [UInt64] {
        for stream in 0..<3 as Range<UInt32> {
          var random = CounterBasedRandom(seed: seed, index: index, stream: stream)
          for _ in 0..<100 { numbers.insert(random.next()) }
        }
      }
    }
    #expect(numbers.count == 2700)
  }

  @Test func uniformNumbersHaveTheirMoments() {
    var random = zs_random(seed: 3, index: 0, stream: 0, block: 0)
    let count = 400_000
    var values = [Double](repeating: 0, count: count)
    zs_uniforms(&random, count, &values)
    #expect(values.allSatisfy { $0 > 0 && $0 <= 1 })
    // The mean of u^k is 1/(k+1), its variance 1/(2k+1) - 1/(k+1)^2.
    for k in 1...4 {
      let moment = values.reduce(0.0) { sum, u in sum + (0..<k).reduce(1.0) { p, _ in p * u } } / Double(count)
      let expected = 1 / Double(k + 1)
      let error = ((1 / Double(2 * k + 1) - expected * expected) / Double(count)).squareRoot()
      #expect(abs(moment - expected) < 4.5 * error, "moment \(k)")
    }
  }

  @Test func normalNumbersHaveTheirMomentsAndTails() {
    var random = zs_random(seed: 4, index: 0, stream: 0, block: 0)
    let count = 1_000_000
    var z = [Double](repeating: 0, count: count)
    zs_normals(&random, count, &z)
    let n = Double(count)
    // Moments 1 to 6 of a normal number, and their standard errors.
    let expected = [0.0, 1, 0, 3, 0, 15], variances = [1.0, 2, 15, 96, 945, 10170]
    for k in 1...6 {
      let moment = z.reduce(0.0) { sum, x in sum + (0..<k).reduce(1.0) { p, _ in p * x } } / n
      #expect(abs(moment - expected[k - 1]) < 4.5 * (variances[k - 1] / n).squareRoot(), "moment \(k)")
    }
    for (bound, share) in [(1.0, 0.317310508), (2, 0.045500264), (3, 0.002699796), (4, 6.3342e-5)] {
      let found = Double(z.count { abs($0) > bound }) / n
      #expect(abs(found - share) < 4.5 * (share / n).squareRoot(), "beyond \(bound)")
    }
    // Neighbours, and the two numbers that Box and Muller make of one pair, are independent.
    for lag in [1, 2, 32, 64] {
      let products = (0..<count - lag).map { z[$0] * z[$0 + lag] }
      let squares = (0..<count - lag).map { (z[$0] * z[$0] - 1) * (z[$0 + lag] * z[$0 + lag] - 1) }
      #expect(abs(mean(products)) < 4.5 / n.squareRoot(), "lag \(lag)")
      #expect(abs(mean(squares)) < 4.5 * 2 / n.squareRoot(), "lag \(lag)")
    }
  }

  @Test(arguments: [1, 2, 3, 7, 40, 990]) func integersAreEquallyFrequent(bound: Int) {
    var random = CounterBasedRandom(seed: 5, index: UInt64(bound))
    var counts = [Int](repeating: 0, count: bound)
    let each = 1000
    for _ in 0..<each * bound { counts[random.nextInteger(below: bound)] += 1 }
    let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - each) * ($1 - each)) / Double(each) }
    let freedom = Double(bound - 1)
    #expect(abs(chiSquare - freedom) <= 4.5 * (2 * freedom).squareRoot())
  }

  @Test func selectionsAreOfAllOrders() {
    var random = CounterBasedRandom(seed: 6)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<12_000 { counts[random.selection(2, of: [1, 2, 3, 4]), default: 0] += 1 }
    #expect(counts.count == 12)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 140 })
    #expect(random.selection(9, of: [1, 2]).sorted() == [1, 2])
    #expect(random.selection(0, of: [1, 2]) == [])
  }
}
