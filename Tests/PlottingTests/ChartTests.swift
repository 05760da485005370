import Foundation
import Testing

@testable import Plotting

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Charts with contents that are hard to draw.
private let charts: [any Chart] = {
  let hostile = "</svg><script>\"'&\u{0}粒子 and a very long name that no margin can hold"
  let table = DataTable(hostile, columns: ["x"], rows: [[.text(hostile)]])
  func plot(
    _ x: Scale, _ y: Scale, _ mark: PlotChart.Series.Mark, _ points: [(Double, Double)], rules: [PlotChart.Rule] = []
  ) -> PlotChart {
    PlotChart(
      hostile, description: hostile, x: Axis(hostile, x), y: Axis(hostile, y),
      series: (0..<11).map { style in
        PlotChart.Series(
          hostile, mark, style: style,
          points: points.map { .init($0.0, $0.1, yInterval: $0.1...($0.1.isNaN ? 0 : $0.1), note: hostile) })
      }, rules: rules, table: table)
  }
  let names = Scale.categories([hostile, "b", hostile])
  let odd: [(Double, Double)] = [(0, 0), (1, 1e300), (2, -1e300), (.infinity, 1)]
  return [
    plot(.linear(0...1), .linear(0...1), .line(), []),
    plot(.linear(0...2), .linear(around: odd.map(\.1)), .line(), odd, rules: [.diagonal, .vertical(5, style: 1)]),
    plot(.logarithmic(1...10), .logarithmic(1...10), .cloud, odd, rules: [.diagonal, .horizontal(-1, style: nil)]),
    plot(names, .linear(0...1), .bars, odd), plot(.linear(0...1), names, .points, [(0.5, 1)]),
    plot(.linear(0...1), .linear(0...1), .area, [(0, 0)]),
    HeatMapChart(
      hostile, description: hostile, x: Axis("x", .linear(0...1)), y: Axis("y", .linear(0...1)),
      counts: [[0, 5], [1, 0]],
      unit: "u", table: table),
    HeatMapChart(
      hostile, description: hostile, x: Axis("x", .linear(0...1)), y: Axis("y", .linear(0...1)), counts: [], unit: "u",
      table: table),
    MatrixChart(
      hostile, description: hostile, rowTitle: "r", columnTitle: "c", rows: [hostile, "b"], columns: ["a", hostile],
      percentages: [[0, 100], [nil, 50]], table: table),
    GalleryChart(
      hostile, description: hostile,
      items: [
        .init(path: [], isIsotropic: true, style: 0, captions: [hostile]),
        .init(path: [SIMD2(1, 1)], isIsotropic: true, style: 0, captions: []),
        .init(
          path: [SIMD2(-1.7e308, 0), SIMD2(1.7e308, 0)], isIsotropic: true, style: 0, captions: [hostile, hostile]),
        .init(path: (0..<999).map { SIMD2(Double($0), sin(Double($0))) }, isIsotropic: false, style: 0, captions: []),
      ], legend: [(hostile, 0)], table: table),
  ]
}()

@Suite struct ChartTests {
  /// Collects what an XML parser finds.
  private final class Finder: NSObject, XMLParserDelegate {
    var elements: [String] = []
    var numbers: [Double] = []
    var root: [String: String] = [:]

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      if elements.isEmpty { root = attributes }
      elements.append(name)
      for key in ["x", "y", "width", "height", "cx", "cy"] {
        if let text = attributes[key] { numbers.append(Double(text) ?? .nan) }
      }
    }
  }

  @Test(arguments: charts.indices) func isWellFormedWhateverIsInIt(index: Int) throws {
    let parser = XMLParser(data: Data(charts[index].svg(id: "c").rendered.utf8)), finder = Finder()
    parser.delegate = finder
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(finder.root["role"] == "img" && finder.root["aria-labelledby"] == "c-title c-desc")
    #expect(finder.elements.prefix(3) == ["svg", "title", "desc"])
    #expect(!finder.elements.contains("script"))
    #expect(finder.numbers.allSatisfy { abs($0) < 1e6 })
  }

  @Test func seriesOfOneNameStandOnceInTheLegend() {
    let table = DataTable("t", columns: [], rows: [])
    let chart = PlotChart(
      "t", description: "d", x: Axis("", .linear(0...1)), y: Axis("", .linear(0...1)),
      series: (0..<3).map { .init($0 == 2 ? "b" : "a", .line(), style: 0, points: [.init(0, 0)]) }, table: table)
    let text = chart.svg(id: "c").rendered
    #expect(text.components(separatedBy: ">a</text>").count == 2)
    #expect(text.components(separatedBy: ">b</text>").count == 2)
  }

  @Test func textThatDoesNotFitIsShortenedWithTheWholeAsItsTooltip() {
    let name = String(repeating: "wide ", count: 40)
    #expect(TextMetrics.width(TextMetrics.fitted(name, width: 100, size: 12), size: 12) <= 100)
    #expect(TextMetrics.fitted("short", width: 100, size: 12) == "short")
    #expect(Label.element(name, x: 0, y: 0, width: 100).rendered.contains("<title>\(name)</title>"))
  }

  /// Steps are relative; their sum is where the path should be, however many there are.
  @Test func pathsDoNotDrift() throws {
    let places = (0..<1000).map { (x: Double($0) * 0.333, y: sin(Double($0)) * 50) }
    let text = PathData.polyline(places)
    var x = 0.0, y = 0.0, worst = 0.0
    let steps = text.split { "ml".contains($0) }
    for (step, place) in zip(steps, places) {
      let numbers = step.replacing("-", with: " -").split(separator: " ").compactMap { Double($0) }
      try #require(numbers.count == 2)
      x += numbers[0]
      y += numbers[1]
      worst = max(worst, abs(x - place.x), abs(y - place.y))
    }
    #expect(steps.count == 1000 && worst <= 0.0501)
  }
}
