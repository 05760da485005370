import Foundation

/// A histogram over two numbers: how many values fell into each cell, as levels of a colour.
public struct HeatMapChart: Chart {
  /// Stands above the drawing.
  public let title: String
  /// What the histogram shows, for who can't see it.
  public let description: String
  /// The numbers behind the histogram.
  public let table: DataTable
  /// The horizontal axis, over whose whole width the columns lie.
  public let x: Axis
  /// The vertical axis, over whose whole height the rows lie.
  public let y: Axis
  /// `counts[column][row]`: columns from the lowest x, rows from the lowest y, evenly over the linear axes.
  public let counts: [[Int]]
  /// What is counted.
  public let unit: String

  /// A histogram of counts that were made before.
  ///
  /// - Parameters:
  ///   - title: the chart's heading.
  ///   - description: what the chart shows, for those who cannot see it.
  ///   - x: the axis of columns.
  ///   - y: the axis of rows.
  ///   - counts: `counts[column][row]`, both from the lowest value.
  ///   - unit: what is counted, e.g. "trajectories".
  ///   - table: the numbers behind it.
  public init(
    _ title: String, description: String, x: Axis, y: Axis, counts: [[Int]], unit: String, table: DataTable
  ) {
    self.title = title
    self.description = description
    self.x = x
    self.y = y
    self.counts = counts
    self.unit = unit
    self.table = table
  }

  private var most: Int { counts.lazy.flatMap { $0 }.max() ?? 0 }

  /// Levels are even in the logarithm, so that rare cells are seen beside frequent ones.
  private func level(_ count: Double) -> Int {
    guard most > 1 else { return Palette.levels - 1 }
    let share = log(1 + count) / log(1 + Double(most))
    return min(Palette.levels - 1, max(0, Int(share * Double(Palette.levels))))
  }

  /// Cells with a count above 0, the diagonal and, at the right, the key to the colours.
  public func drawing() -> Drawing {
    let frame = Frame(title: title, x: x, y: y, plotHeight: 250, margin: 58)
    var paths = [PathData](repeating: PathData(), count: Palette.levels)
    let columnWidth = frame.width / Double(max(1, counts.count))
    for (column, rows) in counts.enumerated() {
      let rowHeight = (frame.bottom - frame.top) / Double(max(1, rows.count))
      for (row, count) in rows.enumerated() where count > 0 {
        paths[level(Double(count))].rectangle(
          frame.left + Double(column) * columnWidth, frame.bottom - Double(row + 1) * rowHeight, width: columnWidth,
          height: rowHeight)
      }
    }
    let cells = paths.enumerated().filter { !$1.text.isEmpty }.map { level, path in
      Element("path", ["d": path.text, "fill": Paint.map(level).css, "shape-rendering": "crispEdges"])
    }
    return Drawing(
      width: Layout.width, height: frame.height, elements: frame.elements + cells + frame.diagonal + key(frame))
  }

  /// The colours beside their counts, at the right.
  private func key(_ frame: Frame) -> [Element] {
    let x = frame.right + 12, height = (frame.bottom - frame.top) / Double(Palette.levels)
    let scale = (0..<Palette.levels).map { level in
      Element(
        "rect",
        [
          "x": x, "y": frame.bottom - Double(level + 1) * height, "width": 10, "height": height + 0.3,
          "fill": Paint.map(level).css,
        ])
    }
    let wanted = [1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 100_000].filter { $0 < most * 2 / 3 } + [most]
    let labels = wanted.filter { $0 > 0 }.map { count in
      Label.element(
        NumberText.tick(Double(count), step: 1), x: x + 13,
        y: frame.bottom - log(1 + Double(count)) / log(1 + Double(max(1, most))) * (frame.bottom - frame.top) + 4,
        paint: .muted, size: 10, width: 32)
    }
    return scale + labels
  }
}
