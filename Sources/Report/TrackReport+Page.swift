import Diffusion
import Foundation
import ModelZoo
import Plotting

extension TrackReport {
  /// The page.
  public var page: Page {
    let shown = (hasPieces ? "pieces of tracks" : "track") + (count == 1 || hasPieces ? "" : "s")
    let mean = exponentCount > 0 ? exponentSum / Double(exponentCount) : nil
    return Page(
      title: "How these tracks diffuse",
      lead: [
        "File: \(data). Method: \(method). The figures show \(count) \(shown) with \(points) points in all"
          + (mean.map { "; the mean of their exponents is \(String(format: "%.2f", $0))." } ?? ".")
      ], remarks: notes,
      summaries: [],
      sections: [
        Page.Section(id: "answers", title: "Answers", figures: [exponentFigure, lengthFigure, modelFigure]),
        Page.Section(id: "tracks", title: "Tracks", figures: [gallery, curves]),
      ])
  }

  private static let noExponents = "The method was not asked for exponents, or there is no track."
  private static let noModels = "The method was not asked for diffusion models, or there is no track."

  private var exponentFigure: Page.Figure {
    let caption = "How many tracks have which anomalous exponent: 1 is Brownian motion, less is slower, more is faster."
    guard exponentCount > 0 else {
      return Page.Figure(
        title: "Exponents", caption: caption, panels: [.absent("Exponents", reason: Self.noExponents)])
    }
    let places = (0..<Self.bins).map { (Double($0) + 0.5) * 0.05 }
    let chart = PlotChart(
      "Anomalous exponent", description: "Histogram of the exponents of \(exponentCount) tracks.",
      x: Axis("exponent", .linear(0...2)),
      y: Axis("tracks", .linear(around: exponents.map(Double.init), includingZero: true)),
      series: [
        PlotChart.Series("tracks", .bars, style: 0, points: zip(places, exponents).map { .init($0, Double($1)) })
      ], rules: [.vertical(1, style: nil)],
      table: DataTable(
        "Tracks by exponent", columns: ["from", "to", "tracks"],
        rows: exponents.enumerated().map { bin, count in
          [
            .text(String(format: "%.2f", Double(bin) * 0.05)), .text(String(format: "%.2f", Double(bin + 1) * 0.05)),
            .count(count),
          ]
        }))
    return Page.Figure(title: "Exponents", caption: caption, panels: [.chart(chart)])
  }

  private var lengthFigure: Page.Figure {
    let caption =
      "Short tracks tell less: where their exponents scatter more than those of long ones, it is for that reason."
    guard let first = byLength.keys.min(), let last = byLength.keys.max() else {
      return Page.Figure(
        title: "Exponent against length", caption: caption, panels: [.absent("Lengths", reason: Self.noExponents)])
    }
    let empty = [Int](repeating: 0, count: Self.bins)
    let counts = (first...last).map { byLength[$0] ?? empty }
    func length(_ bin: Int) -> Double { exp2(Double(bin) / 4) }
    let middles = (0..<Self.bins).map { (Double($0) + 0.5) * 0.05 }
    func quantile(_ rows: [Int], _ share: Double) -> Double {
      let all = Double(rows.reduce(0, +))
      var sum = 0.0
      for (bin, count) in rows.enumerated() {
        sum += Double(count)
        if sum >= share * all { return middles[bin] }
      }
      return middles[Self.bins - 1]
    }
    let filled = zip(first...last, counts).filter { $0.1.contains { $0 > 0 } }
    let chart = PlotChart(
      "Exponent against length", description: "Median exponent and its quartiles in groups of lengths.",
      x: Axis("length (points)", .logarithmic(around: [length(first), length(last + 1)])),
      y: Axis("exponent", .linear(0...2)),
      series: [
        PlotChart.Series(
          "quartiles", .area, style: 0,
          points: filled.map { .init(length($0.0) * 1.09, quantile($0.1, 0.25)) }
            + filled.reversed().map { .init(length($0.0) * 1.09, quantile($0.1, 0.75)) }),
        PlotChart.Series(
          "median", .line(), style: 0, points: filled.map { .init(length($0.0) * 1.09, quantile($0.1, 0.5)) }),
      ],
      table: DataTable(
        "Exponents by length", columns: ["from", "below", "tracks", "lower quartile", "median", "upper quartile"],
        rows: filled.map { bin, rows in
          [
            .count(Int(length(bin).rounded(.up))), .count(Int(length(bin + 1).rounded(.up))), .count(rows.reduce(0, +)),
            .number(quantile(rows, 0.25)), .number(quantile(rows, 0.5)), .number(quantile(rows, 0.75)),
          ]
        }))
    return Page.Figure(title: "Exponent against length", caption: caption, panels: [.chart(chart)])
  }

