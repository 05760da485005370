import Foundation
import LayerGraph
import Testing

/// Values and gradients of losses on single rows and on parts of a batch.
@Suite struct LossTests {
  static let losses: [Loss] = [
    .meanSquaredError, .meanAbsoluteError, .huber(delta: 0.5), .crossEntropy(smoothing: 0),
    .crossEntropy(smoothing: 0.2),
  ]

  private func value(
    _ loss: Loss, _ predictions: [Float], _ targets: [Float], rows: Int, batch: Int? = nil
  ) -> (value: Double, gradient: [Float]) {
    var gradient = [Float](repeating: .nan, count: predictions.count)
    let value = loss.value(
      rows: rows, channels: predictions.count / rows, batch: batch ?? rows, predictions: predictions, targets: targets,
      gradient: &gradient)
    return (value, gradient)
  }

  @Test func knownValues() {
    #expect(value(.meanSquaredError, [1, 2, 3, 4], [1, 0, 0, 0], rows: 2).value == 7.25)
    #expect(value(.meanAbsoluteError, [1, 2, 3, -4], [1, 0, 0, 0], rows: 2).value == 2.25)
    // Half of 0.25 below delta, 0.5 (3 - 0.25) beyond.
    #expect(value(.huber(delta: 0.5), [0.25, 3], [0, 0], rows: 1).value == (0.03125 + 1.375) / 2)
    #expect(abs(value(.crossEntropy(smoothing: 0), [0, 0, 0, 0], [2], rows: 1).value - log(4)) < 1e-12)
    let sum = 1 + exp(-1.0), own = log(sum), other = 1 + log(sum)
    #expect(abs(value(.crossEntropy(smoothing: 0.2), [1, 0], [0], rows: 1).value - (0.9 * own + 0.1 * other)) < 1e-7)
    #expect(value(.meanAbsoluteError, [2], [2], rows: 1).gradient == [0])
  }

  @Test(arguments: losses) func gradientsAreSlopes(loss: Loss) {
    var random = Seeded(1)
    let rows = 5, channels = 4
    let predictions = random.floats(rows * channels, -2...2)
    let targets =
      loss.isClassification ? (0..<rows).map { Float($0 % channels) } : random.floats(rows * channels, -2...2)
    let gradient = value(loss, predictions, targets, rows: rows).gradient
    for index in predictions.indices {
      func shifted(_ by: Float) -> Double {
        var moved = predictions
        moved[index] += by
        return value(loss, moved, targets, rows: rows).value
      }
      let slope = (shifted(0x1p-10) - shifted(-0x1p-10)) / 0x1p-9
      #expect(abs(slope - Double(gradient[index])) < 1e-4, "number \(index)")
    }
  }

  /// Parts of a batch add up to the whole.
  @Test(arguments: losses) func partsAddUp(loss: Loss) {
    var random = Seeded(2)
    let predictions = random.floats(6 * 3)
    let width = loss.isClassification ? 1 : 3
    let targets = (0..<6 * width).map { _ in loss.isClassification ? Float(random.int(0...2)) : random.float() }
    let whole = value(loss, predictions, targets, rows: 6)
    let parts = [0..<1, 1..<4, 4..<6].map { range in
      value(
        loss, Array(predictions[range.lowerBound * 3..<range.upperBound * 3]),
        Array(targets[range.lowerBound * width..<range.upperBound * width]), rows: range.count, batch: 6)
    }
    #expect(abs(parts.reduce(0) { $0 + $1.value } - whole.value) < 1e-12)
    #expect(parts.flatMap(\.gradient) == whole.gradient)
  }

  @Test func logitsOfAnySize() {
    for logits: [Float] in [[1e30, -1e30], [-1e30, 1e30], [3e38, 3e38]] {
      for smoothing in [0, 0.1] {
        let result = value(.crossEntropy(smoothing: smoothing), logits, [0], rows: 1)
        #expect(result.value.isFinite && result.gradient.allSatisfy { $0.isFinite && abs($0) <= 1 }, "\(logits)")
      }
    }
    #expect(value(.crossEntropy(smoothing: 0), [100, 0], [0], rows: 1).value < 1e-40)
  }
}
