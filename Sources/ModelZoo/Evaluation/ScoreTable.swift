import Diffusion
import Foundation

/// Rows of an evaluation for people (text), spreadsheets (CSV) and programs (JSON).
public struct ScoreTable: Sendable {
  /// Where the trajectories came from.
  public let data: String
  /// In the order in which they are shown.
  public let rows: [Evaluation.Row]

  /// A table of these rows.
  public init(data: String, rows: [Evaluation.Row]) {
    self.data = data
    self.rows = rows
  }

  /// "mae" or "f1".
  static func metric(_ task: ChallengeTask) -> String { task == .exponent ? "mae" : "f1" }

  // MARK: Text

  /// A table of 80 columns for each task with its differences to the best below, then what failed.
  public var text: String { text(isStyled: false) }

  /// The same for a terminal where `isStyled`: the best of each column, and what does not differ from it, stand out.
  public func text(isStyled: Bool) -> String {
    var lines = ["Data: \(data)."]
    for task in ChallengeTask.allCases {
      let part = rows.filter { $0.subtask.task == task }
      guard !part.isEmpty else { continue }
      let dimensions = Set(part.map(\.subtask.dimension)).sorted()
      lines += [
        "",
        task == .exponent
          ? "Anomalous exponent: mean absolute error (95 % interval); smaller is better"
          : "Diffusion model: micro-F1 (95 % interval); larger is better",
      ]
      lines.append(Self.line("model", dimensions.map { "\($0)D" }, "ms/track"))
      for model in Self.models(part) {
        lines.append(Self.line(model, part.filter { $0.model == model }, dimensions, isStyled: isStyled))
      }
      lines += Self.differences(part, dimensions)
    }
    if isStyled, rows.contains(where: { $0.difference != nil }) { lines += ["", Emphasis.legend] }
    lines += doubtLines
    let failed = rows.filter { $0.error != nil }
    if !failed.isEmpty { lines.append("") }
    for row in failed { lines.append("\(row.model), \(row.subtask): \(row.error ?? "")") }
    return lines.joined(separator: "\n") + "\n"
  }

  static func models(_ rows: [Evaluation.Row]) -> [String] {
    var seen: Set<String> = []
    return rows.map(\.model).filter { seen.insert($0).inserted }
  }

  /// - Parameter emphasis: of each cell; lengths of cells do not count it.
  private static func line(
    _ model: String, _ cells: [String], _ time: String, emphasis: [Emphasis?] = []
  ) -> String {
    let columns = cells.enumerated().map { index, cell in
      let shown = index < emphasis.count ? emphasis[index]?.applied(to: cell) ?? cell : cell
      return shown + String(repeating: " ", count: max(0, 19 - cell.count)) + " "
    }
    return padded(model, 10) + " " + columns.joined() + String(repeating: " ", count: max(0, 8 - time.count)) + time
  }

  private static func line(
    _ model: String, _ rows: [Evaluation.Row], _ dimensions: [Int], isStyled: Bool
  ) -> String {
    let columns = dimensions.map { dimension in rows.first { $0.subtask.dimension == dimension } }
    let cells = columns.map { row -> String in
      guard let row else { return "" }
      if row.error != nil { return "failed, see below" }
      guard let value = row.value else { return "does not answer" }
      guard let interval = row.interval else { return String(format: "%.3f", value) }
      return String(format: "%.3f (%.3f-%.3f)", value, interval.lowerBound, interval.upperBound)
    }
    let timed = rows.filter { $0.seconds != nil }
    let count = timed.reduce(0) { $0 + $1.count }
    let seconds = timed.reduce(0) { $0 + ($1.seconds ?? 0) }
    return line(
      model, cells, count == 0 ? "" : String(format: "%.3f", 1000 * seconds / Double(count)),
      emphasis: isStyled ? columns.map { Emphasis($0?.difference) } : [])
  }

  static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  // MARK: CSV

  /// One line for each row; numbers in full, absent ones empty.
  public var csv: String {
    let header =
      "model,task,dimension,metric,value,low,high,difference,difference_low,difference_high,count,seconds,error"
    return ([header] + rows.map(Self.csvLine)).joined(separator: "\n") + "\n"
  }

  private static func csvLine(_ row: Evaluation.Row) -> String {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let error = row.error.map { "\"" + $0.replacingOccurrences(of: "\"", with: "\"\"") + "\"" } ?? ""
    return [
      row.model, row.subtask.task.rawValue, "\(row.subtask.dimension)", metric(row.subtask.task), number(row.value),
      number(row.interval?.lowerBound), number(row.interval?.upperBound), number(row.difference?.value),
      number(row.difference?.interval?.lowerBound), number(row.difference?.interval?.upperBound), "\(row.count)",
      number(row.seconds), error,
    ].joined(separator: ",")
  }

  // MARK: JSON

  private struct Document: Encodable {
    let data: String
    let rows: [Entry]
  }

  private struct Entry: Encodable {
    let model: String
    let task: String
    let dimension: Int
    let metric: String
    let value: Double?
    let low: Double?
    let high: Double?
    /// This value minus the best's on the same trajectories, with its 95 % interval; 0 for the best itself.
    let difference: Double?
    let differenceLow: Double?
    let differenceHigh: Double?
    let count: Int
    let seconds: Double?
    let error: String?
    /// `confusion[truth][predicted]` and, by class, precision and recall.
    let confusion: [[Int]]?
    let precision: [String: Double]?
    let recall: [String: Double]?
    /// Shares of true exponents inside stated intervals, and the mean width of those of 95 %.
    let coverage68: Double?
    let coverage95: Double?
    let width95: Double?
    /// Of stated probabilities.
    let calibrationError: Double?
    let reliability: [Reliability.Bin]?

    init(_ row: Evaluation.Row) {
      model = row.model
      task = row.subtask.task.rawValue
      dimension = row.subtask.dimension
      metric = ScoreTable.metric(row.subtask.task)
      value = row.value
      low = row.interval?.lowerBound
      high = row.interval?.upperBound
      difference = row.difference?.value
      differenceLow = row.difference?.interval?.lowerBound
      differenceHigh = row.difference?.interval?.upperBound
      count = row.count
      seconds = row.seconds
      error = row.error
      let matrix = row.value == nil ? nil : row.confusion
      func byClass(_ measure: (DiffusionModel) -> Double?) -> [String: Double] {
        Dictionary(
          uniqueKeysWithValues: DiffusionModel.allCases.compactMap { model in measure(model).map { (model.name, $0) } })
      }
      confusion = matrix?.counts
      precision = matrix.map { byClass($0.precision) }
      recall = matrix.map { byClass($0.recall) }
      coverage68 = row.coverage?[.sixtyEight]
      coverage95 = row.coverage?[.ninetyFive]
      width95 = row.width
      calibrationError = row.value == nil ? nil : row.reliability?.expectedCalibrationError
      reliability = row.value == nil ? nil : row.reliability?.bins
    }
  }

  /// An object with `data` and `rows`.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase  // the names of the CSV
    return String(decoding: try encoder.encode(Document(data: data, rows: rows.map(Entry.init))), as: UTF8.self) + "\n"
  }
}
