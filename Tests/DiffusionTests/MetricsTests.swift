import Diffusion
import Testing

/// The challenge's measures against numbers worked out by hand.
@Suite struct MetricsTests {
  let truth: [DiffusionModel] = [.attm, .attm, .attm, .ctrw, .ctrw, .fbm, .lw, .lw, .lw, .lw]
  let predicted: [DiffusionModel] = [.attm, .ctrw, .attm, .ctrw, .fbm, .fbm, .lw, .lw, .attm, .lw]

  @Test func meanAbsoluteError() {
    #expect(MeanAbsoluteError.value(predicted: [0.5, 1, 2], truth: [1, 0.75, 2]) == 0.25)
    #expect(MeanAbsoluteError.value(predicted: [1.3], truth: [1.3]) == 0)
    #expect(MeanAbsoluteError.value(predicted: [], truth: []).isNaN)
  }

  @Test func microF1IsTheShareOfRightAnswers() {
    #expect(MicroF1.value(predicted: predicted, truth: truth) == 0.7)
    #expect(MicroF1.value(predicted: truth, truth: truth) == 1)
    #expect(MicroF1.value(predicted: [], truth: []).isNaN)
  }

  @Test func microF1IsTheF1OfSummedCounts() {
    let matrix = ConfusionMatrix(predicted: predicted, truth: truth)
    var right = 0, wronglySaid = 0, missed = 0
    for model in DiffusionModel.allCases {
      let i = model.rawValue
      right += matrix.counts[i][i]
      wronglySaid += matrix.counts.indices.reduce(0) { $0 + ($1 == i ? 0 : matrix.counts[$1][i]) }
      missed += matrix.counts.indices.reduce(0) { $0 + ($1 == i ? 0 : matrix.counts[i][$1]) }
    }
    let f1 = 2 * Double(right) / Double(2 * right + wronglySaid + missed)
    #expect(MicroF1.value(predicted: predicted, truth: truth) == f1)
  }

  @Test func confusionMatrixHasTruthInRows() {
    let matrix = ConfusionMatrix(predicted: predicted, truth: truth)
    #expect(
      matrix.counts == [[2, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [1, 0, 0, 3, 0], [0, 0, 0, 0, 0]])
    #expect(ConfusionMatrix().counts == Array(repeating: [0, 0, 0, 0, 0], count: 5))
  }

  @Test func precisionRecallAndF1OfOneModel() throws {
    let matrix = ConfusionMatrix(predicted: predicted, truth: truth)
    #expect(matrix.recall(.lw) == 0.75)
    #expect(matrix.precision(.lw) == 1)
    #expect(try abs(#require(matrix.f1(.lw)) - 2 * 0.75 / 1.75) < 1e-15)
    #expect(matrix.recall(.attm) == 2.0 / 3)
    #expect(matrix.precision(.attm) == 2.0 / 3)
    #expect(matrix.recall(.fbm) == 1)
    #expect(matrix.precision(.fbm) == 0.5)
  }

  @Test func measuresOfAModelThatNeverOccursAreNil() {
    let matrix = ConfusionMatrix(predicted: predicted, truth: truth)
    #expect(matrix.recall(.sbm) == nil)
    #expect(matrix.precision(.sbm) == nil)
    #expect(matrix.f1(.sbm) == nil)
    let missed = ConfusionMatrix(predicted: [.lw], truth: [.sbm])
    #expect(missed.recall(.sbm) == 0)
    #expect(missed.precision(.sbm) == nil)
    #expect(missed.f1(.sbm) == 0)
  }
}
