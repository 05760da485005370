/// Sets numbers to zero with a probability, in training only, and scales the others so that the mean stays.
///
/// - Input and output: any shape.
/// - Source: Srivastava et al. (2014).
public struct Dropout: Layer, Equatable {
  /// Share of numbers that become zero, 0 ..< 1.
  public let rate: Float

  /// Dropout of a share `rate` of all numbers in training, 0 ..< 1.
  public init(_ rate: Float) { self.rate = rate }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    guard rate >= 0, rate < 1 else {
      throw GraphError.value(name: "The rate of Dropout", expected: "0 or more and below 1", found: "\(rate)")
    }
    return try singleInput(inputs, layer: "Dropout")
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return DropoutKernel(rate: setting.training ? rate : 0)
  }
}

/// The mask is a hash of run, step, node, trajectory and position, so it is drawn again rather than stored.
private final class DropoutKernel: LayerKernel, @unchecked Sendable {
  private let threshold: UInt64
  private let scale: Float

  init(rate: Float) {
    threshold = UInt64(Double(rate) * 0x1p32)
    scale = 1 / (1 - rate)
  }

  /// Calls `body` with the index of each number and its factor, 0 or `scale`.
  private func forEach(_ rows: GroupRows, _ randomness: Randomness, _ body: (Int, Float) -> Void) {
    for step in 0..<rows.steps {
      for trajectory in 0..<rows.batch {
        let base = (step * rows.batch + trajectory) * rows.channels
        let place = UInt64((randomness.firstTrajectory + trajectory) << 20 | step)
        let key = SplitMix64.mix(randomness.key ^ SplitMix64.mix(place))
        for channel in 0..<rows.channels {
          let drawn = SplitMix64.mix(key &+ UInt64(channel) &* 0x9E37_79B9_7F4A_7C15) >> 32
          body(base + channel, drawn < threshold ? 0 : scale)
        }
      }
    }
  }

  func forward(_ call: ForwardCall) {
    let input = call.inputs[0].data, output = call.output.data
    guard threshold > 0 else {
      output.update(from: input, count: call.output.count)
      return
    }
    forEach(call.output, call.randomness) { output[$0] = input[$0] * $1 }
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    let gradient = call.outputGradient.data, place = target.rows.data
    if !target.accumulates { place.update(repeating: 0, count: target.rows.count) }
    guard threshold > 0 else {
      for index in 0..<target.rows.count { place[index] += gradient[index] }
      return
    }
    forEach(call.output, call.randomness) { place[$0] += gradient[$0] * $1 }
  }
}
