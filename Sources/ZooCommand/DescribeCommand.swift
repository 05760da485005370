import ArgumentParser
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

/// `zoo describe`: one architecture in full.
struct DescribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Shows an architecture's card, layers, shapes and parameters, and where its weights came from.",
    discussion: """
      Examples:
        zoo describe wadnet --task model --dimension 3
        zoo describe --machine
      """)

  @Argument(help: "An architecture; `zoo list` shows all.")
  var architecture: String?
  @Option(help: "exponent or model.")
  var task = ChallengeTask.exponent
  @Option(help: "1, 2 or 3.")
  var dimension = 1
  @Option(help: "Points of the trajectory that shapes are shown for.")
  var length = 100
  @Flag(help: "Show what this machine computes with.")
  var machine = false
  @OptionGroup var weights: WeightOptions

  func validate() throws {
    guard (1...3).contains(dimension) else { throw ValidationError("--dimension must be 1, 2 or 3, not \(dimension).") }
    guard architecture != nil || machine else {
      throw ValidationError("Name an architecture, e.g. zoo describe wadnet, or ask for --machine.")
    }
  }

  func run() throws {
    if machine {
      say("instruction sets: \(KernelTable.available.map(\.name).joined(separator: ", ")); ZOO_ISA chooses one")
      say("chosen: \(try KernelTable.chosen())")
      say("threads: \(Workers().count); ZOO_THREADS changes that")
      say("plugin interface: \(LibraryInterface.current)")
      let places = LibraryPlaces()
      let names = (places.named + places.folders).joined(separator: ", ")
      say("plugins from: \(names.isEmpty ? "nowhere" : names); ZOO_PLUGINS changes that")
    }
    guard let id = architecture else { return }
    let architecture = try ZooProgram.registry.architecture(id)
    let subtask = Subtask(task: task, dimension: dimension)
    describe(architecture.card)
    try architecture.card.require(subtask)
    if let network = architecture as? any NetworkArchitecture { try describe(network, subtask) }
    try describeWeights(architecture, subtask)
  }

  private func describe(_ card: Card) {
    say("\(card.title) (\(card.id))")
    say("  \(card.summary)")
    say("  reference: \(card.reference)")
    say("  answers: \(card.subtasks.map(\.name).joined(separator: ", "))")
    say("  takes: \(card.lengths.lowerBound) to \(card.lengths.upperBound) points")
    let kept = card.invariances.map { $0 == .shift ? "shifts" : "scaling of each component" }
    if !kept.isEmpty { say("  unchanged by: \(kept.joined(separator: ", "))") }
    if let licence = card.weightsLicence { say("  licence of weights: \(licence)") }
  }

  private func describe<Network: NetworkArchitecture>(_ network: Network, _ subtask: Subtask) throws {
    say("  configuration: \(network.configurationText)")
    let graph = try network.graph(for: subtask)
    let shapes = try graph.shapes(steps: length)
    say("\n\(subtask), \(length) points\n")
    var counted: Set<String> = []
    var rows: [[String]] = [["layer", "kind", "result", "parameters"]]
    for (node, shape) in zip(graph.nodes, shapes) {
      let specs = node.layer.parameters.filter { $0.role == .trained }
      let isShared = !specs.isEmpty && specs.allSatisfy { counted.contains(node.key(of: $0.name)) }
      counted.formUnion(specs.map { node.key(of: $0.name) })
      let count = specs.reduce(0) { $0 + $1.count }
      rows.append([
        node.name, "\(type(of: node.layer))", "\(shape)", isShared ? "shared" : count == 0 ? "" : "\(count)",
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      say("  " + cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces))
    }
    say("\n  trained parameters: \(graph.trainedParameterCount)")
  }

  private func describeWeights(_ architecture: any Architecture, _ subtask: Subtask) throws {
    guard try !architecture.parameters(for: subtask).isEmpty else { return }
    let files: [String]
    do { files = try weights.store.files(architecture.card.id, subtask) } catch { return say("\nweights: none found") }
    for file in files {
      say("\nweights: \(file)")
      let known = try Weights(contentsOf: file)
      for (number, member) in known.members.enumerated() {
        if known.members.count > 1 { say("  network \(number + 1) of \(known.members.count)") }
        describe(member)
      }
      if files.count == 1, !known.serving.isEmpty { say("  answers: \(known.serving.summary)") }
    }
    if files.count > 1 {
      let together = try weights.store.weights(architecture.card.id, subtask)
      say("\ntogether: \(together.members.count) networks, \(together.serving.summary)")
    }
  }

  private func describe(_ member: Checkpoint) {
    if let lengths = member.lengths {
      let range = lengths.count > 1 ? "\(lengths.lowerBound) to \(lengths.upperBound)" : "\(lengths.lowerBound)"
      say("  made for: \(range) points")
    }
    if member.precision != .float32 { say("  stored as: \(member.precision.rawValue)") }
    guard let training = member.training else { return }
    if let data = training.data { say("  data: \(data)") }
    if let seen = training.trajectoriesSeen { say("  trajectories seen: \(seen)") }
    if let metric = training.validationMetric, let score = training.validationScore {
      say("  validation: \(metric) \(String(format: "%.4f", score))")
    }
    if let arithmetic = training.arithmetic { say("  arithmetic: \(arithmetic)") }
  }
}
