import Foundation

/// What standard output is.
enum Terminal {
  /// Whether text may be emphasised: on a terminal that can, unless the user said `NO_COLOR` (no-color.org).
  static var isStyled: Bool {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(STDOUT_FILENO) == 1, environment["NO_COLOR", default: ""].isEmpty else { return false }
    return !["", "dumb"].contains(environment["TERM", default: ""])
  }
}