  private var modelFigure: Page.Figure {
    let caption =
      "The likeliest model of each track. "
      + DiffusionModel.allCases.map {
        "\($0.name.uppercased()): \($0.title)"
      }.joined(separator: "; ") + "."
    guard modelCount > 0 else {
      return Page.Figure(
        title: "Share of models", caption: caption, panels: [.absent("Models", reason: Self.noModels)])
    }
    let names = DiffusionModel.allCases.map { $0.name.uppercased() }
    let shares = models.map { 100 * Double($0) / Double(modelCount) }
    let chart = PlotChart(
      "Share of models",
      description: zip(names, shares).map { "\($0) \(NumberText.short($1)) %" }.joined(separator: ", ") + ".",
      x: Axis("", .categories(names)), y: Axis("% of tracks", .linear(around: shares, includingZero: true)),
      series: [PlotChart.Series("share", .bars, style: 0, points: shares.enumerated().map { .init(Double($0), $1) })],
      table: DataTable(
        "Tracks by likeliest model", columns: ["model", "tracks", "%"],
        rows: zip(names, zip(models, shares)).map { [.text($0), .count($1.0), .number($1.1)] }))
    return Page.Figure(title: "Share of models", caption: caption, panels: [.chart(chart)])
  }

  /// Groups of samples, by model, in the models' order.
  private var sampled: [(model: DiffusionModel?, samples: [Sample])] {
    samples.sorted { $0.key < $1.key }.map { (DiffusionModel(rawValue: $0.key), $0.value) }
  }

  private var gallery: Page.Figure {
    let panels = sampled.map { model, samples -> Page.Panel in
      let title = model.map { $0.name.uppercased() } ?? "Tracks"
      return .chart(
        GalleryChart(
          title,
          description: "\(samples.count) tracks drawn by chance"
            + (model.map { " among those taken for \($0.title)." } ?? "."),
          items: samples.map { sample in
            GalleryChart.Item(
              path: sample.trajectory.outline, isIsotropic: sample.trajectory.dimension > 1,
              style: model?.rawValue ?? 0,
              captions: [sample.track.name, Self.said(sample.track), "\(sample.track.length) points"])
          },
          table: DataTable(
            title, columns: ["track", "points", "exponent", "model", "its probability"],
            rows: samples.map { sample in
              [
                .text(sample.track.name), .count(sample.track.length), .init(sample.track.exponent),
                .text(model?.name ?? ""), .init(model.flatMap { sample.track.probabilities?[$0.rawValue] }),
              ]
            })))
    }
    return Page.Figure(
      title: "Some tracks",
      caption: "Drawn by chance. The dot is the first point; one-dimensional ones run from left to "
        + "right, of three dimensions two are shown.",
      panels: panels.isEmpty ? [.absent("Tracks", reason: "There is no track.")] : panels)
  }

  private static func said(_ track: Track) -> String {
    var parts: [String] = []
    if let exponent = track.exponent { parts.append(String(format: "α %.2f", exponent)) }
    if let model = track.model, let share = track.probabilities?[model.rawValue] {
      parts.append("\(Int((100 * share).rounded())) %")
    }
    return parts.joined(separator: ", ")
  }

  private var curves: Page.Figure {
    let length = units.micrometres ?? 1, time = units.seconds ?? 1
    let lagTitle = units.seconds == nil ? "lag (frames)" : "lag (s)"
    let displacementTitle = units.micrometres == nil ? "TA-MSD (px²)" : "TA-MSD (µm²)"
    let drawn = sampled.flatMap { group in group.samples.prefix(5).map { (group.model, $0) } }
    let lines = drawn.compactMap {
      model, sample -> (name: String, model: DiffusionModel?, points: [PlotChart.Series.Point])? in
      let trajectory = sample.trajectory
      guard let lags = MeanSquaredDisplacementFit().lags(points: trajectory.count) else { return nil }
      let components = (0..<trajectory.dimension).map {
        MeanSquaredDisplacementFit.curve(trajectory.component($0), mostLag: lags.upperBound)
      }
      let points = lags.map { lag in
        PlotChart.Series.Point(Double(lag) * time, components.reduce(0) { $0 + $1[lag - 1] } * length * length)
      }.filter { $0.y > 0 && $0.y.isFinite }
      return points.isEmpty ? nil : (sample.track.name, model, points)
    }
    let caption =
      "Time-averaged mean squared displacement of the tracks above, on logarithmic axes: the slope is the "
      + "exponent."
    guard !lines.isEmpty else {
      return Page.Figure(
        title: "TA-MSD", caption: caption, panels: [.absent("TA-MSD", reason: "No track of two points moves.")])
    }
    let all = lines.flatMap(\.points)
    let chart = PlotChart(
      "TA-MSD", description: "Time-averaged mean squared displacement of \(lines.count) tracks.",
      x: Axis(lagTitle, .logarithmic(around: all.map(\.x))),
      y: Axis(displacementTitle, .logarithmic(around: all.map(\.y))),
      series: lines.map {
        PlotChart.Series(
          $0.model?.name.uppercased() ?? "tracks", .line(isDashed: false), style: $0.model?.rawValue ?? 0,
          points: $0.points)
      },
      plotHeight: 240,
      table: DataTable(
        "TA-MSD", columns: ["track", "model", lagTitle, displacementTitle],
        rows: lines.flatMap { line in
          line.points.map { [.text(line.name), .text(line.model?.name ?? ""), .number($0.x), .number($0.y)] }
        }))
    return Page.Figure(title: "TA-MSD curves", caption: caption, panels: [.chart(chart)])
  }
}
