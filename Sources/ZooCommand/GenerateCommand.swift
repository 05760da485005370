import ArgumentParser
import Cluster
import Diffusion
import Foundation
import HDF5
import ModelZoo

/// `zoo generate`: labelled trajectories as files.
struct GenerateCommand: ParsableCommand, RankedCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Simulates labelled trajectories of the AnDi Challenge 2020.",
    discussion: """
      Examples:
        zoo generate --count 10000 --output test.h5
        zoo generate --tasks exponent --dimensions 2 --format andi --output my-set

      HDF5 is one file; the challenge's text format is a folder with task1.txt, ref1.txt, task2.txt and ref2.txt.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case hdf5, andi }

  @OptionGroup var cells: SubtaskOptions
  @Option(help: "Trajectories of each task and dimension.")
  var count = 2000
  @Option(help: "What all random numbers derive from.")
  var seed: UInt64 = 1
  @Option(help: "hdf5 or andi; by default andi for a folder and hdf5 for names that end in .h5.")
  var format: Format?
  @Option(help: "The file or, for andi, the folder to write.")
  var output: String
  @OptionGroup var replacement: ReplacementOption

  func validate() throws {
    guard (1...10_000_000).contains(count) else {
      throw ValidationError("--count must lie within 1...10000000, not \(count).")
    }
  }

  func run() throws {
    let sources = cells.subtasks.map {
      ChallengeSimulation(task: $0.task, dimension: $0.dimension, seed: seed, count: count)
    }
    let line = ProgressLine()
    defer { line.clear() }
    let all = sources.reduce(0) { $0 + $1.count }
    let communicator = ZooProgram.communicator
    switch format ?? (output.hasSuffix(".h5") ? .hdf5 : .andi) {
    case .hdf5:
      try communicator.first { try replacement.check(output) }
      try communicator.sharing(sources, size: TrajectoryHDF5Writer.blockSize) { sources in
        try TrajectoryHDF5Writer.write(sources, to: output, seed: seed) { line.show("\($0) of \(all) trajectories") }
      }
    case .andi:
      try communicator.first {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        for task in Set(sources.map(\.task)) {
          for name in ["task", "ref"] { try replacement.check(path(name, task)) }
        }
      }
      for task in ChallengeTask.allCases {
        let parts = sources.filter { $0.task == task }
        guard !parts.isEmpty else { continue }
        try communicator.sharing(parts, size: Self.textBlock) { try writeText($0, task) }
      }
    }
    line.clear()
    say("\(output): \(all) trajectories, seed \(seed).")
  }

  private static let textBlock = 512

  /// A file of the challenge's text format.
  private func path(_ name: String, _ task: ChallengeTask) -> String {
    (output as NSString).appendingPathComponent("\(name)\(task.number).txt")
  }

  /// Writes trajectories and their labels, each to a file of its own.
  private func writeText(_ sources: [any TrajectorySource], _ task: ChallengeTask) throws {
    try TextOutput.write(to: path("task", task)) { outTrajectory in
      try TextOutput.write(to: path("ref", task)) { outLabel in
        for source in sources {
          for start in stride(from: 0, to: source.count, by: Self.textBlock) {
            for item in try source.trajectories(start..<min(source.count, start + Self.textBlock)) {
              try outTrajectory(AnDiText.line(item.trajectory))
              let label = task == .exponent ? item.truth.exponent : item.truth.model.map { Double($0.rawValue) }
              try outLabel(AnDiText.line(dimension: item.trajectory.dimension, label: label ?? .nan))
            }
          }
        }
      }
    }
  }
}
