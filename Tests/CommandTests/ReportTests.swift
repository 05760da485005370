import Foundation
import Testing

@Suite struct ReportTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func report(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
    try Run(
      ["report", "--models", "msd", "--count", "30", "--output", folder.file("page.html")] + arguments,
      environment: environment)
  }

  @Test func aPageThatExistsIsKept() throws {
    #expect(try report([]).status == 0)
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("</html>"))
    let second = try report(["--seed", "1"])
    #expect(second.status == 1 && second.errors.contains("--force") && second.output.isEmpty)
    #expect(try String(contentsOfFile: folder.file("page.html"), encoding: .utf8) == page)
    #expect(try report(["--seed", "1", "--force"]).status == 0)
    #expect(try String(contentsOfFile: folder.file("page.html"), encoding: .utf8) != page)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["page.html"])
  }

  /// The printed table is that of `zoo eval`, times apart, and its numbers are on the page.
  @Test func theTableIsThatOfEval() throws {
    let options = ["--models", "msd,wadnet", "--count", "30", "--tasks", "exponent"]
    let csv = folder.file("rows.csv")
    let eval = try Run(["eval"] + options + ["--csv", csv])
    let run = try Run(["report"] + options + ["--output", folder.file("page.html")])
    func untimed(_ text: String) -> [String] {
      text.split(separator: "\n").map { line in
        // The last column of a method's first line is its time.
        line.contains("(") && line.contains("-")
          ? line.split(separator: " ").dropLast().joined(separator: " ") : String(line)
      }
    }
    #expect(untimed(eval.output) == untimed(run.output))
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    let rows = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").dropFirst()
    #expect(rows.count == 6)
    for row in rows {
      let fields = row.split(separator: ",", omittingEmptySubsequences: false)
      for field in fields[4..<7] { #expect(page.contains("<td class=\"n\">\(field)</td>"), "\(field)") }
    }
  }

  @Test func aMethodWithoutWeightsIsARow() throws {
    let run = try Run(
      [
        "report", "--models", "wadnet,msd", "--count", "30", "--tasks", "exponent", "--output",
        folder.file("page.html"),
      ],
      environment: ["ZOO_WEIGHTS": folder.path])
    #expect(run.status == 0 && run.output.contains("failed, see below"))
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    #expect(page.contains("<td>failed</td>") && page.contains("wadnet, Exponent, 2D: "))
  }

  @Test func submissionsAreRowsBesideMethods() throws {
    #expect(try Run(["generate", "--count", "30", "--output", folder.file("set")]).status == 0)
    let answers = try Run(["predict", folder.file("set/task1.txt"), "--model", "msd", "--format", "andi"])
    try folder.write(answers.output, to: "theirs.txt")
    let name = "Müller & \"Söhne\" <ltd>, 粒子"
    let run = try report(["--data", folder.file("set"), "--submission", "\(name)=\(folder.file("theirs.txt"))"])
    #expect(run.status == 0, "\(run.errors)")
    // The submission is the method's own answers, so that nothing tells them apart.
    #expect(run.output.contains(name))
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    #expect(page.contains("Müller &amp; &quot;Söhne&quot; &lt;ltd&gt;, 粒子") && !page.contains("<ltd>"))

    try folder.write(answers.output.split(separator: "\n").dropLast().joined(separator: "\n") + "\n", to: "short.txt")
    let short = try report(
      ["--force", "--data", folder.file("set"), "--submission", "short=\(folder.file("short.txt"))"])
    #expect(short.status == 1)
    #expect(short.errors.contains("short.txt has 29 lines of dimension 3, but the data have 30 trajectories"))
    try folder.write("1.0;0.5;0.5\n", to: "odd.txt")
    let odd = try report(["--force", "--submission", "odd=\(folder.file("odd.txt"))"])
    #expect(odd.status == 1 && odd.errors.contains("odd.txt, line 1") && odd.errors.contains("3 fields"))
  }

  @Test func featuresAreProjected() throws {
    let run = try Run([
      "report", "--models", "wadnet,msd", "--tasks", "model", "--dimensions", "1", "--count", "30", "--projections",
      "50",
      "--output", folder.file("page.html"),
    ])
    #expect(run.status == 0, "\(run.errors)")
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    for length in [40, 200, 400, 900] {
      #expect(page.contains("Projection of the features of 50 trajectories of \(length)"))
    }
  }

  @Test func logsAreDrawn() throws {
    try folder.write(
      "seen,steps,seconds,rate,training_loss,validation_mae,validation_loss,is_best\n"
        + "1000,1,0.1,0.001,0.5,0.4,0.3,1\n2000,2,0.2,0.001,0.4,0.35,0.2,1\n", to: "log.csv")
    let run = try report(["--log", "first run=\(folder.file("log.csv"))"])
    #expect(run.status == 0, "\(run.errors)")
    let page = try String(contentsOfFile: folder.file("page.html"), encoding: .utf8)
    #expect(page.contains("Training of first run") && page.contains("best validation MAE 0.350 at 2000"))
  }

  @Test(
    arguments: [
      (["--submission", "x"], 64, "NAME=FILE"), (["--projections", "7"], 64, "--projections"),
      (["--log", "=file"], 64, "NAME=FILE"),
      (["--submission", "msd=x.txt"], 64, "msd"), (["--submission", "x=/nowhere.txt"], 1, "/nowhere.txt"),
      (["--log", "x=/nowhere.csv"], 1, "/nowhere.csv"), (["--data", "/nowhere.h5"], 1, "/nowhere.h5"),
    ] as [([String], Int32, String)])
  func wrongUseIsASentence(arguments: [String], status: Int32, part: String) throws {
    let run = try report(arguments)
    #expect(run.status == status && run.errors.contains(part), "\(run.status): \(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func aFolderThatIsNotThereIsKnownAtOnce() throws {
    let run = try Run(["report", "--models", "msd", "--output", "/nowhere/page.html"])
    #expect(run.status == 1 && run.errors.contains("/nowhere"))
  }

  @Test func tracksHaveAPageToo() throws {
    #expect(try Run(["generate", "--count", "20", "--dimensions", "2", "--output", folder.file("set")]).status == 0)
    let tracks = folder.file("set/task1.txt"), page = folder.file("tracks.html"), csv = folder.file("answers.csv")
    let run = try Run(["predict", tracks, "--output", csv, "--report", page])
    #expect(run.status == 0, "\(run.errors)")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("20 tracks") && html.contains("TA-MSD curves") && html.contains("Share of models"))
    // The shares on the page are those of the answers.
    let rows = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").map { $0.split(separator: ",") }
    let column = try #require(rows[0].firstIndex(of: "model"))
    for model in ["attm", "ctrw", "fbm", "lw", "sbm"] {
      let count = rows.dropFirst().filter { $0.count > column && $0.contains(Substring(model)) }.count
      #expect(html.contains("<th scope=\"row\">\(model.uppercased())</th><td class=\"n\">\(count)</td>"), "\(model)")
    }
    let again = try Run(["predict", tracks, "--report", page])
    #expect(again.status == 1 && again.errors.contains("--force") && again.output.isEmpty)
    let over = try Run(["predict", tracks, "--report", tracks, "--force"])
    #expect(over.status == 1 && over.errors.contains("another name"))
    let device = try Run(["predict", tracks, "--report", "/dev/null", "--force"])
    #expect(device.status == 1 && device.errors.contains("device"))
  }
}
