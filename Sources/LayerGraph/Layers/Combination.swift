import CKernels

/// The sum of several values of the same shape.
public struct Sum: Layer, Equatable {
  /// The sum of all inputs.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    guard let first = inputs.first else {
      throw GraphError.inputCount(layer: "Sum", expected: "one or more inputs", found: 0)
    }
    for input in inputs where input != first {
      throw GraphError.shape(layer: "Sum", expected: "\(first), as of its first input", found: "\(input)")
    }
    return first
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return SumKernel(table: setting.table)
  }
}

private final class SumKernel: LayerKernel, @unchecked Sendable {
  /// Floats that are worth handing to another thread.
  private static let pieceFloats = 2048
  private let table: KernelTable

  init(table: KernelTable) { self.table = table }

  var wayBack: WayBack { WayBack(readsInputs: false, readsOutput: false, passesGradient: true, takesAddend: false) }

  func forward(_ call: ForwardCall) {
    let functions = table.functions.pointee, output = call.output
    guard call.inputs.count > 1 else {
      output.data.update(from: call.inputs[0].data, count: output.count)
      return
    }
    let pieces = call.team.count == 1 ? [0..<output.count] : (0..<output.count).pieces(Self.pieceFloats)
    call.team.run(pieces.count) { piece in
      let start = pieces[piece].lowerBound, count = pieces[piece].count
      let sum = output.data + start
      functions.add(count, call.inputs[0].data + start, call.inputs[1].data + start, sum)
      for input in call.inputs.dropFirst(2) { functions.add(count, sum, input.data + start, sum) }
    }
  }

  func backward(_ call: BackwardCall) {
    for case .some(let target) in call.inputGradients { target.take(call.outputGradient, table: table) }
  }
}

/// Several values beside each other: their channels in the order of the inputs.
///
/// - Input: values with the same time axis.
public struct Concatenation: Layer, Equatable {
  /// The inputs' channels one behind the other.
  public init() {}

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    guard let first = inputs.first else {
      throw GraphError.inputCount(layer: "Concatenation", expected: "one or more inputs", found: 0)
    }
    for input in inputs where input.with(channels: 1) != first.with(channels: 1) {
      throw GraphError.shape(
        layer: "Concatenation", expected: "the time axis of \(first), its first input", found: "\(input)")
    }
    return first.with(channels: inputs.reduce(0) { $0 + $1.channels })
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return ConcatenationKernel()
  }
}

private final class ConcatenationKernel: LayerKernel, @unchecked Sendable {
  var wayBack: WayBack { WayBack(readsInputs: false, readsOutput: false) }

  func forward(_ call: ForwardCall) {
    let width = call.output.channels
    var offset = 0
    for input in call.inputs {
      for row in 0..<input.rows {
        (call.output.data + row * width + offset).update(from: input.data + row * input.channels, count: input.channels)
      }
      offset += input.channels
    }
  }

  func backward(_ call: BackwardCall) {
    let width = call.output.channels
    var offset = 0
    for (input, target) in zip(call.inputs, call.inputGradients) {
      if let target {
        for row in 0..<input.rows {
          let source = call.outputGradient.data + row * width + offset
          let place = target.rows.data + row * input.channels
          for channel in 0..<input.channels {
            place[channel] = (target.accumulates ? place[channel] : 0) + source[channel]
          }
        }
      }
      offset += input.channels
    }
  }
}

extension BackwardCall.InputGradient {
  /// Stores or adds a gradient of the same shape.
  func take(_ gradient: GroupRows, table: KernelTable) {
    if accumulates {
      table.functions.pointee.add(rows.count, rows.data, gradient.data, rows.data)
    } else {
      rows.data.update(from: gradient.data, count: rows.count)
    }
  }
}
