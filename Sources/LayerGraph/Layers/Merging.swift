import CKernels

/// The product of two values of the same shape, number by number.
public struct Multiplication: Layer, Equatable {
  /// A layer that takes exactly two inputs.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape { try pairShape(inputs, layer: "Multiplication") }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return MultiplicationKernel(table: setting.table)
  }
}

/// The mean of two values of the same shape, number by number.
public struct Average: Layer, Equatable {
  /// A layer that takes exactly two inputs.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape { try pairShape(inputs, layer: "Average") }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return AverageKernel(table: setting.table)
  }
}

/// The shape that two inputs share.
private func pairShape(_ inputs: [Shape], layer: String) throws -> Shape {
  guard inputs.count == 2 else {
    throw GraphError.inputCount(layer: layer, expected: "two inputs", found: inputs.count)
  }
  guard inputs[0] == inputs[1] else {
    throw GraphError.shape(layer: layer, expected: "\(inputs[0]), as of its first input", found: "\(inputs[1])")
  }
  return inputs[0]
}

private final class MultiplicationKernel: LayerKernel, @unchecked Sendable {
  private let table: KernelTable

  init(table: KernelTable) { self.table = table }

  func forward(_ call: ForwardCall) {
    table.functions.pointee.multiply(
      call.output.count, call.inputs[0].data, call.inputs[1].data, call.output.data, 0)
  }

  func backward(_ call: BackwardCall) {
    for (index, target) in call.inputGradients.enumerated() {
      guard let target else { continue }
      table.functions.pointee.multiply(
        call.output.count, call.outputGradient.data, call.inputs[1 - index].data, target.rows.data,
        target.accumulates ? 1 : 0)
    }
  }
}

private final class AverageKernel: LayerKernel, @unchecked Sendable {
  private let table: KernelTable

  init(table: KernelTable) { self.table = table }

  func forward(_ call: ForwardCall) {
    let functions = table.functions.pointee, count = call.output.count
    functions.add(count, call.inputs[0].data, call.inputs[1].data, call.output.data)
    functions.scale(count, 0.5, call.output.data, call.output.data, 0)
  }

  func backward(_ call: BackwardCall) {
    for case .some(let target) in call.inputGradients {
      table.functions.pointee.scale(
        call.output.count, 0.5, call.outputGradient.data, target.rows.data, target.accumulates ? 1 : 0)
    }
  }
}
