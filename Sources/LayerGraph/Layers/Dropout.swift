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
    return DropoutKernel(rate: setting.training ? rate : 0, table: setting.table)
  }
}

/// The mask is a hash of run, step, node, trajectory and position, so it is drawn again rather than stored.
private final class DropoutKernel: LayerKernel, @unchecked Sendable {
  private let threshold: UInt32
  private let scale: Float
  private let table: KernelTable

  init(rate: Float, table: KernelTable) {
    threshold = UInt32(Double(rate) * 0x1p32)
    scale = 1 / (1 - rate)
    self.table = table
  }

  var wayBack: WayBack {
    WayBack(readsInputs: false, readsOutput: false, passesGradient: threshold == 0, takesAddend: false)
  }

  /// Multiplies each number by 0 or `scale`.
  private func apply(
    to source: UnsafePointer<Float>, _ rows: GroupRows, _ randomness: Randomness, accumulates: Bool
  ) {
    let dropout = table.functions.pointee.dropout!
    for step in 0..<rows.steps {
      for trajectory in 0..<rows.batch {
        let start = (step * rows.batch + trajectory) * rows.channels
        let place = UInt64((randomness.firstTrajectory + trajectory) << 20 | step)
        dropout(
          Int32(rows.channels), SplitMix64.mix(randomness.key ^ SplitMix64.mix(place)), threshold, scale,
          source + start, rows.data + start, accumulates ? 1 : 0)
      }
    }
  }

  func forward(_ call: ForwardCall) {
    if threshold == 0 {
      call.output.data.update(from: call.inputs[0].data, count: call.output.count)
    } else {
      apply(to: call.inputs[0].data, call.output, call.randomness, accumulates: false)
    }
  }

  func backward(_ call: BackwardCall) {
    guard let target = call.inputGradients[0] else { return }
    if threshold == 0 {
      target.take(call.outputGradient, table: table)
    } else {
      apply(to: call.outputGradient.data, target.rows, call.randomness, accumulates: target.accumulates)
    }
  }
}
