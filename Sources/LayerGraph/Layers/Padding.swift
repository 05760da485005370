/// What stands beyond the ends of a trajectory when a convolution reads there: zeros, or nothing.
public enum Padding: String, Sendable, Codable, Equatable {
  /// As many zeros in front as behind (one more behind where the sum is odd); the length is kept.
  case same
  /// All zeros in front; the length is kept and no step sees a later one.
  case causal
  /// No zeros; the length shrinks by dilation * (kernelSize - 1).
  case valid

  /// Zeros in front.
  func left(kernelSize: Int, dilation: Int) -> Int {
    let total = dilation * (kernelSize - 1)
    return switch self {
    case .same: total / 2
    case .causal: total
    case .valid: 0
    }
  }

  /// Steps that come out.
  func outputSteps(_ steps: Int, kernelSize: Int, dilation: Int) -> Int {
    self == .valid ? steps - dilation * (kernelSize - 1) : steps
  }

  /// The taps of a convolution with this padding.
  func taps(steps: Int, kernelSize: Int, dilation: Int) -> Taps {
    let left = left(kernelSize: kernelSize, dilation: dilation)
    return Taps(
      offsets: (0..<kernelSize).map { $0 * dilation - left }, inputSteps: steps,
      outputSteps: outputSteps(steps, kernelSize: kernelSize, dilation: dilation))
  }
}
