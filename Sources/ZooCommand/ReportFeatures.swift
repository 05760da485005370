import Diffusion
import Embedding
import Foundation
import ModelZoo
import Report

/// Figure 9 of a report: what networks make of trajectories of four lengths, projected to two dimensions.
struct ReportFeatures {
  /// The paper's.
  static let lengths = [40, 200, 400, 900]
  /// Fewer trajectories of a length say nothing.
  private static let fewest = 50

  let evaluation: Evaluation
  /// Trajectories of each length.
  let count: Int
  let seed: UInt64

  /// Projections of each network that tells diffusion models apart, and why there are no others.
  /// - Parameters:
  ///   - source: of the diffusion model; nil where the task was not evaluated.
  ///   - isSimulated: whether trajectories may be simulated, in place of those of the source.
  func projections(
    _ source: (any TrajectorySource)?, isSimulated: Bool, progress: (String) -> Void
  ) throws -> (projections: [EvaluationReport.Projection], note: String) {
    guard count > 0 else { return ([], "It was not asked for: --projections says how many trajectories are shown.") }
    guard let source else { return ([], "The task of the diffusion model was not evaluated.") }
    let subtask = Subtask(task: .model, dimension: source.dimension)
    var reasons: [String] = []
    let extractors = evaluation.models.compactMap { model -> FeatureExtractor? in
      do {
        return try FeatureExtractor(evaluation.registry, model: model, subtask: subtask, weights: evaluation.weights)
      } catch {
        reasons.append("\(error)")
        return nil
      }
    }
    guard !extractors.isEmpty else { return ([], reasons.joined(separator: " ")) }
    var sets: [(length: Int, items: [LabelledTrajectory])] = []
    for length in Self.lengths {
      progress("\(subtask): trajectories of \(length) points")
      let items = isSimulated ? simulated(source.dimension, length: length) : try cut(source, length: length)
      if items.count >= Self.fewest { sets.append((length, items)) }
    }
    let projections = try extractors.flatMap { extractor in
      try sets.map { set in
        progress("\(extractor.model): projection of \(set.items.count) trajectories of \(set.length) points")
        return try project(set.items, set.length, extractor)
      }
    }
    return (projections, "Fewer than \(Self.fewest) trajectories have \(Self.lengths[0]) points or more.")
  }

  private func project(
    _ items: [LabelledTrajectory], _ length: Int, _ extractor: FeatureExtractor
  ) throws -> EvaluationReport.Projection {
    let features = try extractor.features(for: items.map(\.trajectory))
    let flat = try UMAP().project(
      features.flatMap { $0 }, count: features.count, dimension: features.first?.count ?? 0)
    return EvaluationReport.Projection(
      model: extractor.model, subtask: extractor.subtask, length: length,
      places: features.indices.map { SIMD2(flat[2 * $0], flat[2 * $0 + 1]) }, models: items.compactMap(\.truth.model))
  }

  /// Trajectories of one length by the challenge's process, with random numbers of their own.
  private func simulated(_ dimension: Int, length: Int) -> [LabelledTrajectory] {
    let labels = LabelDistribution(task: .model)
    // Not those of the test set of the same seed, nor of another length.
    let seed = seed ^ 0x5EED_F00D_0000_0000 &+ UInt64(length)
    return (0..<count).map { index in
      let label = labels.labels(seed: seed, index: index)
      let exponent = ExponentGrid.exponent(label.exponentIndex)
      var draw = Observation.draw(dimension: dimension, seed: seed, index: index)
      draw.length = length
      return LabelledTrajectory(
        trajectory: Observation.trajectory(
          label.model, exponent: exponent, dimension: dimension, draw: draw, seed: seed, index: index),
        truth: GroundTruth(exponent: exponent, model: label.model, sigma: draw.sigma))
    }
  }

  /// The first points of trajectories that are long enough, from the beginning of the source.
  private func cut(_ source: any TrajectorySource, length: Int) throws -> [LabelledTrajectory] {
    var items: [LabelledTrajectory] = []
    for start in stride(from: 0, to: source.count, by: 2048) where items.count < count {
      for item in try source.trajectories(start..<min(source.count, start + 2048))
      where item.trajectory.count >= length && item.truth.model != nil && items.count < count {
        let positions = (0..<source.dimension).flatMap { item.trajectory.component($0).prefix(length) }
        items.append(
          LabelledTrajectory(
            trajectory: try Trajectory(dimension: source.dimension, positions: positions), truth: item.truth))
      }
    }
    return items
  }
}
