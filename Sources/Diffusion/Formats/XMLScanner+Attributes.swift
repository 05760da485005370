import CDiffusion
import Foundation

/// Names and attributes of the latest tag.
extension XMLScanner {
  /// Whether the element has a name.
  func isNamed(_ expected: StaticString) -> Bool { matches(name, expected) }

  /// The element's name.
  var elementName: String { visible(String(decoding: text[name].prefix(40), as: UTF8.self)) }

  /// The value of an attribute, with the five entities of XML and numbers of characters replaced.
  func attribute(_ name: StaticString) -> String? {
    guard let value = attributes.first(where: { matches($0.name, name) })?.value else { return nil }
    let plain = String(decoding: text[value], as: UTF8.self)
    return plain.contains("&") ? Self.unescaped(plain) : plain
  }

  /// The number in an attribute; nil where there is none, or no number.
  func number(_ name: StaticString) -> Double? {
    guard let value = attributes.first(where: { matches($0.name, name) })?.value, !value.isEmpty else { return nil }
    return text.withUnsafeBufferPointer { text in
      text.withMemoryRebound(to: CChar.self) { text in
        let start = text.baseAddress! + value.lowerBound
        guard !(9...13).contains(start.pointee), start.pointee != 32 else { return nil }
        var end: UnsafeMutablePointer<CChar>?
        let last = UnsafeMutablePointer(mutating: text.baseAddress! + value.upperBound)
        let number = zs_decimal_within(start, last, &end)
        return end == last ? number : nil
      }
    }
  }

  /// The number in an attribute that must be there.
  func required(_ name: StaticString) throws -> Double {
    if let number = number(name) { return number }
    let found = attribute(name).map { "'" + visible(String($0.prefix(24))) + "'" } ?? "none"
    throw error(expected: "a number as \(name) of <\(elementName)>", found: found)
  }

  private func matches(_ range: Range<Int>, _ expected: StaticString) -> Bool {
    guard range.count == expected.utf8CodeUnitCount else { return false }
    return text.withUnsafeBufferPointer {
      memcmp($0.baseAddress! + range.lowerBound, expected.utf8Start, range.count) == 0
    }
  }

  private static func unescaped(_ text: String) -> String {
    var result = "", rest = Substring(text)
    while let start = rest.firstIndex(of: "&") {
      result += rest[..<start]
      rest = rest[start...]
      guard let end = rest.prefix(12).firstIndex(of: ";") else { break }
      let name = rest[rest.index(after: start)..<end]
      let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
      switch name {
      case "lt": result += "<"
      case "gt": result += ">"
      case "amp": result += "&"
      case "quot": result += "\""
      case "apos": result += "'"
      default:
        if name.hasPrefix("#"), let number, let scalar = Unicode.Scalar(number) {
          result.unicodeScalars.append(scalar)
        } else {
          result += rest[...end]
        }
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
