import Foundation

/// Numbers in rows and columns, each on a colour that goes with it.
public struct MatrixChart: Chart {
  /// Stands above the drawing.
  public let title: String
  /// What the matrix shows, for who can't see it.
  public let description: String
  /// The numbers behind the matrix.
  public let table: DataTable
  /// What the rows are, beside the vertical axis.
  public let rowTitle: String
  /// What the columns are, below the horizontal axis.
  public let columnTitle: String
  /// Names of the rows, as many as `values` has.
  public let rows: [String]
  /// Names of the columns, as many as each row of `values` has.
  public let columns: [String]
  /// `values[row][column]` within 0...100; nil where nothing is known.
  public let values: [[Double?]]

  /// A matrix of percentages.
  ///
  /// - Parameters:
  ///   - title: the chart's heading.
  ///   - description: what the chart shows, for those who cannot see it.
  ///   - rowTitle: what rows stand for.
  ///   - columnTitle: what columns stand for.
  ///   - rows: names of rows, from the top.
  ///   - columns: names of columns, from the left.
  ///   - values: `values[row][column]` within 0...100; nil where nothing is known.
  ///   - table: the numbers behind it.
  public init(
    _ title: String, description: String, rowTitle: String, columnTitle: String, rows: [String], columns: [String],
    percentages values: [[Double?]], table: DataTable
  ) {
    self.title = title
    self.description = description
    self.rowTitle = rowTitle
    self.columnTitle = columnTitle
    self.rows = rows
    self.columns = columns
    self.values = values
    self.table = table
  }

  /// A coloured box for each value, with one decimal written in it; a dash where nothing is known.
  public func drawing() -> Drawing {
    let frame = Frame(
      title: title, x: Axis(columnTitle, .categories(columns)), y: Axis(rowTitle, .categories(rows)), plotHeight: 230)
    let width = frame.width / Double(max(1, columns.count))
    let height = (frame.bottom - frame.top) / Double(max(1, rows.count))
    var elements: [Element] = []
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let x = frame.x(Double(column)), y = frame.y(Double(row))
        let level = value.map { min(Palette.levels - 1, max(0, Int($0 / 100 * Double(Palette.levels)))) }
        let paint = level.map { Paint.map($0).css } ?? "none"
        elements.append(
          Element(
            "rect",
            [
              "x": x - width / 2 + 1, "y": y - height / 2 + 1, "width": width - 2, "height": height - 2, "rx": 2,
              "fill": paint,
            ]))
        elements.append(
          Label.element(
            value.map { String(format: "%.1f", $0) } ?? "–", x: x, y: y + 4, anchor: .middle,
            paint: level.map { .onMap($0) } ?? .muted))
      }
    }
    return Drawing(width: Layout.width, height: frame.height, elements: frame.elements + elements)
  }
}
