import Foundation
import Testing

/// `zoo check` as its user sees it.
@Suite struct CheckTests {
  @Test func everyCheckHasItsLine() throws {
    let run = try Run(["check", "msd"])
    #expect(run.status == 0 && run.errors.isEmpty)
    let lines = run.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "msd")
    for name in [
      "its card says who it is", "predictions are in range", "the same question has the same answer",
      "the order of trajectories is kept", "a batch equals singles", "predictions stay where the card says so",
      "wrong trajectories are errors", "extreme trajectories have answers or typed errors",
      "refuses what it does not answer",
    ] {
      #expect(lines.contains("  PASSED   " + name))
    }
    #expect(lines.last == "25 passed, 0 failed, 0 skipped.")
    let verbose = try Run(["check", "msd", "--verbose"])
    #expect(verbose.output.contains("PASSED   msd, exponent-2d: a batch equals singles"))
  }

  @Test func nobodyIsChecked() throws {
    let run = try Run(["check", "nobody"])
    #expect(run.status == 1 && run.output.isEmpty && run.errors.contains("No architecture 'nobody'"))
  }
}
