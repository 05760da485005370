import Embedding
import Testing

@Suite struct TrustworthinessTests {
  /// Against scikit-learn on the first two of four axes.
  @Test func isThatOfScikitLearn() throws {
    let points = ClusterPoints(200, 4, clusters: 2, inner: 0, seed: 14)
    let axes = (0..<200).flatMap { [points.values[4 * $0], points.values[4 * $0 + 1]] }
    for (neighbours, value) in try Reference.load().measure.firstTwoAxes {
      let found = try trustworthiness(
        of: axes, points: points.values, count: 200, dimension: 4, neighbours: try #require(Int(neighbours)))
      // Distances in 32 bits can swap two ranks.
      #expect(abs(found - value) < 2e-5, "k = \(neighbours)")
    }
  }

  /// Five points on a line, the last two swapped; k = 1.
  @Test func isWorkedOutByHand() throws {
    let truth: [Float] = [0, 1, 3, 7, 20], picture: [Float] = [0, 1, 3, 20, 7]
    // Nearest in the picture: 1, 0, 1, 4 and 2. In truth, point 3 has 2, 1, 0, 4 by distance 4, 6, 7, 13: 4 has rank 4;
    // point 4 has 3, 2, 1, 0 by distance 13, 17, 19, 20: 2 has rank 2. Sum: (4 - 1) + (2 - 1) = 4.
    let value = try trustworthiness(
      of: picture, projectedDimension: 1, points: truth, count: 5, dimension: 1, neighbours: 1)
    #expect(abs(value - (1 - 2.0 / (5 * 1 * (10 - 3 - 1)) * 4)) < 1e-12)
  }

  @Test func isOneForThePointsThemselvesAndHalfForNoise() throws {
    let points = ClusterPoints(500, 2, clusters: 1, inner: 0, seed: 15)
    #expect(try trustworthiness(of: points.values, points: points.values, count: 500, dimension: 2) == 1)
    let noise = ClusterPoints(500, 2, clusters: 1, inner: 0, seed: 16)
    let value = try trustworthiness(of: noise.values, points: points.values, count: 500, dimension: 2)
    #expect(abs(value - 0.5) < 0.03)
  }

  @Test func badInputIsASentence() {
    func message(_ picture: [Float], _ points: [Float], _ neighbours: Int) -> String {
      do {
        _ = try trustworthiness(of: picture, points: points, count: 10, dimension: 1, neighbours: neighbours)
        return "no error"
      } catch { return "\(error)" }
    }
    let points = (0..<10).map(Float.init), picture = (0..<20).map(Float.init)
    #expect(message(picture, points, 5).hasPrefix("There are 10 points; 5 neighbours each need 11"))
    #expect(message(picture, points, 0) == "neighbours must be 1 or more, not 0.")
    #expect(message(points, points, 2) == "There are 10 values; expected are 10 points of 2.")
    #expect(message(picture.map { $0 == 3 ? .nan : $0 }, points, 2).hasPrefix("Value 2 of point 2"))
  }
}
