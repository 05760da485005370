import Foundation

/// How surely two points belong together at a distance x in the projection: 1 / (1 + a x^2b).
struct DistanceCurve: Sendable, Equatable {
  let a: Double
  let b: Double

  /// The curve nearest, by least squares, to 1 up to `minimumDistance` and exp(-(x - minimumDistance) / spread) beyond,
  /// at 300 distances up to three times the spread.
  ///
  /// - Source: McInnes, Healy and Melville (2018), definition 11; Levenberg (1944) and Marquardt (1963) for the fit.
  init(minimumDistance: Double, spread: Double) {
    let targets = (0..<300).map { step -> (x: Double, y: Double) in
      let x = 3 * spread * Double(step) / 299
      return (x, x <= minimumDistance ? 1 : exp(-(x - minimumDistance) / spread))
    }
    // Logarithms keep both numbers positive.
    var logA = 0.0, logB = 0.0, damping = 1e-3
    var loss = Self.loss(targets, logA, logB)
    for _ in 0..<200 {
      var haa = 0.0, hab = 0.0, hbb = 0.0, ga = 0.0, gb = 0.0
      let a = exp(logA), b = exp(logB)
      for (x, y) in targets where x > 0 {
        let power = a * pow(x, 2 * b), value = 1 / (1 + power)
        let byA = -value * value * power, byB = byA * 2 * b * log(x)
        haa += byA * byA
        hab += byA * byB
        hbb += byB * byB
        ga += byA * (y - value)
        gb += byB * (y - value)
      }
      let p = haa * (1 + damping), q = hbb * (1 + damping), determinant = p * q - hab * hab
      guard determinant > 0 else { break }
      let stepA = (q * ga - hab * gb) / determinant, stepB = (p * gb - hab * ga) / determinant
      let new = Self.loss(targets, logA + stepA, logB + stepB)
      if new < loss {
        logA += stepA
        logB += stepB
        damping = max(1e-12, damping / 10)
        let gain = loss - new
        loss = new
        if gain <= 1e-15 * loss { break }
      } else {
        damping *= 10
        if damping > 1e12 { break }
      }
    }
    a = exp(logA)
    b = exp(logB)
  }

  private static func loss(_ targets: [(x: Double, y: Double)], _ logA: Double, _ logB: Double) -> Double {
    let a = exp(logA), b = exp(logB)
    return targets.reduce(0) { sum, target in
      let error = target.y - 1 / (1 + a * pow(target.x, 2 * b))
      return sum + error * error
    }
  }
}
