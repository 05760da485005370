/// Why a run can't go on.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// Too many steps had no finite gradient.
  case diverged(steps: Int, skipped: Int)

  public var description: String {
    switch self {
    case .diverged(let steps, let skipped):
      "Training diverged: \(skipped) of \(steps) steps had no finite gradient. Lower schedule.rate or clipping."
    }
  }
}
