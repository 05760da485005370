import Foundation
import LayerGraph

/// y[t] = a y[t-1] + (1 - a) x[t] for each channel, where a is the logistic function of a learned number.
///
/// - Input and output: `[steps, channels]`.
/// - Parameter: `memory` `[channels]`.
struct LeakyIntegrator: Layer {
  let channels: Int

  init(_ channels: Int) { self.channels = channels }

  var parameters: [ParameterSpec] { [ParameterSpec("memory", [channels], initial: .constant(2))] }

  /// What makes trajectories beside each other be computed together.
  var isRecurrent: Bool { true }

  func outputShape(for inputs: [Shape]) throws -> Shape {
    guard inputs.count == 1, inputs[0].isSequence, inputs[0].channels == channels else {
      throw GraphError.shape(
        layer: "LeakyIntegrator", expected: "[steps, \(channels)]",
        found: inputs.map { "\($0)" }.joined(separator: ", "))
    }
    return inputs[0]
  }

  func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return LeakyIntegratorKernel(channels: channels)
  }
}

/// Rows lie one behind the other, row `t * batch + b`: one step of all trajectories of a group, then the next step.
private final class LeakyIntegratorKernel: LayerKernel, @unchecked Sendable {
  private let channels: Int
  /// a of each channel.
  private var retention: [Float]

  init(channels: Int) {
    self.channels = channels
    retention = [Float](repeating: 0, count: channels)
  }

  var gradientFloats: Int { channels }
  /// The gradient that flows back through time, one row for each trajectory.
  func workspaceFloats(batch: Int) -> Int { batch * channels }

  func load(_ parameters: LayerParameters) {
    let memory = parameters["memory"]
    for channel in 0..<channels { retention[channel] = 1 / (1 + exp(-memory[channel])) }
  }

  func forward(_ call: ForwardCall) {
    let x = call.inputs[0].data, y = call.output.data, row = call.output.batch * channels
    for index in 0..<call.output.count {
      let a = retention[index % channels]
      y[index] = (index < row ? 0 : a * y[index - row]) + (1 - a) * x[index]
    }
  }

  func backward(_ call: BackwardCall) {
    let x = call.inputs[0].data, y = call.output.data, row = call.output.batch * channels
    let flow = call.workspace
    flow.update(repeating: 0, count: row)
    for index in (0..<call.output.count).reversed() {
      let channel = index % channels, a = retention[channel]
      let gradient = call.outputGradient.data[index] + flow[index % row]
      let previous = index < row ? 0 : y[index - row]
      // dy/da, with the derivative of the logistic function.
      call.parameterGradients[channel] += gradient * (previous - x[index]) * a * (1 - a)
      flow[index % row] = gradient * a
      if let target = call.inputGradients[0] {
        let share = gradient * (1 - a)
        target.rows.data[index] = target.accumulates ? target.rows.data[index] + share : share
      }
    }
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let memory = gradients["memory"]
    for channel in 0..<channels { memory[channel] += sums[channel] }
  }
}
