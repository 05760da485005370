import Diffusion
import Foundation

/// Writes results as rows: CSV, JSON lines, or a submission to the AnDi Challenge.
public struct TrackTable: Sendable {
  /// How rows are written.
  public enum Format: String, Sendable, CaseIterable {
    /// A row of names, then one row a piece.
    case csv
    /// One object a line.
    case jsonl
    /// The dimension and the answer, between semicolons.
    case andi
  }

  /// How rows are written.
  public let format: Format
  /// What has columns.
  public let tasks: [ChallengeTask]
  /// In which the diffusion coefficient is written.
  public let units: TrackUnits

  /// - Parameters:
  ///   - format: how rows are written.
  ///   - tasks: what has columns.
  ///   - units: in which the diffusion coefficient is written.
  public init(_ format: Format, tasks: [ChallengeTask], units: TrackUnits) {
    self.format = format
    self.tasks = tasks
    self.units = units
  }

  /// Why a row can't be written.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// The challenge's format has no place for a trajectory without an answer.
    case noAnswer(track: String, reason: String)

    public var description: String {
      switch self {
      case .noAnswer(let track, let reason):
        "Track \(track) \(reason); the challenge's format has no place for a trajectory without an answer. "
          + "Use --format csv, or another --shortest or --gaps."
      }
    }
  }

  /// A cell of a row.
  private enum Cell {
    case text(String)
    case number(Int)
    /// Six decimal places.
    case fixed(Double)
    /// Six significant digits.
    case scientific(Double)
    case list([String])
    case none
  }

  /// What stands in front of all rows; empty for formats without names.
  public var header: String {
    format == .csv ? cells(nil).map(\.name).joined(separator: ",") + "\n" : ""
  }

  /// A row with its line feed.
  /// - Throws: `Failure.noAnswer` in the challenge's format.
  public func line(_ result: TrackResult) throws(Failure) -> String {
    switch format {
    case .csv: return cells(result).map { Self.csv($0.cell) }.joined(separator: ",") + "\n"
    case .jsonl:
      return "{" + cells(result).map { "\"\($0.name)\":" + Self.json($0.cell) }.joined(separator: ",") + "}\n"
    case .andi:
      guard let task = tasks.first, let dimension = result.dimension,
        let values = task == .exponent ? result.exponentValue.map({ [$0] }) : result.probabilities
      else { throw .noAnswer(track: result.track, reason: result.reason ?? "has no answer") }
      return AnDiText.submissionLine(dimension: dimension, values: values)
    }
  }

  private func cells(_ result: TrackResult?) -> [(name: String, cell: Cell)] {
    func number(_ value: Int?) -> Cell { value.map(Cell.number) ?? .none }
    func fixed(_ value: Double?) -> Cell { value.map(Cell.fixed) ?? .none }
    var cells: [(String, Cell)] = [
      ("track", .text(result?.track ?? "")), ("piece", number(result?.piece)),
      ("first_frame", number(result?.firstFrame)), ("points", number(result?.points)),
      ("gaps", number(result?.missingFrames)), ("dimension", number(result?.dimension)),
    ]
    if tasks.contains(.exponent) {
      cells += [
        ("exponent", fixed(result?.exponentValue)), ("exponent_sd", fixed(result?.exponent?.deviation)),
      ]
      for coverage in Estimate.Coverage.allCases {
        let interval = result?.exponent?.interval(coverage), percent = Int((coverage.rawValue * 100).rounded())
        cells.append(("exponent_low_\(percent)", fixed(interval?.lowerBound)))
        cells.append(("exponent_high_\(percent)", fixed(interval?.upperBound)))
      }
      cells.append(("exponent_spread", fixed(result?.exponent?.spread)))
    }
    if tasks.contains(.model) {
      cells.append(("model", (result?.bestModel).map { .text($0.name) } ?? .none))
      for model in DiffusionModel.allCases {
        cells.append(("p_" + model.name, fixed(result?.probabilities?[model.rawValue])))
      }
      cells.append(("model_spread", fixed(result?.model?.spread)))
    }
    let fit = result?.fit
    let coefficient = fit.flatMap { fit in
      fit.generalisedCoefficient.map { units.coefficient($0, exponent: fit.exponent) }
    }
    cells += [
      ("msd_exponent", coefficient == nil ? .none : fixed(fit?.exponent)),
      ("msd_D", coefficient.flatMap { $0.isFinite ? .scientific($0) : nil } ?? .none),
      ("msd_D_unit", coefficient == nil ? .none : .text(units.coefficientUnit)),
      ("flags", .list(result?.flags.map(\.name) ?? [])),
      ("note", (result?.reason).map { .text($0) } ?? .none),
    ]
    return cells
  }

  // MARK: Text

  private static func csv(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): quotedForCSV(text)
    case .list(let words): words.joined(separator: " ")
    case .none: ""
    default: digits(cell)
    }
  }

  private static func json(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): quotedForJSON(text)
    case .list(let words): "[" + words.map(quotedForJSON).joined(separator: ",") + "]"
    case .none: "null"
    default: digits(cell)
    }
  }

  private static func digits(_ cell: Cell) -> String {
    switch cell {
    case .number(let value): "\(value)"
    case .fixed(let value): fixed(value)
    case .scientific(let value): String(format: "%.6g", value)
    default: ""
    }
  }

  /// As "%.6f", many times faster; for numbers of ordinary size.
  static func fixed(_ value: Double) -> String {
    guard abs(value) < 1e9 else { return String(format: "%.6f", value) }
    let millionths = Int((abs(value) * 1e6).rounded()), fraction = String(millionths % 1_000_000)
    return (value < 0 && millionths > 0 ? "-" : "") + "\(millionths / 1_000_000)."
      + String(repeating: "0", count: 6 - fraction.count) + fraction
  }

  /// In quotes where a reader of CSV would otherwise see something else.
  public static func quotedForCSV(_ text: String) -> String {
    let isPlain =
      text.utf8.allSatisfy { $0 != 34 && $0 != 44 && $0 != 10 && $0 != 13 } && text.first != " "
      && text.last != " "
    return isPlain ? text : "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  /// As a string of JSON; angle brackets too are escaped, so that it may stand in a page.
  public static func quotedForJSON(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{7F}": result += escape(scalar)
      default:
        if scalar.value < 32 { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
      }
    }
    return result + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
