import Diffusion
import Testing

@Suite struct ReliabilityTests {
  @Test func binsHoldMeansAndCounts() {
    var reliability = Reliability(bins: 4)
    reliability.add(confidence: 0.6, isRight: true)
    reliability.add(confidence: 0.7, isRight: false)
    reliability.add(confidence: 1, isRight: true)
    #expect(reliability.bins.map(\.count) == [0, 0, 2, 1])
    #expect(abs(reliability.bins[2].confidence - 0.65) < 1e-12)
    #expect(reliability.bins[2].accuracy == 0.5)
    #expect(reliability.bins[3].confidence == 1 && reliability.bins[3].accuracy == 1)
    // (2 * |0.5 - 0.65| + 1 * 0) / 3
    #expect(abs(reliability.expectedCalibrationError! - 0.1) < 1e-12)
    #expect(reliability.count == 3)
    #expect(Reliability().expectedCalibrationError == nil)
  }

  @Test func theLargestProbabilityIsWhatIsStated() {
    var reliability = Reliability(bins: 10)
    reliability.add(probabilities: [0.1, 0.75, 0.15], truth: 1)
    reliability.add(probabilities: [0.1, 0.75, 0.15], truth: 2)
    #expect(reliability.bins[7].count == 2 && reliability.bins[7].accuracy == 0.5)
  }

  /// Answers that are right as often as they say have no error but chance; overconfident ones have.
  @Test func honestAnswersHaveLittleError() {
    var random = CounterBasedRandom(seed: 9)
    var honest = Reliability(), boastful = Reliability()
    for _ in 0..<40_000 {
      let confidence = Double.random(in: 0.2...0.9, using: &random)
      let isRight = Double.random(in: 0..<1, using: &random) < confidence
      honest.add(confidence: confidence, isRight: isRight)
      boastful.add(confidence: confidence + 0.1, isRight: isRight)
    }
    #expect(honest.expectedCalibrationError! < 0.01)
    #expect(abs(boastful.expectedCalibrationError! - 0.1) < 0.01)
  }
}
