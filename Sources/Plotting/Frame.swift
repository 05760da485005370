/// Title, legend and axes of a drawing, and where values lie between them.
struct Frame {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  /// Of the whole drawing.
  let height: Double
  /// Title, legend, axes.
  private(set) var elements: [Element] = []
  private let xScale: Scale
  private let yScale: Scale

  /// - Parameters:
  ///   - plotHeight: between the axes.
  ///   - margin: kept free at the right.
  init(title: String, legend entries: [Legend.Entry] = [], x: Axis, y: Axis, plotHeight: Double, margin: Double = 14) {
    xScale = x.scale
    yScale = y.scale
    let yTicks = y.scale.ticks(most: max(2, Int(plotHeight / 34)))
    let widest = yTicks.map { TextMetrics.width($0.label, size: Layout.fontSize) }.max() ?? 0
    let labelWidth = min(widest, 118)
    left = (y.title.isEmpty ? 4 : Layout.lineHeight + 4) + labelWidth + 6
    right = Layout.width - margin
    elements.append(
      Label.element(
        title, x: 4, y: 15, size: Layout.titleSize, isBold: true, width: Layout.width - 8))
    let legend = Legend(entries, x: 4, y: 24, width: Layout.width - 8)
    elements += legend.elements
    top = 30 + legend.height
    bottom = top + plotHeight
    height = bottom + 20 + (x.title.isEmpty ? 0 : Layout.lineHeight + 2)
    drawYAxis(y, yTicks, labelWidth)
    drawXAxis(x)
  }

  /// Pixels between the axes.
  var width: Double { right - left }
  func x(_ value: Double) -> Double { left + xScale.fraction(value) * (right - left) }
  /// Categories go down, numbers go up.
  func y(_ value: Double) -> Double {
    if case .categories = yScale { return top + yScale.fraction(value) * (bottom - top) }
    return bottom - yScale.fraction(value) * (bottom - top)
  }
  func clampedY(_ value: Double) -> Double { min(bottom, max(top, y(value))) }

  private mutating func drawYAxis(_ axis: Axis, _ ticks: [Scale.Tick], _ labelWidth: Double) {
    for tick in ticks {
      let place = y(tick.value)
      elements.append(
        Element("path", ["d": PathData.polyline([(left, place), (right, place)]), "stroke": Paint.grid.css]))
      elements.append(
        Label.element(
          tick.label, x: left - 6, y: place + 4, anchor: .end, paint: .muted, width: labelWidth + 0.5))
    }
    guard !axis.title.isEmpty else { return }
    elements.append(
      Label.element(
        axis.title, x: 14, y: (top + bottom) / 2, anchor: .middle, paint: .muted, width: bottom - top + 20,
        isUpright: true))
  }

  private mutating func drawXAxis(_ axis: Axis) {
    let isCategorical: Bool
    if case .categories = axis.scale { isCategorical = true } else { isCategorical = false }
    // The widest label of a first guess decides how many fit.
    let guess = axis.scale.ticks(most: 6)
    let widest = guess.map { TextMetrics.width($0.label, size: Layout.fontSize) }.max() ?? 0
    let most = max(2, Int((right - left) / (widest + 14)))
    let ticks = isCategorical ? guess : axis.scale.ticks(most: min(9, most))
    let room = isCategorical ? (right - left) / Double(max(1, ticks.count)) - 4 : .infinity
    elements.append(
      Element("path", ["d": PathData.polyline([(left, bottom), (right, bottom)]), "stroke": Paint.muted.css]))
    for tick in ticks {
      let place = x(tick.value)
      if !isCategorical {
        elements.append(
          Element("path", ["d": PathData.polyline([(place, bottom), (place, bottom + 4)]), "stroke": Paint.muted.css]))
      }
      // A label at the very end is kept inside of the drawing.
      let half = TextMetrics.width(tick.label, size: Layout.fontSize) / 2
      let middle = isCategorical ? place : min(place, Layout.width - 2 - half)
      elements.append(
        Label.element(tick.label, x: middle, y: bottom + 16, anchor: .middle, paint: .muted, width: room))
    }
    guard !axis.title.isEmpty else { return }
    elements.append(
      Label.element(
        axis.title, x: (left + right) / 2, y: bottom + 16 + Layout.lineHeight + 1, anchor: .middle, paint: .muted,
        width: 2 * min((left + right) / 2, Layout.width - (left + right) / 2) - 4))
  }

  /// Where both axes say the same, inside the frame; with a seam in the colour of the ground, so that it is seen on cells
  /// of any colour.
  var diagonal: [Element] {
    var path = PathData()
    if case .linear(let xs) = xScale, case .linear(let ys) = yScale {
      let low = max(xs.lowerBound, ys.lowerBound), high = min(xs.upperBound, ys.upperBound)
      path.move(x(low), y(low))
      path.line(x(high), y(high))
    }
    return [(Paint.ground, 3.5), (Paint.ink, 1.2)].map { paint, width in
      Element(
        "path",
        ["d": path.text, "stroke": paint.css, "stroke-width": width, "stroke-dasharray": "5 4", "fill": "none"])
    }
  }
}
