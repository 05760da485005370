/// Keeps some points in time of a sequence, in any order and as often as wanted.
final class ChosenStepsKernel: LayerKernel {
  /// Where each point of the result is read, from 0.
  private let steps: [Int]

  init(steps: [Int]) { self.steps = steps }

  func forward(_ call: ForwardCall) {
    let width = call.output.batch * call.output.channels
    for (index, step) in steps.enumerated() {
      (call.output.data + index * width).update(from: call.inputs[0].data + step * width, count: width)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    if !target.accumulates { target.rows.data.update(repeating: 0, count: target.rows.count) }
    let width = call.output.batch * call.output.channels
    for (index, step) in steps.enumerated() {
      let source = call.outputGradient.data + index * width, sum = target.rows.data + step * width
      for number in 0..<width { sum[number] += source[number] }
    }
  }
}
