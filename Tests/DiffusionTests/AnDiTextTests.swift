import Diffusion
import Foundation
import Testing

/// The challenge's text files, read and written.
@Suite struct AnDiTextTests {
  static func trajectories(_ path: String) throws -> [Trajectory] {
    let reader = try AnDiText.TrajectoryReader(path)
    var all: [Trajectory] = []
    while let trajectory = try reader.next() {
      all.append(trajectory)
      #expect(reader.lineNumber == all.count)
    }
    return all
  }

  static func labels(_ path: String, task: ChallengeTask) throws -> [(dimension: Int, truth: GroundTruth)] {
    let reader = try AnDiText.LabelReader(path, task: task)
    var all: [(dimension: Int, truth: GroundTruth)] = []
    while let label = try reader.next() { all.append(label) }
    return all
  }

  @Test(arguments: [1, 2]) func samplesAreWrittenAsTheyWereRead(number: Int) throws {
    let path = "\(Fixtures.samples)/task\(number).txt"
    let trajectories = try Self.trajectories(path)
    #expect(trajectories.map(\.dimension) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    // The same bytes as andi-datasets wrote: shortest numbers that read back the same.
    #expect(trajectories.map(AnDiText.line).joined() == (try String(contentsOfFile: path, encoding: .utf8)))
  }

  @Test func labelsOfTheSamples() throws {
    let exponents = try Self.labels(Fixtures.samples + "/ref1.txt", task: .exponent)
    #expect(exponents.map(\.dimension) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    #expect(
      exponents.map(\.truth.exponent) == [1.4, 1.45, 0.85, 0.5, 1.6, 1.55, 1.7, 1, 0.55, 1.95, 0.95, 0.9])
    #expect(exponents.allSatisfy { $0.truth.model == nil })
    let models = try Self.labels(Fixtures.samples + "/ref2.txt", task: .model)
    #expect(
      models.map(\.truth.model) == [
        .lw, .lw, .sbm, .ctrw, .ctrw, .sbm, .fbm, .sbm, .attm, .sbm, .sbm, .ctrw,
      ])
    #expect(models.allSatisfy { $0.truth.exponent == nil })
  }

  @Test func sourceHasTheTrajectoriesOfOneDimension() throws {
    for dimension in 1...3 {
      let source = try AnDiSource(
        path: Fixtures.samples + "/task1.txt", reference: Fixtures.samples + "/ref1.txt", task: .exponent,
        dimension: dimension)
      #expect(source.count == 4 && source.dimension == dimension && source.task == .exponent)
      let all = try Self.trajectories(Fixtures.samples + "/task1.txt").filter { $0.dimension == dimension }
      #expect(try source.trajectories(0..<4).map(\.trajectory) == all)
      #expect(try source.trajectories(1..<3).map(\.trajectory) == Array(all[1..<3]))
    }
    let second = try AnDiSource(
      path: Fixtures.samples + "/task1.txt", reference: Fixtures.samples + "/ref1.txt", task: .exponent, dimension: 2)
    #expect(try second.trajectories(0..<4).map(\.truth.exponent) == [1.6, 1.55, 1.7, 1])
  }

  @Test func anyFiniteNumberSurvives() throws {
    let folder = try TemporaryFolder()
    let numbers = [
      0, -0.0, .leastNonzeroMagnitude, 1e-5, 0.1, 1.0 / 3, 1e16, -123_456_789_012_345_680, 3.2e17,
      .greatestFiniteMagnitude, -2.2e-308,
    ]
    var random = CounterBasedRandom(seed: 61)
    let more = (0..<3000).map { _ in Double(bitPattern: random.next()) }.filter { $0.isFinite }
    let written = try [numbers, more].map { try Trajectory(dimension: 1, positions: $0) }
    let path = try folder.write("task1.txt", written.map(AnDiText.line).joined())
    let found = try Self.trajectories(path)
    #expect(found.map { $0.positions.map(\.bitPattern) } == written.map { $0.positions.map(\.bitPattern) })
  }

  @Test(arguments: ChallengeTask.allCases) func simulatedSetsSurvive(task: ChallengeTask) throws {
    let folder = try TemporaryFolder()
    let items = (1...3).flatMap { dimension in
      ChallengeSimulation(task: task, dimension: dimension, seed: 62, count: 20).trajectories(threads: 1)
    }
    let path = try folder.write("task.txt", items.map { AnDiText.line($0.trajectory) }.joined())
    let reference = try folder.write(
      "ref.txt",
      items.map { item in
        AnDiText.line(
          dimension: item.trajectory.dimension,
          label: task == .exponent ? item.truth.exponent! : Double(item.truth.model!.rawValue))
      }.joined())
    for dimension in 1...3 {
      let source = try AnDiSource(path: path, reference: reference, task: task, dimension: dimension)
      let expected = items.filter { $0.trajectory.dimension == dimension }
      let found = try source.trajectories(0..<source.count)
      #expect(found.map(\.trajectory) == expected.map(\.trajectory))
      #expect(
        found.map(\.truth)
          == expected.map { item in
            GroundTruth(
              exponent: task == .exponent ? item.truth.exponent : nil, model: task == .model ? item.truth.model : nil)
          })
    }
  }

  @Test(arguments: ["1.0;0.5;1\n2.0;1;2;3;4\n", "1.0;0.5;1\r\n2.0;1;2;3;4\r\n", "1.0;0.5;1\n2.0;1;2;3;4"])
  func lineEndsDoNotMatter(text: String) throws {
    let folder = try TemporaryFolder()
    let found = try Self.trajectories(folder.write("task1.txt", text))
    #expect(
      try found == [Trajectory(dimension: 1, positions: [0.5, 1]), Trajectory(dimension: 2, positions: [1, 2, 3, 4])])
  }

  @Test(arguments: ["1", "1.", "+1", "1e0", "10E-1", "0.1e+1", "01.0"]) func numbersAsPythonReadsThem(text: String)
    throws
  {
    let folder = try TemporaryFolder()
    let path = try folder.write("task1.txt", "1.0;\(text)\n\(text);1.0")
    #expect(try Self.trajectories(path).allSatisfy { $0.positions == [1] && $0.dimension == 1 })
  }

  @Test func submissionsHaveTheDimensionInFront() {
    #expect(AnDiText.submissionLine(dimension: 2, values: [0.75]) == "2.0;0.75\n")
    #expect(
      AnDiText.submissionLine(dimension: 3, values: [0, 1e-17, 0.25, 0.5, 0.25]) == "3.0;0.0;1e-17;0.25;0.5;0.25\n")
    #expect(AnDiText.line(dimension: 1, label: 3) == "1.0;3.0\n")
  }
}
