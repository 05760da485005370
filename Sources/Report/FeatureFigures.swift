import Diffusion
import Foundation
import ModelZoo
import Plotting

extension EvaluationReport {
  /// Figure 9: what the layer before the last makes of trajectories.
  var features: Page.Figure {
    Page.Figure(
      title: "Learned features (Figure 9)",
      caption:
        "Each dot is a trajectory: the feature vector of the layer before the last, projected to two dimensions by "
        + "UMAP. Axes have no unit; near means alike.",
      panels: projections.isEmpty
        ? [.absent("Projection of features", reason: projectionNote)] : projections.map(projection), columns: 2)
  }

  private func projection(_ projection: Projection) -> Page.Panel {
    let title = "\(projection.model), \(projection.subtask.dimension)D, \(projection.length) points"
    let places = projection.places
    let series = DiffusionModel.allCases.map { model in
      PlotChart.Series(
        model.name.uppercased(), .cloud, style: model.rawValue,
        points: zip(places, projection.models).filter { $0.1 == model }.map { .init(Double($0.0.x), Double($0.0.y)) })
    }
    func scale(_ values: [Double]) -> Scale {
      guard let low = values.min(), let high = values.max(), high > low else { return .linear(0...1) }
      let margin = (high - low) * 0.04
      return .linear(low - margin...high + margin)
    }
    func rounded(_ value: Float) -> DataTable.Cell { .number((Double(value) * 100).rounded() / 100) }
    return .chart(
      PlotChart(
        title,
        description: "Projection of the features of \(places.count) trajectories of \(projection.length) points by "
          + "\(projection.model), coloured by diffusion model.",
        x: Axis("", scale(places.map { Double($0.x) })), y: Axis("", scale(places.map { Double($0.y) })),
        series: series,
        plotHeight: 260,
        table: DataTable(
          title, columns: ["x", "y", "model"],
          rows: zip(places, projection.models).map { [rounded($0.x), rounded($0.y), .text($1.name)] })))
  }

  /// Trajectories that were judged worst.
  var worstFigures: [Page.Figure] {
    ChallengeTask.allCases.map { task in
      let parts = worst.filter { $0.subtask.task == task }
      return Page.Figure(
        title: task == .exponent ? "Largest errors of the exponent" : "Surest mistakes about the model",
        caption: (task == .exponent
          ? "The trajectories whose exponents were missed by most. "
          : "The trajectories whose true model was given the lowest "
            + "probability. ")
          + "The dot is the first point; one-dimensional ones run from left to right, of three dimensions two are shown.",
        panels: parts.isEmpty ? [absence(task)] : parts.map(gallery), columns: columns(task))
    }
  }

  private func gallery(_ worst: Worst) -> Page.Panel {
    let title = "\(worst.model), \(worst.subtask.dimension)D"
    let known = Set(worst.items.compactMap(\.facts.truth.model))
    return .chart(
      GalleryChart(
        title,
        description: worst.items.map { item in
          "Trajectory \(item.facts.number + 1): \(item.prediction.said), \(worst.subtask.task.truth(item.facts.truth))"
        }.joined(separator: "; ") + ".",
        items: worst.items.map { item in
          GalleryChart.Item(
            path: item.trajectory.outline, isIsotropic: item.trajectory.dimension > 1,
            style: item.facts.truth.model?.rawValue ?? Self.publishedStyle,
            captions: [
              item.prediction.said, worst.subtask.task.truth(item.facts.truth),
              "#\(item.facts.number + 1), \(item.facts.length) points",
            ])
        },
        legend: DiffusionModel.allCases.filter(known.contains).map { ($0.name.uppercased(), $0.rawValue) },
        table: DataTable(
          "Worst trajectories, \(title)", columns: ["trajectory", "points", "said", "true", "true model"],
          rows: worst.items.map { item in
            [
              .count(item.facts.number + 1), .count(item.facts.length), .text(item.prediction.said),
              .text(worst.subtask.task.truth(item.facts.truth)), .text(item.facts.truth.model?.name ?? ""),
            ]
          })))
  }
}

extension Prediction {
  /// The model with the largest probability; nil for an exponent.
  var mostLikelyModel: DiffusionModel? {
    guard case .model(let probabilities) = self else { return nil }
    // As `Evaluation` decides between equal ones.
    return probabilities.indices.max { probabilities[$0] < probabilities[$1] }.map { DiffusionModel.allCases[$0] }
  }

  /// For a caption: "said 1.83", "said LW, 98 %".
  var said: String {
    switch self {
    case .exponent(let exponent): return String(format: "said %.2f", exponent)
    case .model(let probabilities):
      guard let model = mostLikelyModel else { return "said nothing" }
      return "said \(model.name.uppercased()), \(Int((100 * probabilities[model.rawValue]).rounded())) %"
    }
  }
}

extension ChallengeTask {
  /// For a caption: "true 0.30", "true ATTM".
  func truth(_ truth: GroundTruth) -> String {
    switch self {
    case .exponent: truth.exponent.map { String(format: "true %.2f", $0) } ?? "unknown"
    case .model: truth.model.map { "true \($0.name.uppercased())" } ?? "unknown"
    }
  }
}

extension Trajectory {
  /// Positions in the plane of the first two components, or against time.
  var outline: [SIMD2<Double>] {
    let x = component(0)
    if dimension == 1 { return x.enumerated().map { SIMD2(Double($0.offset), $0.element) } }
    return zip(x, component(1)).map { SIMD2($0, $1) }
  }
}
