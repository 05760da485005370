import LayerGraph

/// An activation by Keras's name for it.
public enum KerasActivation: String, Sendable, Codable, Equatable, CaseIterable {
  /// Keras's functions of these names; `softmax` goes over the channels of a step, the others number by number.
  case linear, softmax, relu, tanh, sigmoid, softsign, softplus, elu, selu, gelu, exponential
  /// x times its sigmoid, which Keras 3 calls silu.
  case swish
  /// Keras 2's, with slope 0.2.
  case hardSigmoid = "hard_sigmoid"
  /// Keras 3's, with slope 1/6.
  case hardSigmoidSixth = "hard_sigmoid_3"

  /// The function, number by number; nil for `linear` and `softmax`.
  public var function: Activation.Function? {
    switch self {
    case .linear, .softmax: nil
    case .relu: .relu
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softsign: .softsign
    case .softplus: .softplus
    case .elu: .elu
    case .selu: .selu
    case .gelu: .gelu
    case .exponential: .exponential
    case .swish: .swish
    case .hardSigmoid: .hardSigmoid
    case .hardSigmoidSixth: .hardSigmoidSixth
    }
  }

  /// What a unit is that gives this for 0: whether weights of zero silence it.
  var isZeroAtZero: Bool { function.map { $0.value(0) == 0 } ?? (self == .linear) }

  /// Keras's own name in a file of Keras 2.
  var keras2Name: String? { self == .hardSigmoidSixth ? nil : rawValue }

  /// - Parameter isKeras3: hard_sigmoid is another function there.
  init?(_ name: String, isKeras3: Bool) {
    switch name {
    case "hard_sigmoid": self = isKeras3 ? .hardSigmoidSixth : .hardSigmoid
    case "silu": self = .swish
    case "hard_sigmoid_3": return nil
    default: self.init(rawValue: name)
    }
  }

  /// Names that users know, for messages.
  static var names: [String] { allCases.filter { $0 != .hardSigmoidSixth }.map(\.rawValue) }
}
