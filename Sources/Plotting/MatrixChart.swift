import Foundation

/// Numbers in rows and columns, each on a colour that goes with it.
public struct MatrixChart: Chart {
  public let title: String
  public let description: String
  public let table: DataTable
  public let rowTitle: String
  public let columnTitle: String
  public let rows: [String]
  public let columns: [String]
  /// `values[row][column]` within 0...100; nil where nothing is known.
  public let values: [[Double?]]

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
