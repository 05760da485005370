import ArgumentParser
import Diffusion
import Embedding
import Foundation
import ModelZoo

/// `zoo features`: what a network has learned to see, for programs to go on with.
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Writes the feature vectors of trajectories: what a network's layer before the last makes of them.",
    discussion: """
      Examples:
        zoo features --model wadnet --task model --dimension 1 --output features.h5 --umap
        zoo features --model wadnet --task model --dimension 2 --data tracks.txt --output features.npy

      Without --data, trajectories are simulated as by `zoo eval`; those of a file need no labels. An HDF5 file has the datasets features \
      [trajectories, features], length, exponent and model (-1 for unknown ones; names are in the attribute class_names), \
      and projection with --umap. An .npy file has the features alone; the projection goes to a file beside it.
      """)

  @Option(help: "The network; `zoo list` shows all.")
  var model: String
  @Option(help: "What the network was trained for: exponent or model.")
  var task: ChallengeTask
  @Option(help: "1, 2 or 3.")
  var dimension: Int
  @OptionGroup var source: DataOptions
  @OptionGroup var weights: WeightOptions
  @Flag(help: "Add a projection of the features to two dimensions (UMAP).")
  var umap = false
  @Option(help: "Other trajectories that a neighbourhood of the projection is made of.")
  var neighbours = UMAP.Configuration().neighbours
  @Option(help: "How near alike trajectories may lie in the projection, 0 to 1.")
  var minimumDistance = UMAP.Configuration().minimumDistance
  @Option(help: "The file to write; its ending says the format: .h5, .hdf5 or .npy.")
  var output: String
  @OptionGroup var replacement: ReplacementOption

  private var isNumPy: Bool { output.lowercased().hasSuffix(".npy") }

  func validate() throws {
    guard (1...3).contains(dimension) else { throw ValidationError("--dimension must be 1, 2 or 3, not \(dimension).") }
    guard isNumPy || [".h5", ".hdf5"].contains(where: output.lowercased().hasSuffix) else {
      throw ValidationError("--output must end in .h5, .hdf5 or .npy, not '\((output as NSString).lastPathComponent)'.")
    }
    guard neighbours >= 2 else { throw ValidationError("--neighbours must be 2 or more, not \(neighbours).") }
    guard (0...1).contains(minimumDistance) else {
      throw ValidationError("--minimum-distance must lie within 0...1, not \(minimumDistance).")
    }
    let defaults = UMAP.Configuration()
    guard umap || (neighbours == defaults.neighbours && minimumDistance == defaults.minimumDistance) else {
      throw ValidationError("--neighbours and --minimum-distance need --umap.")
    }
  }

  func run() throws {
    try replacement.check(output, besides: [source.data])
    if umap, isNumPy { try replacement.check(FeatureFile.projectionPath(output), besides: [source.data]) }
    let subtask = Subtask(task: task, dimension: dimension)
    let extractor = try FeatureExtractor(ZooProgram.registry, model: model, subtask: subtask, weights: weights.store)
    let data = try source.source(subtask, needsLabels: false)
    let line = ProgressLine()
    defer { line.clear() }
    var configuration = UMAP.Configuration()
    configuration.neighbours = neighbours
    configuration.minimumDistance = minimumDistance
    let projector = UMAP(configuration: configuration)
    // Too few trajectories are told of before any work.
    if umap, data.count <= neighbours {
      throw EmbeddingError.tooFew(points: data.count, needed: neighbours + 1, neighbours: neighbours)
    }
    let file = FeatureFile(
      extractor,
      projection: umap
        ? { values, count, dimension in
          line.show("Projecting \(count) trajectories", always: true)
          return try projector.project(values, count: count, dimension: dimension)
        } : nil)
    func progress(_ done: Int) { line.show("\(done) of \(data.count) trajectories") }
    let summary =
      isNumPy
      ? try file.writeNumPy(data, to: output, progress: progress)
      : try file.writeHDF5(data, data: source.title, to: output, progress: progress)
    line.clear()
    say("\(output): \(summary.count) trajectories, \(summary.dimension) features each.")
    if umap, isNumPy { say("\(FeatureFile.projectionPath(output)): their projection.") }
  }
}
