import Foundation

/// What is known of the units of a file of tracks.
public struct TrackUnits: Sendable, Equatable {
  /// Micrometres in the file's unit of length; nil where it is pixels, or nothing is said.
  public var micrometres: Double?
  /// Seconds from one frame to the next; nil where nothing is said.
  public var seconds: Double?

  /// Units that are not known.
  public init(micrometres: Double? = nil, seconds: Double? = nil) {
    self.micrometres = micrometres
    self.seconds = seconds
  }

  /// Of a generalised diffusion coefficient: length squared over time to the exponent.
  public var coefficientUnit: String {
    "\(micrometres == nil ? "px" : "um")^2/\(seconds == nil ? "frame" : "s")^alpha"
  }

  /// A coefficient in squares of the file's unit per frame to the exponent, in `coefficientUnit`.
  public func coefficient(_ value: Double, exponent: Double) -> Double {
    let length = micrometres ?? 1, time = seconds ?? 1
    return value * length * length / pow(time, exponent)
  }

  /// Micrometres in a unit of length by the name that tracking programs give it; nil for pixels and unknown names.
  static func micrometres(_ name: String) -> Double? {
    switch name.lowercased() {
    // Two letters look like the same mu; in another charset it is no letter at all.
    case "um", "µm", "μm", "\u{FFFD}m", "micron", "microns", "micrometer", "micrometre", "micrometers": 1
    case "nm", "nanometer", "nanometre", "nanometers": 1e-3
    case "mm", "millimeter", "millimetre": 1e3
    case "m", "meter", "metre": 1e6
    default: nil
    }
  }

  /// What a user should know where a file names its unit of length, and the name is not known.
  static func note(_ name: String?) -> String? {
    guard let name, !["", "pixel", "pixels", "px"].contains(name.lowercased()), micrometres(name) == nil else {
      return nil
    }
    let shown = quoted(name.utf8.map { CChar(bitPattern: $0) }, most: 40)
    return "The unit of length \(shown) is not known: positions are taken as pixels, and --pixel-size says how large "
      + "one is."
  }

  /// Seconds in a unit of time by its name; nil for frames and unknown names.
  static func seconds(_ name: String) -> Double? {
    switch name.lowercased() {
    case "s", "sec", "second", "seconds": 1
    case "ms", "msec", "millisecond", "milliseconds": 1e-3
    case "us", "µs", "μs", "\u{FFFD}s", "microsecond": 1e-6
    case "min", "minute", "minutes": 60
    case "h", "hour", "hours": 3600
    default: nil
    }
  }

  /// Micrometres of a length with a unit, such as `0.16`, `160nm` or `0.16 um`; a number alone is in micrometres.
  /// - Returns: nil where it is no positive number with a known unit.
  public static func length(_ text: String) -> Double? { quantity(text, micrometres) }

  /// Seconds of a duration with a unit, such as `0.03` or `30ms`; see `length(_:)`.
  public static func duration(_ text: String) -> Double? { quantity(text, seconds) }

  private static func quantity(_ text: String, _ unit: (String) -> Double?) -> Double? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || ".eE+-".contains($0)) }
    let name = text.dropFirst(number.count).drop { $0 == " " }
    guard let value = Double(number), value > 0, value.isFinite, let factor = name.isEmpty ? 1 : unit(String(name))
    else { return nil }
    return value * factor
  }
}
