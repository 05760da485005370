import ArgumentParser
import Cluster
import Diffusion
import Foundation
import HDF5
import ModelZoo

/// `zoo eval`: one table for several methods.
struct EvalCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Compares methods on the challenge's metrics, with 95 % intervals.",
    discussion: """
      Examples:
        zoo eval --models wadnet,msd
        zoo eval --models wadnet,lstm,msd --tasks exponent --dimensions 1,2 --count 10000 --json scores.json
        zoo eval --models wadnet --data my-labelled-set.h5
        zoo eval --models wadnet,wadnet+lstm --symmetries all

      Two intervals that overlap say little: methods are judged on the same trajectories, and the interval of the \
      difference to the best, trajectory by trajectory, tells them apart. On a terminal the best of each column is bold, \
      and what does not differ from it is underlined (not with NO_COLOR).

      JSON (an object with data and rows) and CSV have for each method and cell: model, task, dimension, metric (mae or \
      f1), value with its 95 % interval low to high, difference to the best of the cell (value minus best; 0 for the best \
      itself) with its interval difference_low to difference_high, count of trajectories judged, seconds spent on \
      predictions, and error where the method failed. JSON adds for models confusion[truth][predicted], precision and \
      recall. What is not known is absent, in CSV empty.

      A method that fails is a row that says why; the others go on. ZOO_THREADS and ZOO_ISA choose threads and \
      instruction set; neither number of threads nor order changes a score.
      """)

  @Option(help: "Methods to compare; `zoo list` shows all. wadnet+lstm is the mean of two.")
  var models: CommaList<String>
  @OptionGroup var cells: SubtaskOptions
  @OptionGroup var source: DataOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var serving: ServingArguments
  @Flag(help: "Add the scores that the paper gives for WADNet on the challenge's test set.")
  var published = false
  @Option(help: "Write the rows as JSON to this file.")
  var json: String?
  @Option(help: "Write the rows as CSV to this file.")
  var csv: String?
  @OptionGroup var replacement: ReplacementOption

  func run() throws {
    try precision.use()
    let communicator = ZooProgram.communicator
    try communicator.first {
      try replacement.check(json, besides: [source.data, source.reference])
      try replacement.check(csv, besides: [source.data, source.reference, json])
    }
    let (evaluation, sources) = try communicator.together {
      (
        try Evaluation(
          ZooProgram.registry, models: models.elements, weights: weights.store, options: serving.options),
        try source.sources(cells)
      )
    }
    try communicator.requireSame("data", DataOptions.text(sources))
    let line = ProgressLine()
    var rows: [Evaluation.Row] = []
    for part in sources {
      let subtask = Subtask(task: part.task, dimension: part.dimension)
      rows += try evaluation.rows(part, communicator: communicator) { done in
        line.show("\(subtask): \(done) of \(part.count) trajectories")
      }
      if published { rows += PublishedScores.rows.filter { $0.subtask == subtask } }
    }
    line.clear()
    guard communicator.isFirst else { return }
    let table = ScoreTable(data: source.title, rows: rows)
    if let json { try AtomicFile.write(Array(table.json().utf8), to: json) }
    if let csv { try AtomicFile.write(Array(table.csv.utf8), to: csv) }
    print(table.text(isStyled: Terminal.isStyled), terminator: "")
    for model in models.elements { try MissingNetsNote.say(model, rows.map(\.subtask), weights.store) }
    if rows.allSatisfy({ $0.error != nil }) { throw ExitCode.failure }
  }
}
