import Foundation

/// A colour by its part in a drawing; what it looks like is up to the page's style, in light and in dark.
public enum Paint: Sendable, Equatable {
  /// Text and axes.
  case ink
  /// Text that stands back.
  case muted
  /// Lines of the grid.
  case grid
  /// What lies behind the drawing.
  case ground
  /// One of several things that are told apart: 0, 1, 2, ...; repeats after eight.
  case series(Int)
  /// A level of the colour map, 0 ..< `Palette.levels`.
  case map(Int)
  /// Text on a level of the colour map.
  case onMap(Int)

  private var property: String {
    switch self {
    case .ink: "--ink"
    case .muted: "--muted"
    case .grid: "--grid"
    case .ground: "--ground"
    case .series(let index): "--series-\(index % Palette.series.count)"
    case .map(let level): "--map-\(level)"
    case .onMap(let level): "--on-map-\(level)"
    }
  }

  /// The custom property with its light colour as a fallback, so that an SVG file alone has colours, too.
  var css: String { "var(\(property),\(Palette.light[property] ?? "#000"))" }
}

/// Colours that people with any kind of colour vision tell apart, for light and dark pages.
///
/// - Source: series: Okabe and Ito (2008), Color Universal Design, lightened for dark pages. The map is computed here:
///   lightness rises evenly while the hue goes from purple over green to yellow, as in viridis (van der Walt and Smith 2015).
public enum Palette {
  /// Levels of the colour map.
  public static let levels = 16

  static let series = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444", "#B8A800"]
  private static let darkSeries = [
    "#3E9FE6", "#F27B35", "#27C498", "#E5A0C8", "#F0B33C", "#8FD3FA", "#C8C8C8", "#F0E442",
  ]

  static let light = properties(
    base: ["--ink": "#1d2330", "--muted": "#5a6375", "--grid": "#e2e6ee", "--ground": "#ffffff"], series: series,
    map: (0..<levels).map { map(1 - Double($0) / Double(levels - 1), fades: true) })
  static let dark = properties(
    base: ["--ink": "#e8ebf2", "--muted": "#a3abbd", "--grid": "#343b49", "--ground": "#171b23"], series: darkSeries,
    map: (0..<levels).map { map(Double($0) / Double(levels - 1)) })

  private static func properties(base: [String: String], series: [String], map: [RGB]) -> [String: String] {
    var result = base
    for (index, color) in series.enumerated() { result["--series-\(index)"] = color }
    for (level, color) in map.enumerated() {
      result["--map-\(level)"] = color.hexadecimal
      // Black reads better than white on all but dark colours: their contrasts are equal at a luminance of 0.18.
      result["--on-map-\(level)"] = color.luminance > 0.18 ? "#000000" : "#ffffff"
    }
    return result
  }

  /// Style rules that give the custom properties their values, by the reader's preference, light in print.
  public static var styleSheet: String {
    func rule(_ properties: [String: String]) -> String {
      ":root{" + properties.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ";") + "}"
    }
    return rule(light) + "@media screen and (prefers-color-scheme:dark){\(rule(dark))}"
  }

  /// The colour map at 0 (dark) to 1 (bright).
  /// - Parameter fades: whether the bright end goes over into white, so that little stands back on a light page as it
  ///   does at the dark end on a dark one.
  static func map(_ t: Double, fades: Bool = false) -> RGB {
    let lightness = 0.28 + (fades ? 0.69 : 0.64) * t
    let hue = (305 - 205 * t) * Double.pi / 180
    let chroma = (0.11 + 0.05 * sin(Double.pi * t) + 0.03 * t) * (fades ? 1 - 0.8 * pow(t, 6) : 1)
    return RGB(lightness: lightness, a: chroma * cos(hue), b: chroma * sin(hue))
  }
}

/// A colour as a screen shows it.
struct RGB: Equatable {
  /// Linear light of red, green and blue, each within 0...1.
  let linear: [Double]

  /// From Oklab coordinates; what a screen can't show is clipped.
  /// - Source: Ottosson (2020), A perceptual color space for image processing.
  init(lightness: Double, a: Double, b: Double) {
    let l = pow(lightness + 0.3963377774 * a + 0.2158037573 * b, 3)
    let m = pow(lightness - 0.1055613458 * a - 0.0638541728 * b, 3)
    let s = pow(lightness - 0.0894841775 * a - 1.2914855480 * b, 3)
    linear = [
      4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
      -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
      -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    ].map { min(1, max(0, $0)) }
  }

  /// Relative luminance of sRGB.
  var luminance: Double { 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] }

  var hexadecimal: String {
    let bytes = linear.map { light in
      Int((255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055)).rounded())
    }
    return "#" + bytes.map { String(format: "%02x", $0) }.joined()
  }
}
