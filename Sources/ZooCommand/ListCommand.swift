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
    for architecture in ZooProgram.registry.architectures {
      let card = architecture.card
      say("\(card.id)  \(card.title)")
      say("    \(card.summary)")
      for task in Set(card.subtasks.map(\.task)).sorted(by: { $0.number < $1.number }) {
        let cells = card.subtasks.filter { $0.task == task }.sorted { $0.dimension < $1.dimension }
        let texts = cells.map { "\($0.dimension)D" + mark(architecture, $0) }
        say("    \(task == .exponent ? "exponent" : "model   ")  \(texts.joined(separator: ", "))")
      }
    }
  }

  /// What is to be said of the weights for a subtask.
  private func mark(_ architecture: any Architecture, _ subtask: Subtask) -> String {
    guard (try? architecture.parameters(for: subtask).isEmpty) == false else { return "" }
    return (try? weights.store.files(architecture.card.id, subtask)) == nil ? " (no weights)" : ""
  }
}
