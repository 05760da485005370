import ArgumentParser
import Cluster
import Diffusion
import Foundation
import HDF5
import ModelZoo
import Report

/// `zoo report`: the comparison as a web page.
struct ReportCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Compares methods and draws every result figure of the paper, as one web page.",
    discussion: """
      Examples:
        zoo report --models wadnet,lstm,msd --output report.html
        zoo report --models wadnet,msd --data my-labelled-set.h5 --output report.html --force
        zoo report --models wadnet --data set --submission "My method=mine/task1.txt" --log wadnet=exponent-1d.csv

      The page is one file that needs no network: charts, and the numbers behind each in a table. The scores are those \
      of `zoo eval` with the same options; the table is printed as well. A method that fails is a row that says why.

      A submission has a line for each trajectory of the data: the dimension, then the exponent (task1.txt) or five \
      probabilities (task2.txt), with semicolons between.
      """)

  @Option(help: "Methods to compare; `zoo list` shows all.")
  var models: CommaList<String>
  @OptionGroup var cells: SubtaskOptions
  @OptionGroup var source: DataOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var serving: ServingArguments
  @Option(help: "The page to write.")
  var output = "report.html"
  @OptionGroup var replacement: ReplacementOption
  @Option(help: "Answers of another method to the same trajectories: NAME=FILE. May be given several times.")
  var submission: [String] = []
  @Option(help: "The log of a training run: NAME=FILE. Logs beside weights are found without it.")
  var log: [String] = []

  @Option(
    help: "Trajectories of each length whose features are projected to two dimensions; 0 leaves that figure out.")
  var projections = 2000

  func validate() throws {
    guard (0...20_000).contains(projections), projections == 0 || projections >= 50 else {
      throw ValidationError("--projections must be 0 or lie within 50...20000, not \(projections).")
    }
    for (option, values) in [("--submission", submission), ("--log", log)] {
      for value in values where Self.pair(value) == nil {
        throw ValidationError("\(option) must be NAME=FILE, not '\(value)'.")
      }
    }
  }

  /// The parts of NAME=FILE.
  static func pair(_ text: String) -> (name: String, file: String)? {
    guard let sign = text.firstIndex(of: "=") else { return nil }
    let name = text[..<sign].trimmingCharacters(in: .whitespaces), file = String(text[text.index(after: sign)...])
    return name.isEmpty || file.isEmpty ? nil : (name, file)
  }

  func run() throws {
    let communicator = ZooProgram.communicator
    try communicator.first {
      let named = (submission + log).compactMap(Self.pair).map(\.file)
      try replacement.check(output, besides: [source.data, source.reference] + named)
    }
    let (evaluation, submissions, sources) = try communicator.together {
      (
        try Evaluation(
          ZooProgram.registry, models: models.elements, weights: weights.store, options: serving.options),
        communicator.isFirst ? try self.submissions() : [], try source.sources(cells)
      )
    }
    try communicator.requireSame("data", DataOptions.text(sources))
    guard communicator.isFirst else {
      // All the rest is the first one's.
      for part in sources { _ = try evaluation.records(part, communicator: communicator) }
      return
    }
    for submission in submissions {
      for part in sources {
        _ = try submission.predictions(Subtask(task: part.task, dimension: part.dimension), count: part.count)
      }
    }
    var report = EvaluationReport(data: source.title, cells: [])
    let parts = ReportParts(evaluation)
    report.curves = try parts.curves(log.compactMap(Self.pair), sources)
    let line = ProgressLine()
    for part in sources {
      let subtask = Subtask(task: part.task, dimension: part.dimension)
      let records = try evaluation.records(part, submissions: submissions, communicator: communicator) { done in
        line.show("\(subtask): \(done) of \(part.count) trajectories")
      }
      report.cells.append(records)
      report.published += PublishedScores.rows.filter { $0.subtask == subtask }
      report.worst += try parts.worst(records, part)
    }
    report.lengthScores = parts.lengthScores(sources)
    (report.projections, report.projectionNote) = try ReportFeatures(
      evaluation: evaluation, count: projections, seed: source.seed
    ).projections(sources.first { $0.task == .model }, isSimulated: source.data == nil) { line.show($0, always: true) }
    line.clear()
    try AtomicFile.write(Array(report.page.html.utf8), to: output)
    let rows = report.cells.flatMap(\.rows)
    print(ScoreTable(data: source.title, rows: rows).text(isStyled: Terminal.isStyled), terminator: "")
    for model in models.elements { try MissingNetsNote.say(model, rows.map(\.subtask), weights.store) }
    warn("\(output) is written.")
    if rows.allSatisfy({ $0.error != nil }) { throw ExitCode.failure }
  }

  private func submissions() throws -> [Submission] {
    var result: [Submission] = []
    for (name, file) in submission.compactMap(Self.pair) {
      guard !models.elements.contains(name) else {
        throw ValidationError("'\(name)' is one of --models; give the submission another name.")
      }
      let answers = try AnDiSubmission(path: file)
      if let index = result.firstIndex(where: { $0.name == name }) {
        try result[index].add(answers)
      } else {
        var submission = Submission(name: name)
        try submission.add(answers)
        result.append(submission)
      }
    }
    return result
  }
}
