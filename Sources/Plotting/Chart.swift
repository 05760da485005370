/// A drawing as a value: what is in it, what it says, and the numbers behind it.
public protocol Chart: Sendable {
  /// What is drawn, in a few words; stands above the drawing.
  var title: String { get }
  /// What the drawing shows, for who can't see it.
  var description: String { get }
  /// The numbers behind it.
  var table: DataTable { get }
  /// The drawing without its frame.
  func drawing() -> Drawing
}

/// Elements of SVG and the size that they take.
public struct Drawing: Sendable {
  let width: Double
  let height: Double
  let elements: [Element]
}

extension Chart {
  /// The whole drawing, which fits itself into the width that there is.
  /// - Parameter id: letters and digits, another for each drawing of a page.
  public func svg(id: String) -> Element {
    let drawing = drawing()
    return Element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": "0 0 \(drawing.width.attributeText) \(drawing.height.attributeText)",
        "role": "img", "aria-labelledby": "\(id)-title \(id)-desc", "font-family": "system-ui,sans-serif",
        "font-size": Layout.fontSize,
      ]
    ) {
      Element("title", ["id": "\(id)-title"], text: title)
      Element("desc", ["id": "\(id)-desc"], text: description)
      drawing.elements
    }
  }
}

/// Sizes that all drawings share, in pixels.
enum Layout {
  /// Of a drawing: a third of a wide page, all of a phone.
  static let width = 380.0
  static let fontSize = 12.0
  static let titleSize = 13.0
  /// From one line of text to the next.
  static let lineHeight = 16.0
}

/// A text in a drawing.
struct Label {
  enum Anchor: String { case start, middle, end }

  /// The text's element, shortened to a width; the whole text is then its tooltip.
  static func element(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, paint: Paint = .ink, size: Double = Layout.fontSize,
    isBold: Bool = false, width: Double = .infinity, isUpright: Bool = false
  ) -> Element {
    // Bold letters are about a fifteenth wider.
    let shown = TextMetrics.fitted(text, width: isBold ? width / 1.07 : width, size: size)
    var element = Element("text", ["x": x, "y": y, "fill": paint.css]) {
      if shown != text { Element("title", text: text) }
      shown
    }
    if anchor != .start { element = element.with("text-anchor", anchor.rawValue) }
    if size != Layout.fontSize { element = element.with("font-size", size) }
    if isBold { element = element.with("font-weight", "600") }
    if isUpright { element = element.with("transform", "rotate(-90 \(x.attributeText) \(y.attributeText))") }
    return element
  }
}

/// A key to what the colours mean: names beside samples, in as many lines as they need.
struct Legend {
  /// A name with the sample that stands before it, drawn around the middle of a box of 18 times 10 pixels.
  struct Entry {
    let name: String
    let sample: (_ x: Double, _ y: Double) -> Element
  }

  let elements: [Element]
  let height: Double

  init(_ entries: [Entry], x left: Double, y top: Double, width: Double) {
    var elements: [Element] = []
    var x = left, y = top
    for entry in entries {
      let text = min(TextMetrics.width(entry.name, size: Layout.fontSize), width - 24)
      if x > left, x + 24 + text > left + width {
        x = left
        y += Layout.lineHeight
      }
      elements.append(entry.sample(x + 9, y + 8))
      elements.append(Label.element(entry.name, x: x + 22, y: y + 12, width: width - 24))
      x += 24 + text + 12
    }
    self.elements = elements
    height = entries.isEmpty ? 0 : y - top + Layout.lineHeight + 2
  }
}
