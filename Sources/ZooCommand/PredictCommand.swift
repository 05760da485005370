import ArgumentParser
import Cluster
import Diffusion
import Foundation
import HDF5
import ModelZoo
import Report

extension TrackTable.Format: ExpressibleByArgument {}

/// `zoo predict`: what a method says of tracks whose truth nobody knows.
struct PredictCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Characterises the tracks of a file: exponent and diffusion model of each.",
    discussion: """
      Examples:
        zoo predict tracks.csv --output answers.csv --report tracks.html
        zoo predict spots.csv --pixel-size 0.16 --frame-interval 30ms --gaps interpolate --format jsonl
        zoo predict mine.csv --columns track=cell,frame=t,x=px,y=py --model msd
        zoo predict task2.txt --task model --format andi --output submission/task2.txt

      The kind of file is told from its contents: tables of TrackMate (spots), trackpy, MOSAIC ParticleTracker, Spot-On, \
      saspt, GEMspa, napari, TRAIT2D, MotilityLab and AnDi 2; XML of TrackMate (tracks or session); reports of MOSAIC; \
      text of the AnDi Challenge 2020; NumPy's .npy and .npz; HDF5 of `zoo generate`; any other table with --columns. "-" \
      is standard input.

      The answer has a row for each track, or for each piece between gaps, under the track's own name; tracks that can't \
      be characterised have a row that says why. Beside the answers stand exponent and generalised diffusion coefficient \
      of the TA-MSD fit, in units of --pixel-size and --frame-interval where the file has none. Five lines on standard \
      error sum it up.
      """)

  @Argument(help: "The file with tracks.")
  var input: String
  @Option(help: "The method; `zoo list` shows all. wadnet+lstm is the mean of two.")
  var model = "wadnet"
  @Option(help: "exponent or model; both without it.")
  var task: ChallengeTask?
  @Option(help: "csv, jsonl (an object a line), or andi for the challenge's submission format.")
  var format = TrackTable.Format.csv
  @Option(help: "The file to write; standard output without it.")
  var output: String?
  @Option(
    help: "Also write a web page that shows exponents, models and some of the tracks to this file, e.g. tracks.html.")
  var report: String?
  @OptionGroup var replacement: ReplacementOption
  @OptionGroup(title: "The file of tracks") var file: TrackFileOptions
  @OptionGroup(title: "Weights") var weights: WeightOptions
  @OptionGroup(title: "Weights") var serving: ServingArguments
  @OptionGroup(title: "Weights") var precision: PrecisionOptions

  func run() throws {
    try precision.use()
    let communicator = ZooProgram.communicator
    let characterization = try communicator.together {
      let characterization = try TrackCharacterization(
        try ZooProgram.registry.model(model), tasks: task.map { [$0] }, weights: weights.store,
        options: serving.options, gaps: file.gaps, shortest: file.shortest)
      guard format != .andi || characterization.tasks.count == 1 else {
        throw ValidationError("--format andi has one answer a line: add --task exponent or --task model.")
      }
      return characterization
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    var source: (reader: any TrackReader, table: TrackTable)?
    try communicator.first {
      try replacement.check(output, besides: [input], isStream: true)
      try replacement.check(report, besides: [input, output])
      progress.show("Reading \(input)", always: true)
      try TrajectoryTrial.check(input)
      let reader = try TrackFile.open(input, options: file.reading)
      let units = try file.reading.units(reader.units, file: input)
      source = (reader, TrackTable(format, tasks: characterization.tasks, units: units))
    }
    // The first rank reads and writes for all.
    guard let (reader, table) = source else {
      return try characterization.run(nil, communicator: communicator) { _ in }
    }
    var page = TrackReport(data: input, method: model)
    page.units = table.units
    try TextOutput.write(to: output) { out in
      try out(table.header)
      try characterization.run(reader, communicator: communicator) { results in
        for result in results {
          try out(try table.line(result))
          if report != nil { page.add(result) }
        }
        progress.show("\(characterization.summary.tracks) tracks")
      }
      guard characterization.summary.tracks > 0 else {
        throw FormatError.absent(file: input, wanted: "tracks", found: "a \(reader.format) without one spot of a track")
      }
    }
    progress.clear()
    let summary = characterization.summary
    let lines = summary.lines(format: reader.format)
    if let report {
      page.notes = reader.notes + lines
      try AtomicFile.write(Array(page.page.html.utf8), to: report)
    }
    for note in reader.notes { warn(note) }
    for line in lines { warn(line) }
    if let lengths = summary.lengths {
      let subtasks = characterization.tasks.flatMap { task in
        summary.dimensions.map { Subtask(task: task, dimension: $0) }
      }
      try MissingNetsNote.say(model, subtasks, weights.store, points: lengths)
    }
    guard summary.characterisedTracks > 0 else {
      throw NothingCharacterised(file: input, shortest: summary.shortest)
    }
  }

  /// All tracks of a file were left out.
  struct NothingCharacterised: Error, CustomStringConvertible {
    let file: String
    let shortest: Int

    var description: String {
      "\(file): no track could be characterised; the rows say why. --shortest \(shortest) is the number of points that a "
        + "piece must have, and --gaps interpolate fills gaps in."
    }
  }
}
