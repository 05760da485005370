import Plotting

/// A web page of figures in one piece: it needs no network, and reads on a phone, on paper, in light and dark.
public struct Page: Sendable {
  /// A drawing, or why there is none.
  public enum Panel: Sendable {
    /// A drawing, with its numbers in a table below the figure.
    case chart(any Chart)
    /// What would be drawn, and in a sentence why it is not.
    case absent(String, reason: String)
  }

  /// Drawings that answer one question.
  public struct Figure: Sendable {
    let title: String
    /// How to read it.
    let caption: String
    var panels: [Panel]
    /// Panels side by side where the page is wide enough; nil for as many as fit.
    var columns: Int?
    /// Sentences about what is not in the drawings.
    var notes: [String] = []
  }

  /// Figures of one subject.
  public struct Section: Sendable {
    let id: String
    let title: String
    var figures: [Figure]

    /// Figures of one panel each stand side by side.
    var isRow: Bool { figures.count > 1 && figures.allSatisfy { $0.panels.count == 1 && $0.notes.isEmpty } }
  }

  let title: String
  /// What the page is about and where the numbers come from.
  let lead: [String]
  /// Lines below it, each a matter of its own.
  var remarks: [String] = []
  /// Tables at the head of the page.
  let summaries: [DataTable]
  let sections: [Section]

  /// The whole file.
  public var html: String {
    let page = Element("html", ["lang": "en"]) {
      Element("head") {
        Element("meta", ["charset": "utf-8"])
        Element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
        Element("meta", ["name": "color-scheme", "content": "light dark"])
        // An empty icon: without one, browsers ask a server for it.
        Element("link", ["rel": "icon", "href": "data:,"])
        Element("title", text: title)
        Element("style") { Element.Content.verbatim(Palette.styleSheet + PageStyle.rules) }
      }
      Element("body") {
        Element("header") {
          Element("h1", text: title)
          lead.map { Element("p", text: $0) }
          if !remarks.isEmpty { Element("ul") { remarks.map { Element("li", text: $0) } } }
          Element("nav", ["aria-label": "Sections"]) {
            sections.map { Element("a", ["href": "#\($0.id)"], text: $0.title) }
          }
        }
        Element("main") {
          if !summaries.isEmpty {
            Element("div", ["class": "summaries"]) { summaries.map { Self.htmlTable($0) } }
          }
          sections.map(Self.element)
        }
        Element("script") { Element.Content.verbatim(PageStyle.script) }
      }
    }
    return "<!DOCTYPE html>\n" + page.rendered + "\n"
  }

  private static func element(_ section: Section) -> Element {
    Element("section", section.isRow ? ["id": section.id, "class": "row"] : ["id": section.id]) {
      Element("h2", text: section.title)
      section.figures.enumerated().map { element($1, id: "\(section.id)-\($0 + 1)") }
    }
  }

  private static func element(_ figure: Figure, id: String) -> Element {
    let charts = figure.panels.compactMap { panel in
      if case .chart(let chart) = panel { chart } else { nil }
    }
    return Element("figure", ["id": id]) {
      Element("figcaption") {
        Element("h3", text: figure.title)
        Element("p", text: figure.caption)
      }
      Element("div", ["class": figure.columns == 2 ? "panels pairs" : "panels"]) {
        figure.panels.enumerated().map { index, panel in
          switch panel {
          case .chart(let chart):
            Element("div", ["class": "panel"]) { chart.svg(id: "\(id)-\(index + 1)") }
          case .absent(let title, let reason):
            Element("div", ["class": "panel absent"]) {
              Element("p", ["class": "name"], text: title)
              Element("p", text: reason)
            }
          }
        }
      }
      if !figure.notes.isEmpty {
        Element("ul", ["class": "notes"]) { figure.notes.map { Element("li", text: $0) } }
      }
      if !charts.isEmpty {
        Element("details") {
          Element("summary", text: charts.count == 1 ? "The numbers" : "The numbers (\(charts.count) tables)")
          charts.map { numbers($0.table) }
        }
      }
    }
  }

  /// Rows beyond which a table is text: a browser is slow with thousands of cells, and a spreadsheet takes it as well.
  private static let mostRows = 120

  private static func numbers(_ table: DataTable) -> Element {
    if table.rows.count <= mostRows, table.columns.count <= 16 { return htmlTable(table) }
    return Element("div", ["class": "table"]) {
      Element("p", ["class": "name"], text: table.caption)
      Element("pre", ["tabindex": "0"], text: table.tabSeparated)
    }
  }

  private static func htmlTable(_ table: DataTable) -> Element {
    Element("div", ["class": "table", "tabindex": "0"]) {
      Element("table") {
        Element("caption", text: table.caption)
        Element("thead") { Element("tr") { table.columns.map { Element("th", ["scope": "col"], text: $0) } } }
        Element("tbody") {
          table.rows.map { row in
            Element("tr") {
              row.enumerated().map { column, cell in
                if column == 0 { return Element("th", ["scope": "row"], text: cell.text) }
                if case .text = cell { return Element("td", text: cell.text) }
                return Element("td", ["class": "n"], text: cell.text)
              }
            }
          }
        }
      }
    }
  }
}
