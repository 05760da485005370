/// What came of one check.
public struct CheckResult: Sendable, CustomStringConvertible {
  /// How a check ended.
  public enum Outcome: Sendable, Equatable {
    /// All is as it should be.
    case passed
    /// With what was expected and found.
    case failed(String)
    /// With why.
    case skipped(String)
  }

  /// What was checked, as a statement.
  public let name: String
  /// The architecture and, where it matters, the subtask.
  public let subject: String
  /// How it ended.
  public let outcome: Outcome

  /// Whether something is wrong; what was skipped is no failure.
  public var isFailure: Bool { if case .failed = outcome { true } else { false } }

  public var description: String {
    switch outcome {
    case .passed: "PASSED   \(subject): \(name)"
    case .failed(let reason): "FAILED   \(subject): \(name): \(reason)"
    case .skipped(let reason): "skipped  \(subject): \(name): \(reason)"
    }
  }
}

/// Why a check ends early.
enum CheckEnd: Error {
  case failed(String)
  case skipped(String)
}

/// Ends a check as failed unless `condition` holds.
func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws {
  if !condition { throw CheckEnd.failed(reason()) }
}

/// Runs one check; whatever it throws is a failure with that error's sentence.
func check(_ name: String, _ subject: String, _ body: () throws -> Void) -> CheckResult {
  do {
    try body()
    return CheckResult(name: name, subject: subject, outcome: .passed)
  } catch CheckEnd.failed(let reason) {
    return CheckResult(name: name, subject: subject, outcome: .failed(reason))
  } catch CheckEnd.skipped(let reason) {
    return CheckResult(name: name, subject: subject, outcome: .skipped(reason))
  } catch {
    return CheckResult(name: name, subject: subject, outcome: .failed("\(error)"))
  }
}
