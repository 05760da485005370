import Foundation

/// One line on a terminal that is written over as work goes on; nothing at all in a pipe or a file.
final class ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1 && ZooProgram.communicator.isFirst
  private var last = Date.distantPast
  private var isShown = false

  /// Shows a line, at most ten times a second.
  func show(_ text: @autoclosure () -> String, always: Bool = false) {
    guard isTerminal, always || Date().timeIntervalSince(last) > 0.1 else { return }
    last = Date()
    isShown = true
    let line = String(text().prefix(max(20, Self.columns - 1)))
    FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
  }

  /// Takes the line away.
  func clear() {
    guard isShown else { return }
    isShown = false
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }

  /// Columns of the terminal; 80 where it does not say.
  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Seconds for a person: "3 h 12 min", "4 min 5 s", "2.1 s".
  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "unknown" }
    let whole = Int(seconds)
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    if whole >= 60 { return "\(whole / 60) min \(whole % 60) s" }
    return String(format: "%.1f s", seconds)
  }
}

/// A line on standard error; of several ranks the first one's.
func warn(_ text: String) {
  guard ZooProgram.communicator.isFirst else { return }
  FileHandle.standardError.write(Data((text + "\n").utf8))
}

/// A line on standard output, at once.
func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
