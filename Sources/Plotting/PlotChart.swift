/// Lines, points, bars and areas between two axes.
public struct PlotChart: Chart {
  /// Stands above the drawing.
  public let title: String
  /// What the plot shows, for who can't see it.
  public let description: String
  /// The numbers behind the plot.
  public let table: DataTable
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is compared; of marks of one kind, later ones lie above earlier ones.
  public let series: [Series]
  /// Straight lines above bars and below all other series.
  public let rules: [Rule]
  /// Of the drawing between the axes, in pixels.
  public let plotHeight: Double

  /// A plot, by default without rules and 190 pixels high between the axes.
  public init(
    _ title: String, description: String, x: Axis, y: Axis, series: [Series], rules: [Rule] = [],
    plotHeight: Double = 190, table: DataTable
  ) {
    self.title = title
    self.description = description
    self.x = x
    self.y = y
    self.series = series
    self.rules = rules
    self.plotHeight = plotHeight
    self.table = table
  }

  /// Axes, rules and series, with a legend where there are several series.
  public func drawing() -> Drawing {
    // A name that several series share, e.g. a line and its dots, stands in the legend once.
    var seen: Set<String> = []
    let named = series.filter { $0.isInLegend && !$0.points.isEmpty && seen.insert($0.name).inserted }
    let entries = (named.count > 1 || series.count > 1 ? named : []).map { series in
      Legend.Entry(name: series.name) { Self.sample(series, x: $0, y: $1) }
    }
    let frame = Frame(title: title, legend: entries, x: x, y: y, plotHeight: plotHeight)
    var elements = frame.elements
    let bars = series.filter { $0.mark == .bars }
    for (index, part) in bars.enumerated() { elements.append(self.bars(part, index, of: bars.count, frame)) }
    elements += rules.flatMap { rule($0, frame) }
    for part in series where part.mark == .area { elements.append(area(part, frame)) }
    for part in series where part.mark == .cloud { elements.append(cloud(part, frame)) }
    for part in series {
      switch part.mark {
      case .line(let isDashed): elements += line(part, isDashed: isDashed, frame)
      case .points: elements += markers(part, frame)
      case .bars, .area, .cloud: break
      }
    }
    return Drawing(width: Layout.width, height: frame.height, elements: elements)
  }

  // MARK: Marks

  private static func sample(_ series: Series, x: Double, y: Double) -> Element {
    let paint = Paint.series(series.style)
    switch series.mark {
    case .line(let isDashed):
      return Element("g") {
        stroke(PathData.polyline([(x - 9, y), (x + 9, y)]), paint, isDashed: isDashed)
        if !isDashed { Marker.element(style: series.style, x: x, y: y) }
      }
    case .points, .cloud: return Marker.element(style: series.style, x: x, y: y)
    case .bars, .area:
      return Element("rect", ["x": x - 6, "y": y - 5, "width": 12, "height": 10, "fill": paint.css])
    }
  }

  private static func stroke(_ path: String, _ paint: Paint, width: Double = 1.8, isDashed: Bool = false) -> Element {
    let element = Element(
      "path",
      ["d": path, "fill": "none", "stroke": paint.css, "stroke-width": width, "stroke-linejoin": "round"])
    return isDashed ? element.with("stroke-dasharray", "5 4") : element
  }

  private func rule(_ rule: Rule, _ frame: Frame) -> [Element] {
    func straight(_ ends: [(Double, Double)], _ style: Int?) -> [Element] {
      [
        Self.stroke(
          PathData.polyline(ends), style.map { .series($0) } ?? .ink, width: 1.2, isDashed: true)
      ]
    }
    switch rule {
    case .horizontal(let value, let style):
      let y = frame.y(value)
      return straight([(frame.left, y), (frame.right, y)], style)
    case .vertical(let value, let style):
      let x = frame.x(value)
      return straight([(x, frame.top), (x, frame.bottom)], style)
    case .diagonal: return frame.diagonal
    }
  }

  private func line(_ series: Series, isDashed: Bool, _ frame: Frame) -> [Element] {
    guard !series.points.isEmpty else { return [] }
    let path = PathData.polyline(series.points.map { (frame.x($0.x), frame.y($0.y)) })
    let line = Self.stroke(path, .series(series.style), isDashed: isDashed)
    return hasMarkers(frame) && !isDashed ? [line] + markers(series, frame) : [line]
  }

  /// Whether there is room for markers on the lines, so that each can be told from the next; all lines have them or none.
  private func hasMarkers(_ frame: Frame) -> Bool {
    series.filter { $0.mark == .line() }.allSatisfy { series in
      zip(series.points, series.points.dropFirst()).allSatisfy { abs(frame.x($0.x) - frame.x($1.x)) >= 5 }
    }
  }

  private func markers(_ series: Series, _ frame: Frame) -> [Element] {
    let paint = Paint.series(series.style)
    var intervals = PathData()
    for point in series.points {
      if let interval = point.yInterval {
        intervals.move(frame.x(point.x), frame.y(interval.lowerBound))
        intervals.line(frame.x(point.x), frame.y(interval.upperBound))
      }
      if let interval = point.xInterval {
        intervals.move(frame.x(interval.lowerBound), frame.y(point.y))
        intervals.line(frame.x(interval.upperBound), frame.y(point.y))
      }
    }
    let lines = intervals.text.isEmpty ? [] : [Self.stroke(intervals.text, paint, width: 1.4)]
    return lines
      + series.points.map { point in
        Marker.element(style: series.style, x: frame.x(point.x), y: frame.y(point.y), note: point.note)
      }
  }

  private func bars(_ series: Series, _ index: Int, of count: Int, _ frame: Frame) -> Element {
    var path = PathData()
    // Bars of one category fill four fifths of its room; with a continuous axis each bar fills its step.
    let room: Double
    if case .categories(let names) = x.scale {
      room = frame.width / Double(max(1, names.count))
    } else {
      let places = series.points.map { frame.x($0.x) }.sorted()
      room = zip(places.dropFirst(), places).map { $0 - $1 }.filter { $0 > 0 }.min().map { $0 * 1.2 } ?? 20
    }
    let width = room * 0.8 / Double(count)
    for point in series.points {
      let middle = frame.x(point.x) + (Double(index) - Double(count - 1) / 2) * width
      let zero = frame.clampedY(0), end = frame.clampedY(point.y)
      path.rectangle(
        middle - width * 0.47, min(zero, end), width: width * 0.94, height: max(0.4, abs(zero - end)))
    }
    return Element("path", ["d": path.text, "fill": Paint.series(series.style).css])
  }

  private func area(_ series: Series, _ frame: Frame) -> Element {
    let path = PathData.polyline(series.points.map { (frame.x($0.x), frame.y($0.y)) }, isClosed: true)
    let paint = Paint.series(series.style).css
    return Element(
      "path", ["d": path, "fill": paint, "fill-opacity": "0.22", "stroke": paint, "stroke-opacity": "0.4"])
  }

  private func cloud(_ series: Series, _ frame: Frame) -> Element {
    var path = PathData()
    for point in series.points { path.dot(frame.x(point.x), frame.y(point.y)) }
    return Element(
      "path",
      [
        "d": path.text, "stroke": Paint.series(series.style).css, "stroke-width": 2.4, "stroke-linecap": "round",
        "stroke-opacity": "0.7",
      ])
  }
}
