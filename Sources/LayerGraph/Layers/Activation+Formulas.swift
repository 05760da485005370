import Foundation

/// The functions number by number: what layers compute where the kernel tables have no function of that kind.
extension Activation.Function {
  /// Constants of `selu`.
  /// - Source: Klambauer et al. (2017), "Self-normalizing neural networks", section 2.
  private static let seluAlpha: Float = 1.673_263_2
  private static let seluScale: Float = 1.050_701

  private static let rootHalf = Float(0.5).squareRoot()

  /// The function's value.
  public func value(_ x: Float) -> Float {
    switch self {
    case .tanh: tanhf(x)
    case .sigmoid: 1 / (1 + expf(-x))
    case .relu: x > 0 || x.isNaN ? x : 0
    case .hardSigmoid: Self.clamped(0.2 * x + 0.5)
    case .hardSigmoidSixth: Self.clamped(x / 6 + 0.5)
    case .softsign: x.isInfinite ? (x > 0 ? 1 : -1) : x / (1 + abs(x))
    // ln(1 + e^x) as x + ln(1 + e^-x), which never overflows.
    case .softplus: Float.maximum(x, 0) + log1pf(expf(-abs(x))) + (x.isNaN ? x : 0)
    case .elu: x > 0 ? x : expm1f(x)
    case .selu: Self.seluScale * (x > 0 ? x : Self.seluAlpha * expm1f(x))
    case .swish: x == -.infinity ? 0 : x / (1 + expf(-x))
    case .gelu: x == -.infinity ? 0 : 0.5 * x * (1 + erff(x * Self.rootHalf))
    case .exponential: expf(x)
    }
  }

  /// The derivative by x; at a kink that of the flat side.
  public func derivative(_ x: Float) -> Float {
    switch self {
    case .tanh:
      let y = tanhf(x)
      return 1 - y * y
    case .sigmoid: return Self.sigmoidDerivative(x)
    case .relu: return x > 0 ? 1 : 0
    case .hardSigmoid: return abs(x) < 2.5 ? 0.2 : 0
    case .hardSigmoidSixth: return abs(x) < 3 ? 1 / 6 : 0
    case .softsign:
      let scale = 1 + abs(x)
      return 1 / (scale * scale)
    case .softplus: return 1 / (1 + expf(-x))
    case .elu: return x > 0 ? 1 : expf(x)
    case .selu: return Self.seluScale * (x > 0 ? 1 : Self.seluAlpha * expf(x))
    case .swish: return 1 / (1 + expf(-x)) + x * Self.sigmoidDerivative(x)
    case .gelu:
      let density = expf(-0.5 * x * x) / (2 * Float.pi).squareRoot()
      return 0.5 * (1 + erff(x * Self.rootHalf)) + x * density
    case .exponential: return expf(x)
    }
  }

  private static func clamped(_ y: Float) -> Float { y.isNaN ? y : min(max(y, 0), 1) }

  private static func sigmoidDerivative(_ x: Float) -> Float {
    let y = 1 / (1 + expf(-x))
    return y * (1 - y)
  }
}
