import Foundation

/// How values lie along an axis.
public enum Scale: Sendable, Equatable {
  /// From the lower to the upper bound, evenly.
  case linear(ClosedRange<Double>)
  /// Evenly in the logarithm; both bounds above 0.
  case logarithmic(ClosedRange<Double>)
  /// Names side by side; value i is the middle of the i-th, from 0.
  case categories([String])

  /// The scale over the values of both; nil where they are of different kinds, or are names.
  public func union(_ other: Scale) -> Scale? {
    switch (self, other) {
    case (.linear(let one), .linear(let two)): .linear(Self.hull(one, two))
    case (.logarithmic(let one), .logarithmic(let two)): .logarithmic(Self.hull(one, two))
    default: nil
    }
  }

  private static func hull(_ one: ClosedRange<Double>, _ two: ClosedRange<Double>) -> ClosedRange<Double> {
    min(one.lowerBound, two.lowerBound)...max(one.upperBound, two.upperBound)
  }

  /// A place on an axis that is labelled.
  struct Tick: Equatable {
    let value: Double
    let label: String
  }

  /// A linear scale with round bounds around values; 0...1 where there are none.
  public static func linear(around values: [Double], includingZero: Bool = false) -> Scale {
    let finite = values.filter(\.isFinite) + (includingZero ? [0] : [])
    guard let least = finite.min(), let most = finite.max() else { return .linear(0...1) }
    let span = most > least ? most - least : max(abs(most), 1) * 0.2
    let step = niceStep(span / 5)
    let low = floor((most > least ? least : least - span / 2) / step + 1e-9) * step
    let high = ceil((most > least ? most : most + span / 2) / step - 1e-9) * step
    return .linear(low...max(high, low + step))
  }

  /// A logarithmic scale around values above 0, with room at both ends; 0.1...10 where there are none.
  public static func logarithmic(around values: [Double]) -> Scale {
    let positive = values.filter { $0.isFinite && $0 > 0 }
    guard let least = positive.min(), let most = positive.max() else { return .logarithmic(0.1...10) }
    let margin = max(pow(most / least, 0.05), most > least * 1.5 ? 1 : 2)
    return .logarithmic(least / margin...most * margin)
  }

  /// Where a value lies from 0 (start) to 1 (end); outside of it for values beyond the bounds.
  func fraction(_ value: Double) -> Double {
    switch self {
    case .linear(let range): (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    case .logarithmic(let range):
      log(max(value, .leastNormalMagnitude) / range.lowerBound) / log(range.upperBound / range.lowerBound)
    case .categories(let names): (value + 0.5) / Double(max(1, names.count))
    }
  }

  /// Round places between the bounds, `most` at most (but all categories), with labels.
  func ticks(most: Int) -> [Tick] {
    switch self {
    case .linear(let range): return Self.linearTicks(range, most: max(2, most))
    case .logarithmic(let range):
      // The places are uneven, so that few labels may still be too close.
      let gap = 1 / Double(max(2, most))
      for mantissas in [[1, 1.5, 2, 3, 4, 5, 6, 8], [1, 2, 5], [1, 3], [1.0]] {
        let ticks = Self.logarithmicTicks(range, mantissas: mantissas)
        if ticks.count >= 2, apart(ticks, gap).count == ticks.count { return ticks }
      }
      let decades = Self.logarithmicTicks(range, mantissas: [1])
      // Within less than a decade and a half there may be but one round place.
      return apart(decades.count < 2 ? Self.linearTicks(range, most: max(2, most)) : decades, gap)
    case .categories(let names): return names.enumerated().map { Tick(value: Double($0.offset), label: $0.element) }
    }
  }

  /// Those that lie more than `gap` of the axis behind the one before.
  private func apart(_ ticks: [Tick], _ gap: Double) -> [Tick] {
    ticks.reduce(into: []) { kept, tick in
      if let last = kept.last, fraction(tick.value) - fraction(last.value) <= gap * (1 + 1e-9) { return }
      kept.append(tick)
    }
  }

  private static func linearTicks(_ range: ClosedRange<Double>, most: Int) -> [Tick] {
    let span = range.upperBound - range.lowerBound
    var step = niceStep(span / Double(most))
    while Int(floor(range.upperBound / step + 1e-9)) - Int(ceil(range.lowerBound / step - 1e-9)) + 1 > most {
      step = niceStep(step * 1.01)
    }
    let first = Int(ceil(range.lowerBound / step - 1e-9)), last = Int(floor(range.upperBound / step + 1e-9))
    guard first <= last else { return [] }
    return (first...last).map { Tick(value: Double($0) * step, label: NumberText.tick(Double($0) * step, step: step)) }
  }

  private static func logarithmicTicks(_ range: ClosedRange<Double>, mantissas: [Double]) -> [Tick] {
    let first = Int(floor(log10(range.lowerBound))), last = Int(ceil(log10(range.upperBound)))
    return (first...last).flatMap { power in
      mantissas.compactMap { mantissa in
        let value = mantissa * pow(10, Double(power))
        guard value >= range.lowerBound * (1 - 1e-9), value <= range.upperBound * (1 + 1e-9) else { return nil }
        return Tick(value: value, label: NumberText.tick(value, step: mantissa == 1.5 ? value / 3 : value / mantissa))
      }
    }
  }

  /// The next of 1, 2, 2.5, 5 times a power of ten that is not below `least`.
  private static func niceStep(_ least: Double) -> Double {
    let power = pow(10, floor(log10(least)))
    let factor = least / power
    return power * ([1, 2, 2.5, 5, 10].first { $0 >= factor * (1 - 1e-9) } ?? 10)
  }
}

/// One axis of a chart.
public struct Axis: Sendable, Equatable {
  /// What is on it, with its unit.
  public let title: String
  /// How it lies there.
  public let scale: Scale

  /// An axis with a title, e.g. "length (points)", over a scale.
  public init(_ title: String, _ scale: Scale) {
    self.title = title
    self.scale = scale
  }
}
