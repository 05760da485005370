/// Small drawings of trajectories side by side, each with lines of text below.
public struct GalleryChart: Chart {
  /// One trajectory.
  public struct Item: Sendable {
    /// Places in order, in units of their own.
    public let path: [SIMD2<Double>]
    /// Whether both axes have one unit, as positions in the plane have; not so where time is on the first.
    public let isIsotropic: Bool
    /// Which colour.
    public let style: Int
    /// Short lines of text.
    public let captions: [String]

    /// A trajectory, its colour and the lines below it.
    public init(path: [SIMD2<Double>], isIsotropic: Bool, style: Int, captions: [String]) {
      self.path = path
      self.isIsotropic = isIsotropic
      self.style = style
      self.captions = captions
    }
  }

  /// Stands above the drawing.
  public let title: String
  /// What the drawings show, for who can't see them.
  public let description: String
  /// The numbers behind the drawings.
  public let table: DataTable
  /// Three in a row, from the left and from the top.
  public let items: [Item]
  /// What the colours mean, where they mean something.
  public let legend: [(name: String, style: Int)]

  private static let columns = 3
  private static let cellWidth = (Layout.width - 8) / Double(columns)
  private static let pathHeight = 78.0
  /// Points that are drawn of one trajectory at most; more could not be seen.
  private static let mostPoints = 240

  /// A gallery; without a legend, colours stand for nothing.
  public init(
    _ title: String, description: String, items: [Item], legend: [(name: String, style: Int)] = [], table: DataTable
  ) {
    self.title = title
    self.description = description
    self.items = items
    self.legend = legend
    self.table = table
  }

  /// The trajectories in a grid; each fills its box, with a dot on the first point.
  public func drawing() -> Drawing {
    var elements = [
      Label.element(title, x: 4, y: 15, size: Layout.titleSize, isBold: true, width: Layout.width - 8)
    ]
    let key = Legend(
      legend.map { entry in
        Legend.Entry(name: entry.name) { x, y in
          Element(
            "path",
            [
              "d": PathData.polyline([(x - 8, y), (x + 8, y)]), "stroke": Paint.series(entry.style).css,
              "stroke-width": 2.4,
            ])
        }
      }, x: 4, y: 24, width: Layout.width - 8)
    elements += key.elements
    let top = 28 + key.height
    let lines = items.map(\.captions.count).max() ?? 0
    let rowHeight = Self.pathHeight + 8 + Double(lines) * (Layout.lineHeight - 2) + 10
    for (index, item) in items.enumerated() {
      let x = 4 + Double(index % Self.columns) * Self.cellWidth, y = top + Double(index / Self.columns) * rowHeight
      elements += draw(item, x: x, y: y)
    }
    let rows = (items.count + Self.columns - 1) / Self.columns
    return Drawing(width: Layout.width, height: top + Double(rows) * rowHeight, elements: elements)
  }

  private func draw(_ item: Item, x: Double, y: Double) -> [Element] {
    let width = Self.cellWidth - 10
    var elements = [
      Element(
        "rect",
        ["x": x, "y": y, "width": width, "height": Self.pathHeight, "rx": 3, "fill": "none", "stroke": Paint.grid.css])
    ]
    let places = Self.fitted(item, x: x + 5, y: y + 5, width: width - 10, height: Self.pathHeight - 10)
    elements.append(
      Element(
        "path",
        [
          "d": PathData.polyline(places), "fill": "none", "stroke": Paint.series(item.style).css, "stroke-width": 1,
          "stroke-linejoin": "round",
        ]))
    if let first = places.first {
      elements.append(Element("circle", ["cx": first.x, "cy": first.y, "r": 2.2, "fill": Paint.ink.css]))
    }
    for (line, caption) in item.captions.enumerated() {
      elements.append(
        Label.element(
          caption, x: x, y: y + Self.pathHeight + 13 + Double(line) * (Layout.lineHeight - 2),
          paint: line == 0 ? .ink : .muted, size: 11, width: width + 4))
    }
    return elements
  }

  /// The path in pixels, in the middle of a box.
  private static func fitted(
    _ item: Item, x: Double, y: Double, width: Double, height: Double
  ) -> [(x: Double, y: Double)] {
    let stride = max(1, (item.path.count + mostPoints - 1) / mostPoints)
    let path = item.path.enumerated().filter { $0.offset % stride == 0 || $0.offset == item.path.count - 1 }
      .map(\.element)
    guard let first = path.first else { return [] }
    let low = path.reduce(first) { pointwiseMin($0, $1) }, high = path.reduce(first) { pointwiseMax($0, $1) }
    // Halves, as the difference of huge positions may overflow.
    let half: SIMD2<Double> = (high * 0.5 - low * 0.5) * 0.5
    let middle: SIMD2<Double> = low * 0.5 + half
    var scale = SIMD2<Double>(
      half.x > 0 ? width / half.x / 2 : 0, half.y > 0 ? height / half.y / 2 : 0)
    if item.isIsotropic {
      scale = SIMD2<Double>(repeating: [scale.x, scale.y].filter { $0 > 0 }.min() ?? 0)
    }
    return path.map { place in
      let offset: SIMD2<Double> = (place * 0.5 - middle) * scale
      return (x: x + width / 2 + offset.x, y: y + height / 2 - offset.y)
    }
  }
}
