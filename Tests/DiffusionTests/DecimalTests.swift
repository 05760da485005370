import CDiffusion
import Diffusion
import Foundation
import Testing

/// The parser of numbers against the C library's.
@Suite struct DecimalTests {
  /// Value and length of what a parser takes; the bytes of the value, so that NaN and -0 count.
  static func both(_ text: String) -> (ours: [UInt64], theirs: [UInt64]) {
    text.withCString { text in
      var end: UnsafeMutablePointer<CChar>?
      let theirs = strtod(text, &end)
      let theirLength = end! - UnsafeMutablePointer(mutating: text)
      var ours: [UInt64] = [], theirsAll: [UInt64] = []
      // With and without the eight bytes at a time.
      for limit in [text, text + strlen(text)] {
        let value = zs_decimal_within(text, limit, &end)
        ours += [value.isNaN ? 1 : value.bitPattern, UInt64(end! - UnsafeMutablePointer(mutating: text))]
        theirsAll += [theirs.isNaN ? 1 : theirs.bitPattern, UInt64(theirLength)]
      }
      return (ours, theirsAll)
    }
  }

  static let odd = [
    "", "-", ".", "-.", "+.5", "5.", "1e", "1e+", "0x1p3", "00012.5", "0.000", "-0", "1e400", "1e-400", "nan", "inf",
    "-Infinity", "1.5abc", "12,5", "000000000000000000000000001.5", "0.00000000000000000000000000000001", "1..2", " 5",
    "1e99999999999", "9007199254740993", "4503599627370497.5", "0e99999", "1e22", "1e23", "9007199254740993e5",
    "18446744073709551615", "18446744073709551616", "9999999999999999999", "1234567890123456789e-27", "1e-27", "1e-28",
    "2.2250738585072011e-308", "4.9e-324", "8.41e21", "12345678.12345678", "-1.0;5", "1E5", "1e-5,7",
  ]

  @Test(arguments: odd) func oddTexts(text: String) {
    let (ours, theirs) = Self.both(text)
    #expect(ours == theirs)
  }

  @Test func randomNumbersInManyForms() {
    var random = CounterBasedRandom(seed: 7)
    func word() -> UInt64 { random.next() }
    var wrong: [String] = []
    for _ in 0..<60_000 {
      let bits = word(), form = word() % 6
      let text =
        switch form {
        case 0: String(format: "%.17g", Double(bitPattern: bits))
        case 1: "\(Double(bits >> 11) / Double(1 << (word() % 20)) / 1e7)"
        case 2: String(format: "%.\(word() % 20)f", Double(bits >> 20) / 1e9)
        case 3: "\(bits >> (word() % 64))e\(Int(word() % 70) - 35)"
        // Half way between two doubles, and a little above.
        case 4: "\((bits >> 11 | 1 << 52) << 1 | 1)"
        default: "\((bits >> 11 | 1 << 52) << 1 | 1).\(word() % 2 == 0 ? "0" : "00000001")"
        }
      let (ours, theirs) = Self.both(text)
      if ours != theirs { wrong.append(text) }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(5))")
  }
}
