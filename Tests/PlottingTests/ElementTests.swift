import Testing

@testable import Plotting

@Suite struct ElementTests {
  @Test func whatMeansSomethingIsEscaped() {
    let element = Element("p", ["title": "a\"b'<c>&"]) { "<script>alert('x')</script> & \"more\"" }
    #expect(
      element.rendered == "<p title=\"a&quot;b&#39;&lt;c&gt;&amp;\">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; "
        + "&amp; &quot;more&quot;</p>")
  }

  @Test func otherScriptsStayAndControlCharactersGo() {
    #expect(Element("p", text: "Größe, 粒子, ذرة, 🦁").rendered == "<p>Größe, 粒子, ذرة, 🦁</p>")
    #expect(
      Element("p", text: "a\u{0}b\u{1B}c\u{202E}d\u{FFFE}e").rendered == "<p>a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e</p>")
  }

  @Test func elementsOfHTMLWithoutEndHaveNone() {
    #expect(Element("meta", ["charset": "utf-8"]).rendered == "<meta charset=\"utf-8\">")
    #expect(Element("g").rendered == "<g></g>")
  }

  @Test func tablesAreCopiedWithTabs() {
    let table = DataTable(
      "x", columns: ["a", "b"], rows: [[.text("one\ttwo\nthree"), .number(0.1)], [.absent, .count(3)]])
    #expect(table.tabSeparated == "a\tb\none two three\t0.1\n\t3\n")
  }

  @Test func coordinatesAreShort() {
    let numbers: [(Double, String)] = [
      (0, "0"), (-0.001, "0"), (12, "12"), (-12.5, "-12.5"), (0.05, "0.05"), (3.14159, "3.14"), (.nan, "0"),
      (100, "100"),
      (.infinity, "0"),
    ]
    for (value, text) in numbers { #expect(NumberText.coordinate(value) == text) }
  }
}
