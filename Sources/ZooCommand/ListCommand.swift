import ArgumentParser
import ModelZoo

/// `zoo list`: what there is.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists architectures, what each answers, and where trained weights are found.",
    discussion: "Example: zoo list")

  @OptionGroup var weights: WeightOptions

  func run() throws {
    var lines: [String] = []
    for architecture in ZooProgram.registry.architectures {
      let card = architecture.card
      lines.append("\(card.id)  \(card.title)")
      lines.append("    \(card.summary)")
      for task in Set(card.subtasks.map(\.task)).sorted(by: { $0.number < $1.number }) {
        let cells = card.subtasks.filter { $0.task == task }.sorted { $0.dimension < $1.dimension }
        let texts = try cells.map { "\($0.dimension)D" + (try mark(architecture, $0)) }
        lines.append("    \(task == .exponent ? "exponent" : "model   ")  \(texts.joined(separator: ", "))")
      }
    }
    lines.forEach { say($0) }
  }

  /// What is to be said of the weights for a subtask.
  /// - Throws: why a file that was named in place of a folder holds none.
  private func mark(_ architecture: any Architecture, _ subtask: Subtask) throws -> String {
    guard (try? architecture.parameters(for: subtask).isEmpty) == false else { return "" }
    do {
      _ = try weights.store.files(architecture.card.id, subtask)
      return ""
    } catch CheckpointError.notFound {
      return " (no weights)"
    }
  }
}
