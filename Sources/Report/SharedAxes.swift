import Plotting

extension Page.Figure {
  /// The figure with the same bounds on axes of the same title, so that its panels can be compared by eye.
  var withSharedAxes: Page.Figure {
    var figure = self
    let charts = panels.compactMap { if case .chart(let chart as PlotChart) = $0 { chart } else { nil } }
    let xs = Self.bounds(charts.map(\.x)), ys = Self.bounds(charts.map(\.y))
    figure.panels = panels.map { panel in
      guard case .chart(let chart as PlotChart) = panel else { return panel }
      var shared = chart
      shared.x = Axis(chart.x.title, xs[chart.x.title] ?? chart.x.scale)
      shared.y = Axis(chart.y.title, ys[chart.y.title] ?? chart.y.scale)
      return .chart(shared)
    }
    return figure
  }

  /// The scale that holds all others of a title; titles whose axes are of several kinds, or have names on them, have none.
  private static func bounds(_ axes: [Axis]) -> [String: Scale] {
    Dictionary(grouping: axes.filter { !$0.title.isEmpty }, by: \.title).compactMapValues { axes in
      let scales = axes.map(\.scale)
      return scales.dropFirst().reduce(scales[0] as Scale?) { hull, scale in hull.flatMap { $0.union(scale) } }
    }
  }
}
