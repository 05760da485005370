import Cluster
import Diffusion
import Testing

@testable import ModelZoo

/// What ranks send each other comes out as it went in.
@Suite struct RankBytesTests {
  @Test(arguments: [
    Estimate(.exponent(0.7)), Estimate(.exponent(1.2), deviation: 0.1, halfWidths: [.ninetyFive: 0.3]),
    Estimate(.exponent(2), deviation: 0, spread: 0, halfWidths: [.sixtyEight: 0.1, .ninetyFive: 0.2]),
    Estimate(.model(probabilities: [0.1, 0.2, 0.3, 0.4, 0]), spread: 0.5),
  ])
  func estimates(_ estimate: Estimate) {
    var writer = ByteWriter()
    estimate.write(to: &writer)
    Estimate?.none.write(to: &writer)
    var reader = ByteReader(writer.bytes)
    let found = Estimate(from: &reader), nothing = Estimate?(from: &reader)
    #expect(found == estimate && nothing == nil && reader.isAtEnd)
  }

  @Test func answersAboutTracks() {
    var answer = TrackAnswer()
    answer.exponent = Estimate(.exponent(0.7), deviation: 0.1)
    answer.fit = MeanSquaredDisplacementFit().estimate(ChallengeSimulation.someTrajectory)
    answer.refuse(.tooLong, "has 2000 points")
    answer.refuse(.noAnswer, "has an answer that is not a finite number")
    for answer in [answer, TrackAnswer()] {
      var writer = ByteWriter()
      answer.write(to: &writer)
      var reader = ByteReader(writer.bytes)
      let found = TrackAnswer(from: &reader)
      #expect(found == answer && reader.isAtEnd)
    }
  }
}

extension ChallengeSimulation {
  fileprivate static var someTrajectory: Trajectory {
    let source = ChallengeSimulation(task: .exponent, dimension: 2, seed: 1, count: 1)
    return source.trajectories(0..<1)[0].trajectory
  }
}
