import CKernels

/// Stacked long short-term memory layers, one- or two-directional, with zero initial state.
///
/// c' = f c + i g, h' = o tanh(c'); i, f, o by sigmoid, g by tanh; blocks of rows in the order i, f, g, o.
/// - Input: `[steps, inputs]`.
/// - Output: `[steps, hidden]`, or `[steps, 2 hidden]` (forwards, then backwards) where bidirectional.
/// - Parameters: PyTorch's: `weight_ih_l0` `[4 hidden, inputs]`, `weight_hh_l0` `[4 hidden, hidden]`, `bias_ih_l0`,
///   `bias_hh_l0` `[4 hidden]`, then `..._l1`; the backward direction has `_reverse` behind.
/// - Source: Hochreiter and Schmidhuber (1997).
public struct LSTM: Layer, Equatable {
  /// Numbers that enter the first layer at each step.
  public let inputs: Int
  /// Units of each layer and direction.
  public let hidden: Int
  /// Layers on top of each other.
  public let layers: Int
  /// Whether a second stack reads each layer's input from its end.
  public let isBidirectional: Bool
  /// Added to the initial bias of the forget gate: memory over more steps at the start of training.
  public let forgetBias: Float

  /// `layers` layers of `hidden` units.
  public init(
    _ inputs: Int, hidden: Int, layers: Int = 1, isBidirectional: Bool = false, forgetBias: Float = 0
  ) {
    self.inputs = inputs
    self.hidden = hidden
    self.layers = layers
    self.isBidirectional = isBidirectional
    self.forgetBias = forgetBias
  }

  public var isRecurrent: Bool { true }
  var directions: Int { isBidirectional ? 2 : 1 }

  /// The end of the parameters' names: `_l0`, `_l0_reverse`, `_l1`, ...
  static func suffix(layer: Int, reverse: Bool) -> String { "_l\(layer)" + (reverse ? "_reverse" : "") }

  /// What a layer of the stack reads at each step.
  func inputs(of layer: Int) -> Int { layer == 0 ? inputs : hidden * directions }

  public var parameters: [ParameterSpec] {
    let bound = 1 / Float(hidden).squareRoot()
    var specs: [ParameterSpec] = []
    for layer in 0..<layers {
      for reverse in isBidirectional ? [false, true] : [false] {
        let suffix = Self.suffix(layer: layer, reverse: reverse)
        let input = inputs(of: layer)
        specs += [
          ParameterSpec("weight_ih" + suffix, [4 * hidden, input], initial: .uniform(bound: bound)),
          ParameterSpec("weight_hh" + suffix, [4 * hidden, hidden], initial: .uniform(bound: bound)),
          ParameterSpec(
            "bias_ih" + suffix, [4 * hidden],
            initial: .uniformWithOffset(bound: bound, rows: hidden..<2 * hidden, value: forgetBias)),
          ParameterSpec("bias_hh" + suffix, [4 * hidden], initial: .uniform(bound: bound)),
        ]
      }
    }
    return specs
  }

  public func outputShape(for shapes: [Shape]) throws -> Shape {
    guard shapes.count == 1 else {
      throw GraphError.inputCount(layer: "LSTM", expected: "one input", found: shapes.count)
    }
    guard layers >= 1, hidden >= 1 else {
      throw GraphError.value(name: "layers and hidden of LSTM", expected: "1 or more", found: "\(layers) and \(hidden)")
    }
    guard shapes[0].isSequence, shapes[0].channels == inputs else {
      throw GraphError.shape(layer: "LSTM", expected: "[steps, \(inputs)]", found: "\(shapes[0])")
    }
    return shapes[0].with(channels: hidden * directions)
  }

  public func multiplyAdds(for shapes: [Shape]) -> Int {
    let rows = (0..<layers).reduce(0) { $0 + self.inputs(of: $1) + hidden }
    return shapes[0].steps * directions * rows * 4 * hidden
  }

  public func makeKernel(for shapes: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: shapes)
    return LSTMKernel(layer: self, steps: shapes[0].steps, setting: setting)
  }
}
