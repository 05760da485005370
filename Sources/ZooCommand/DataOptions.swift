import ArgumentParser
import Diffusion
import Foundation
import LayerGraph
import ModelZoo

extension ChallengeTask: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

/// A list such as "1,3" or "wadnet,msd" as one argument.
struct CommaList<Element: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
  let elements: [Element]

  init(_ elements: [Element]) { self.elements = elements }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Element(argument: String($0)) }
    let known = parts.compactMap { $0 }
    guard !known.isEmpty, known.count == parts.count else { return nil }
    elements = known
  }
}

/// Which cells of the comparison are wanted.
struct SubtaskOptions: ParsableArguments {
  @Option(help: "exponent, model, or both: exponent,model.")
  var tasks: CommaList<ChallengeTask>?
  @Option(help: "1, 2, 3, or several: 1,2,3.")
  var dimensions: CommaList<Int>?

  func validate() throws {
    for dimension in dimensions?.elements ?? [] where !(1...3).contains(dimension) {
      throw ValidationError("--dimensions must be among 1, 2 and 3, not \(dimension).")
    }
  }

  /// The cells, exponents first.
  var subtasks: [Subtask] {
    Subtask.all.filter {
      (tasks?.elements ?? ChallengeTask.allCases).contains($0.task)
        && (dimensions?.elements ?? [1, 2, 3]).contains($0.dimension)
    }
  }

  /// Whether the user named cells at all.
  var isNarrowed: Bool { tasks != nil || dimensions != nil }
}

/// Where labelled trajectories come from: a simulation or a file.
struct DataOptions: ParsableArguments {
  @Option(help: "Trajectories to simulate for each task and dimension.")
  var count = 2000
  @Option(help: "What the simulation's random numbers derive from.")
  var seed: UInt64 = 2020
  @Option(help: "Labelled trajectories: HDF5, AnDi text, or a folder with task1.txt and ref1.txt.")
  var data: String?
  @Option(help: "The labels of an AnDi text file, where they are not in ref1.txt beside task1.txt.")
  var reference: String?

  func validate() throws {
    guard (1...10_000_000).contains(count) else {
      throw ValidationError("--count must lie within 1...10000000, not \(count).")
    }
    if reference != nil, data == nil { throw ValidationError("--reference needs --data.") }
  }

  /// For a person to read.
  var title: String { data ?? "AnDi 2020 simulation, seed \(seed), \(count) trajectories a cell" }

  /// What ranks compare: they must see the same.
  static func text(_ sources: [any TrajectorySource]) -> String {
    sources.map { "\($0.title), \($0.task.rawValue) \($0.dimension)D: \($0.count)" }.joined(separator: "\n")
  }

  /// The source of one cell.
  /// - Parameter needsLabels: whether a file without labels is an error.
  func source(_ subtask: Subtask, needsLabels: Bool = true) throws -> any TrajectorySource {
    guard let data else {
      return ChallengeSimulation(task: subtask.task, dimension: subtask.dimension, seed: seed, count: count)
    }
    try TrajectoryTrial.check(data)
    return try TrajectoryFile.open(
      data, reference: reference, task: subtask.task, dimension: subtask.dimension, needsLabels: needsLabels)
  }

  /// The sources of some cells; cells that a file lacks are left out unless they were asked for by name.
  func sources(_ options: SubtaskOptions) throws -> [any TrajectorySource] {
    guard let data else { return try options.subtasks.map { try source($0) } }
    var sources: [any TrajectorySource] = [], absence: (any Error)?
    for subtask in options.subtasks {
      do {
        let source = try source(subtask)
        if source.count > 0 { sources.append(source) }
      } catch let error as FormatError {
        guard !options.isNarrowed, case .absent = error else { throw error }
        absence = error
      }
    }
    if sources.isEmpty {
      throw absence ?? FormatError.absent(file: data, wanted: "trajectories of these dimensions", found: "others")
    }
    return sources
  }
}

/// Where weights are looked for.
struct WeightOptions: ParsableArguments {
  @Option(
    help: "The folder with weights: FOLDER/wadnet/exponent-1d.h5 and so on, or one weight file. Also ZOO_WEIGHTS.")
  var weights: String?
  @OptionGroup var plugins: PluginOptions

  var store: WeightStore { WeightStore(named: weights) }

  /// The folder that weights of the user's own are written to.
  var target: String {
    let given = weights ?? ProcessInfo.processInfo.environment["ZOO_WEIGHTS"] ?? ""
    return given.isEmpty ? WeightStore.userFolder : given
  }
}

/// How exact inference is.
struct PrecisionOptions: ParsableArguments {
  @Option(help: "float32, or bfloat16 where the processor has it: faster, and less exact.")
  var precision = Precision.float32

  /// Chooses it for the rest of this run.
  func use() throws { try Precision.useInInference(precision) }
}
