import Foundation

/// Debian's or another browser without a window, for pages to be looked at by a program.
struct Chromium {
  /// Where it is installed; nil where it is not.
  static let path = ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
  }.first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What a page was found to be.
  struct Findings: Decodable, Equatable {
    var width: Int
    var scrollWidth: Int
    var isDark: Bool
    var drawings: Int
    var texts: Int
    /// Texts in drawings that lie over others.
    var overlaps: [String]
    /// Texts in drawings that reach beyond them.
    var cut: [String]
    /// Texts outside of drawings that are wider than what holds them.
    var clipped: [String]
    var errors: [String]
  }

  /// Opens a page and looks at it.
  static func findings(_ html: String, width: Int, isDark: Bool) throws -> (Findings, console: [String]) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let page = folder.appendingPathComponent("page.html")
    let listen = "<head><script>window.found=[];addEventListener('error',e=>found.push(e.message),true)</script>"
    try html.replacingOccurrences(of: "<head>", with: listen)
      .replacingOccurrences(of: "</body>", with: "<script>\(script)</script></body>")
      .write(to: page, atomically: true, encoding: .utf8)
    // A window is never narrower than 500 pixels; a frame in it is.
    let frame = folder.appendingPathComponent("frame.html")
    try frameText(width: width).write(to: frame, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path ?? "")
    process.arguments =
      [
        "--headless", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--enable-logging=stderr",
        "--user-data-dir=\(folder.path)/profile", "--window-size=1400,1000", "--hide-scrollbars",
        "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--virtual-time-budget=10000", "--dump-dom",
        frame.absoluteString,
      ] + (geteuid() == 0 ? ["--no-sandbox"] : [])
    let out = folder.appendingPathComponent("out"), err = folder.appendingPathComponent("err")
    for file in [out, err] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: out)
    process.standardError = try FileHandle(forWritingTo: err)
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: out, encoding: .utf8)
    let console = String(decoding: try Data(contentsOf: err), as: UTF8.self).split(separator: "\n")
      .filter { $0.contains("CONSOLE") }.map(String.init)
    struct NoFindings: Error { let status: Int32, output: String }
    guard let start = text.range(of: "<pre id=\"findings\">"), let end = text.range(of: "</pre>", options: .backwards)
    else {
      throw NoFindings(status: process.terminationStatus, output: String(text.suffix(300)))
    }
    let json = text[start.upperBound..<end.lowerBound].replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&amp;", with: "&")
    return (try JSONDecoder().decode(Findings.self, from: Data(json.utf8)), console)
  }

  /// A page with the page in a frame, which writes down what it is told.
  private static func frameText(width: Int) -> String {
    """
    <!DOCTYPE html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
    <pre id="findings"></pre><script>
    addEventListener('message', event => { document.getElementById('findings').textContent = event.data; });
    </script><iframe src="page.html" style="width:\(width)px;height:900px;border:0"></iframe>
    """
  }

  /// Tells the frame's page what is found. Boxes of text hold room above and below the letters, so that boxes that
  /// only touch are no fault: a fifth of the height is taken off.
  private static let script = """
    addEventListener('load', () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      const result = {
        width: innerWidth, scrollWidth: document.documentElement.scrollWidth,
        isDark: getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)',
        drawings: 0, texts: 0, overlaps: [], cut: [], clipped: [], errors: window.found,
      };
      const name = text => (text.lastChild ? text.lastChild.textContent : '').slice(0, 60);
      for (const svg of document.querySelectorAll('svg')) {
        result.drawings += 1;
        const frame = svg.getBoundingClientRect();
        const boxes = [...svg.querySelectorAll('text')].map(text => ({ text, box: text.getBoundingClientRect() }));
        const where = svg.querySelector('title').textContent + ': ';
        result.texts += boxes.length;
        for (const [i, a] of boxes.entries()) {
          if (a.box.left < frame.left - 0.5 || a.box.right > frame.right + 0.5 || a.box.top < frame.top - 2
              || a.box.bottom > frame.bottom + 2) result.cut.push(where + name(a.text));
          for (const b of boxes.slice(i + 1)) {
            const shrinkA = a.box.height / 5, shrinkB = b.box.height / 5;
            if (Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 0.5
                && Math.min(a.box.bottom - shrinkA, b.box.bottom - shrinkB)
                   - Math.max(a.box.top + shrinkA, b.box.top + shrinkB) > 0)
              result.overlaps.push(where + name(a.text) + ' | ' + name(b.text));
          }
        }
      }
      for (const element of document.querySelectorAll('h1,h2,h3,p,li,summary,a,button,caption,figcaption')) {
        if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
          result.clipped.push(element.tagName + ' ' + element.textContent.slice(0, 60));
      }
      parent.postMessage(JSON.stringify(result), '*');
    });
    """
}
