/// The numbers behind a chart, in rows.
public struct DataTable: Sendable, Equatable {
  /// One entry.
  public enum Cell: Sendable, Equatable {
    /// Words, as they are.
    case text(String)
    /// A measured value, shown in full; one that is not finite leaves the cell empty.
    case number(Double)
    /// A whole number.
    case count(Int)
    /// Nothing is known.
    case absent

    /// In full, as a program reads it; empty where nothing is known.
    public var text: String {
      switch self {
      case .text(let text): text
      case .number(let number): number.isFinite ? "\(number)" : ""
      case .count(let count): "\(count)"
      case .absent: ""
      }
    }

    /// A number, or nothing.
    public init(_ number: Double?) { self = number.map { .number($0) } ?? .absent }
  }

  /// What the rows are about.
  public let caption: String
  /// Names of the columns.
  public let columns: [String]
  /// As many cells each as columns.
  public let rows: [[Cell]]

  /// A table of these rows.
  ///
  /// - Precondition: every row has as many cells as there are columns.
  public init(_ caption: String, columns: [String], rows: [[Cell]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row has another number of cells than columns")
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// Lines with tabs between cells, as spreadsheets take them; tabs and line ends inside become blanks.
  public var tabSeparated: String {
    func line(_ cells: [String]) -> String {
      cells.map { $0.map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined() }.joined(separator: "\t")
    }
    return ([line(columns)] + rows.map { line($0.map(\.text)) }).joined(separator: "\n") + "\n"
  }
}
