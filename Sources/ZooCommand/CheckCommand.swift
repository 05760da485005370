import ArgumentParser
import ModelZoo
import ZooConformance

/// `zoo check`: the conformance suite.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Runs the conformance suite on architectures and their weights.",
    discussion: """
      Examples:
        zoo check wadnet
        zoo check --weights my-weights
        zoo check foo --plugin ./libFoo.so

      Gradients are compared with differences, predictions with themselves alone, in other orders, on other threads and \
      instruction sets, checkpoints with what was saved, and stored runs are replayed. The exit code is 1 where a check \
      fails; a check that fails doesn't stop the others.
      """)

  @Argument(help: "Architectures; all where none is named.")
  var architectures: [String] = []
  @Flag(help: "Missing weights are a failure.")
  var needsWeights = false
  @Flag(help: "A line for each subtask.")
  var verbose = false
  @OptionGroup var weights: WeightOptions

  func run() throws {
    let registry = ZooProgram.registry
    let chosen = try architectures.isEmpty ? registry.architectures : architectures.map(registry.architecture)
    let line = ProgressLine()
    var all: [CheckResult] = []
    for architecture in chosen {
      line.show("checking \(architecture.card.id)", always: true)
      let checks = ArchitectureChecks(architecture, weights: weights.store, needsWeights: needsWeights)
      let results = checks.results()
      line.clear()
      if verbose {
        for result in results { say("\(result)") }
      } else {
        say(architecture.card.id)
        for text in Self.summary(of: results) { say("  " + text) }
      }
      all += results
    }
    let failed = all.count { $0.isFailure }, passed = all.count { $0.outcome == .passed }
    say("\(passed) passed, \(failed) failed, \(all.count - passed - failed) skipped.")
    if failed > 0 { throw ExitCode.failure }
  }

  /// One line for each check, whatever the number of subtasks, and one for each reason.
  static func summary(of results: [CheckResult]) -> [String] {
    var names: [String] = []
    for result in results where !names.contains(result.name) { names.append(result.name) }
    return names.flatMap { name in
      let cells = results.filter { $0.name == name }
      var lines: [String] = []
      var skipped: [String] = []
      for cell in cells {
        switch cell.outcome {
        case .passed: break
        case .failed(let reason): lines.append("         \(cell.subject): \(reason)")
        case .skipped(let reason): if !skipped.contains(reason) { skipped.append(reason) }
        }
      }
      let passed = cells.count { $0.outcome == .passed }
      let word = !lines.isEmpty ? "FAILED " : passed > 0 ? "PASSED " : "skipped"
      let note = skipped.isEmpty ? "" : " (\(passed) of \(cells.count): \(skipped.joined(separator: "; ")))"
      return ["\(word)  \(name)\(note)"] + lines
    }
  }
}
