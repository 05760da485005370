/// How wide a text is about, in the sans-serif fonts of browsers: on the safe side, as the font isn't known here.
enum TextMetrics {
  /// The width in pixels of a text of a font size in pixels.
  static func width(_ text: String, size: Double) -> Double {
    size * text.reduce(0) { $0 + advance($1) }
  }

  private static func advance(_ character: Character) -> Double {
    guard let first = character.unicodeScalars.first else { return 0 }
    switch first {
    case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ": return 0.33
    case "f", "r", "t", "(", ")", "[", "]", "-", "/", "\"": return 0.42
    case "m", "w", "M", "W", "%", "@": return 0.95
    case "A"..."Z": return 0.74
    case "0"..."9": return 0.6
    case "\u{20}"..."\u{7E}": return 0.6
    case "\u{A0}"..."\u{2E7F}": return 0.72
    default: return 1.1
    }
  }

  /// The text, or as much of it as fits with an ellipsis.
  static func fitted(_ text: String, width most: Double, size: Double) -> String {
    if width(text, size: size) <= most { return text }
    let ellipsis = "…"
    var result = "", used = width(ellipsis, size: size)
    for character in text {
      used += advance(character) * size
      if used > most { break }
      result.append(character)
    }
    return result + ellipsis
  }
}
