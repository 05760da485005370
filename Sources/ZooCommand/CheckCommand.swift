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

      Gradients are compared with differences, predictions with themselves alone, in other orders, on other threads and \
      instruction sets, checkpoints with what was saved, and stored runs are replayed.
      """)

  @Argument(help: "Architectures; all where none is named.")
  var architectures: [String] = []
  @Flag(help: "Missing weights are a failure.")
  var needsWeights = false
  @Flag(help: "Show what passed, too.")
  var verbose = false
  @OptionGroup var weights: WeightOptions

  func run() throws {
    let registry = ZooProgram.registry
    let ids = architectures.isEmpty ? registry.ids : architectures
    let line = ProgressLine()
    var passed = 0, failed = 0, skipped = 0
    for id in ids {
      let checks = ArchitectureChecks(
        try registry.architecture(id), weights: weights.store, needsWeights: needsWeights)
      line.show("checking \(id)", always: true)
      let results = checks.results()
      line.clear()
      for result in results {
        switch result.outcome {
        case .passed: passed += 1
        case .failed: failed += 1
        case .skipped: skipped += 1
        }
        if verbose || result.outcome != .passed { say("\(result)") }
      }
    }
    say("\(passed) passed, \(failed) failed, \(skipped) skipped.")
    if failed > 0 { throw ExitCode.failure }
  }
}
