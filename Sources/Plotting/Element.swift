/// An element of SVG or HTML: a name, attributes and what is inside. All text is escaped when it is rendered.
public struct Element: Sendable, Equatable {
  /// What an element holds.
  public enum Content: Sendable, Equatable {
    /// An element inside of this one.
    case element(Element)
    /// A text, which is escaped when it is rendered.
    case text(String)
    /// The text of a `style` or `script` element, which HTML does not unescape; it must not hold "</".
    case verbatim(String)
  }

  struct Attribute: Sendable, Equatable {
    let name: String
    let value: String
  }

  /// As it stands between angle brackets.
  public let name: String
  /// In the order of rendering.
  public var children: [Content]
  private(set) var attributes: [Attribute]

  /// An element whose children a builder lists.
  public init(
    _ name: String, _ attributes: KeyValuePairs<String, any AttributeValue> = [:],
    @ElementBuilder content: () -> [Content] = { [] }
  ) {
    self.name = name
    self.attributes = attributes.map { Attribute(name: $0.key, value: $0.value.attributeText) }
    children = content()
  }

  /// An element around a text.
  public init(_ name: String, _ attributes: KeyValuePairs<String, any AttributeValue> = [:], text: String) {
    self.init(name, attributes) { text }
  }

  /// The element with one more attribute.
  public func with(_ name: String, _ value: any AttributeValue) -> Element {
    var result = self
    result.attributes.append(Attribute(name: name, value: value.attributeText))
    return result
  }

  /// Elements of HTML that have no end tag.
  private static let void: Set<String> = ["br", "hr", "img", "input", "link", "meta"]

  /// The element as text, for SVG inside HTML and for HTML; SVG alone is well-formed XML as well.
  public var rendered: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    text += "<" + name
    for attribute in attributes {
      text += " " + attribute.name + "=\""
      Self.escape(attribute.value, to: &text)
      text += "\""
    }
    text += ">"
    if Self.void.contains(name) { return }
    for child in children {
      switch child {
      case .element(let element): element.write(to: &text)
      case .text(let content): Self.escape(content, to: &text)
      case .verbatim(let content):
        precondition(!content.contains("</"), "this text would end its element")
        text += content
      }
    }
    text += "</" + name + ">"
  }

  /// Escapes what has a meaning in XML; characters that XML forbids become U+FFFD.
  static func escape(_ content: String, to text: inout String) {
    for scalar in content.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      case "\t", "\n", "\r": text.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
      // Marks that turn the direction of what follows would reach beyond their own text.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": text += "\u{FFFD}"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}

/// What can stand as an attribute's value.
public protocol AttributeValue {
  /// The value as text, not yet escaped.
  var attributeText: String { get }
}

extension String: AttributeValue {
  /// The text itself.
  public var attributeText: String { self }
}

extension Int: AttributeValue {
  /// Decimal digits, without separators.
  public var attributeText: String { "\(self)" }
}

extension Double: AttributeValue {
  /// Two decimals at most: hundredths of a pixel.
  public var attributeText: String { NumberText.coordinate(self) }
}

/// Lists children of an element: elements, texts, lists of them, with `if` and `for`.
@resultBuilder public enum ElementBuilder {
  /// A single element, as the only child that the expression adds.
  public static func buildExpression(_ element: Element) -> [Element.Content] { [.element(element)] }
  /// Elements of a list, each a child, in its order.
  public static func buildExpression(_ elements: [Element]) -> [Element.Content] { elements.map { .element($0) } }
  /// A text, not yet escaped, as one child.
  public static func buildExpression(_ text: String) -> [Element.Content] { [.text(text)] }
  /// A child as it is, e.g. a verbatim text.
  public static func buildExpression(_ content: Element.Content) -> [Element.Content] { [content] }
  /// Children as they are, in their order.
  public static func buildExpression(_ content: [Element.Content]) -> [Element.Content] { content }
  /// The children of all expressions, one after another.
  public static func buildBlock(_ parts: [Element.Content]...) -> [Element.Content] { parts.flatMap { $0 } }
  /// The children of all turns of a `for` loop, one after another.
  public static func buildArray(_ parts: [[Element.Content]]) -> [Element.Content] { parts.flatMap { $0 } }
  /// The children of an `if` without `else`; none where its condition fails.
  public static func buildOptional(_ part: [Element.Content]?) -> [Element.Content] { part ?? [] }
  /// The children of the first branch of an `if` or `switch`.
  public static func buildEither(first part: [Element.Content]) -> [Element.Content] { part }
  /// The children of the other branch of an `if` or `switch`.
  public static func buildEither(second part: [Element.Content]) -> [Element.Content] { part }
}
