import Foundation

/// Numbers as people and drawings read them.
public enum NumberText {
  /// A coordinate with at most two decimals; 0 for what is not finite, so that a drawing stays whole.
  static func coordinate(_ value: Double) -> String { fixed(value, decimals: 2) }

  /// A number with at most so many decimals, trailing zeros left out.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let factor = decimals == 1 ? 10.0 : decimals == 2 ? 100.0 : pow(10, Double(decimals))
    let scaled = (value * factor).rounded()
    guard scaled.isFinite, abs(scaled) < 1e15 else { return "0" }
    var digits = Int(abs(scaled))
    if digits == 0 { return "0" }
    var places = decimals
    while places > 0, digits % 10 == 0 {
      digits /= 10
      places -= 1
    }
    let text = String(digits), sign = scaled < 0 ? "-" : ""
    if places == 0 { return sign + text }
    let padded = String(repeating: "0", count: max(0, places + 1 - text.count)) + text
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// A label of a tick: as many decimals as the step has, thousands as k and millions as M.
  static func tick(_ value: Double, step: Double) -> String {
    func plain(_ value: Double, _ step: Double) -> String {
      let decimals = max(0, min(9, Int(ceil(-log10(step) - 1e-9))))
      let isExact = abs((step * pow(10, Double(decimals))).rounded() - step * pow(10, Double(decimals))) < 1e-6
      let text = String(format: "%.\(isExact ? decimals : decimals + 1)f", value)
      return text.hasPrefix("-") && Double(text) == 0 ? String(text.dropFirst()) : text.replacing("-", with: "−")
    }
    // 1 M stands beside 500 k, so that zeros say nothing.
    func whole(_ text: String) -> String {
      text.contains(".") ? String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()) : text
    }
    if abs(value) >= 1e6 { return whole(plain(value / 1e6, min(1, step / 1e6))) + " M" }
    if abs(value) >= 1e4 { return whole(plain(value / 1e3, min(1, step / 1e3))) + " k" }
    return plain(value, step)
  }

  /// A value in a sentence or a label: three significant digits, more where it is large.
  public static func short(_ value: Double) -> String {
    guard value.isFinite else { return "no number" }
    if value == 0 { return "0" }
    let size = Int(floor(log10(abs(value))))
    if size > 9 || size < -6 { return String(format: "%.2e", value) }
    return String(format: "%.\(max(0, min(9, 2 - size)))f", value)
  }
}
