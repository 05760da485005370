/// How far several answers to one question lie apart.
enum Spread {
  /// The sample standard deviation of exponents, or the mean total variation distance of probabilities from their mean.
  /// - Returns: nil where there are fewer than two answers.
  static func of(_ predictions: [Prediction]) -> Double? {
    guard predictions.count > 1, let mean = Prediction.mean(predictions) else { return nil }
    let count = Double(predictions.count)
    let squares = predictions.reduce(0.0) { sum, prediction in
      switch (prediction, mean) {
      case (.exponent(let exponent), .exponent(let mean)): sum + (exponent - mean) * (exponent - mean)
      case (.model(let probabilities), .model(let mean)):
        sum + zip(probabilities, mean).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
      default: .nan
      }
    }
    if case .exponent = mean { return (squares / (count - 1)).squareRoot() }
    return squares / count
  }
}

extension Prediction {
  /// The mean of exponents, or of probabilities; nil of nothing.
  static func mean(_ predictions: [Prediction]) -> Prediction? {
    let count = Double(predictions.count)
    switch predictions.first {
    case .exponent:
      return .exponent(
        predictions.reduce(0) { sum, prediction in
          if case .exponent(let exponent) = prediction { sum + exponent } else { .nan }
        } / count)
    case .model(let first):
      let sums = predictions.reduce([Double](repeating: 0, count: first.count)) { sums, prediction in
        guard case .model(let probabilities) = prediction else { return sums }
        return zip(sums, probabilities).map(+)
      }
      return .model(probabilities: sums.map { $0 / count })
    case nil: return nil
    }
  }
}
