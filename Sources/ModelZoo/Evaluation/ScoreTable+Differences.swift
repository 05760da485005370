import Diffusion
import Foundation

extension ScoreTable {
  /// The differences to the best of each column, in 80 columns; nothing where nothing is compared.
  static func differences(_ part: [Evaluation.Row], _ dimensions: [Int]) -> [String] {
    let compared = part.filter { $0.difference != nil }
    guard !compared.isEmpty else { return [] }
    func line(_ model: String, _ cells: [String]) -> String {
      let text = padded(model, 10) + " " + cells.map { padded($0, 22) }.joined(separator: " ")
      return String(text.reversed().drop { $0 == " " }.reversed())
    }
    let lines = models(compared).map { model in
      line(
        model,
        dimensions.map { dimension in
          let row = compared.first { $0.model == model && $0.subtask.dimension == dimension }
          return row?.difference.map(cell) ?? ""
        })
    }
    return ["", "Difference to the best on the same trajectories (95 % interval)"]
      + [line("model", dimensions.map { "\($0)D" })] + lines
  }

  private static func cell(_ difference: PairedDifference) -> String {
    if difference.isReference { return "best" }
    guard let interval = difference.interval else { return number(difference.value) }
    return "\(number(difference.value)) (\(number(interval.lowerBound)),\(number(interval.upperBound)))"
  }

  /// Three digits, and no minus before zeros.
  private static func number(_ value: Double) -> String {
    let text = String(format: "%.3f", value)
    return text == "-0.000" ? "0.000" : text
  }

  /// How a cell stands out on a terminal: without colours, so that it is seen on any background and by anybody.
  enum Emphasis {
    case best, tied

    /// Nil for what is significantly worse than the best, or not compared.
    init?(_ difference: PairedDifference?) {
      guard let difference, !difference.isSignificant else { return nil }
      self = difference.isReference ? .best : .tied
    }

    func applied(to text: String) -> String {
      switch self {
      case .best: "\u{1B}[1m\(text)\u{1B}[0m"
      case .tied: "\u{1B}[4m\(text)\u{1B}[0m"
      }
    }

    static let legend =
      Emphasis.best.applied(to: "Bold") + ": the best. " + Emphasis.tied.applied(to: "Underlined")
      + ": does not differ from it (its interval holds 0)."
  }
}
