import Diffusion
import Foundation

extension ScoreTable {
  /// How far methods can be believed in what they say of themselves; nothing where no method says anything.
  var doubtLines: [String] {
    var lines: [String] = []
    let exponents = rows.filter { $0.coverage != nil }
    if !exponents.isEmpty {
      lines += ["", "True exponents inside the stated intervals; 68 % and 95 % are meant"]
      lines += exponents.map { row in
        let shares = Estimate.Coverage.allCases.compactMap { row.coverage?[$0] }
          .map { String(format: "%5.1f %%", 100 * $0) }
        return Self.padded("\(row.model) \(row.subtask.dimension)D", 20) + shares.joined(separator: "  ")
          + (row.width.map { String(format: "  mean width of 95 %%: %.2f", $0) } ?? "")
      }
    }
    let models = rows.compactMap { row in
      row.value == nil ? nil : row.reliability?.expectedCalibrationError.map { (row, $0) }
    }
    if !models.isEmpty {
      lines += ["", "Stated probabilities of diffusion models: expected calibration error; 0 is meant"]
      lines += models.map { row, error in
        Self.padded("\(row.model) \(row.subtask.dimension)D", 20) + String(format: "%.3f", error)
      }
    }
    return lines
  }
}
