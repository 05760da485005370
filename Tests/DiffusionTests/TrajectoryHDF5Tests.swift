import Diffusion
import Foundation
import HDF5
import Synchronization
import Testing

/// Trajectories in a list; for tests of writers.
struct ListSource: TrajectorySource {
  let task: ChallengeTask
  let dimension: Int
  var title = "a list"
  let items: [LabelledTrajectory]
  var count: Int { items.count }

  /// What a source says when a piece can't be had.
  struct Broken: Error {}
  /// The trajectory at which the source breaks.
  var breaksAt = Int.max

  func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory] {
    if range.contains(breaksAt) { throw Broken() }
    return Array(items[range])
  }
}

/// HDF5 files of trajectories, read and written.
@Suite struct TrajectoryHDF5Tests {
  static let cells = ChallengeTask.allCases.flatMap { task in (1...3).map { (task, $0) } }

  /// `dev_first20.h5` was written with h5py.
  @Test(arguments: cells) func filesOfOthersAreRead(task: ChallengeTask, dimension: Int) throws {
    let path = Fixtures.folder + "/dev_first20.h5"
    let source = try TrajectoryHDF5(path: path, task: task, dimension: dimension)
    #expect(source.count == (task == .exponent ? 20 : 5) && source.task == task && source.dimension == dimension)
    let all = try source.trajectories(0..<source.count)
    let group = try HDF5File.open(path).root.group("task\(task.number)/dim\(dimension)")
    let positions = try group.dataset("positions").read(as: Double.self)
    #expect(all.flatMap(\.trajectory.positions) == positions)
    #expect(
      all.allSatisfy { $0.trajectory.dimension == dimension && Observation.lengths.contains($0.trajectory.count) })
    let labels = try group.dataset("label").read(as: Double.self)
    #expect(
      labels == all.map { task == .exponent ? $0.truth.exponent! : Double($0.truth.model!.rawValue) })
    #expect(all.allSatisfy { $0.truth.exponent != nil && $0.truth.model != nil })
    let sigmas = try group.dataset("truth/sigma").read(as: Double.self)
    #expect(all.flatMap { $0.truth.sigma! } == sigmas && Set(sigmas).isSubset(of: [0.1, 0.5, 1]))
    let coefficients = try group.dataset("truth/coefficient").read(as: Double.self)
    #expect(all.flatMap { $0.truth.coefficient! } == coefficients)
    // Each trajectory starts at 0 in each component.
    #expect(all.allSatisfy { item in (0..<dimension).allSatisfy { item.trajectory.component($0).first == 0 } })
  }

  @Test func partsAreThoseOfTheWhole() throws {
    let source = try TrajectoryHDF5(path: Fixtures.folder + "/dev_first20.h5", task: .exponent, dimension: 3)
    let all = try source.trajectories(0..<20)
    #expect(Set(all.map(\.trajectory.positions)).count == 20)
    for range in [0..<1, 19..<20, 3..<11, 7..<7] { #expect(try source.trajectories(range) == Array(all[range])) }
  }

  @Test func simulatedSetsSurvive() throws {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    let sources = Self.cells.map { ChallengeSimulation(task: $0.0, dimension: $0.1, seed: 71, count: 300) }
    var progress: [Int] = []
    try TrajectoryHDF5Writer.write(sources, to: path, seed: 71) { progress.append($0) }
    #expect(progress == [256, 300, 556, 600, 856, 900, 1156, 1200, 1456, 1500, 1756, 1800])
    for source in sources {
      let found = try TrajectoryHDF5(path: path, task: source.task, dimension: source.dimension)
      let items = try found.trajectories(0..<found.count), expected = source.trajectories(0..<300)
      #expect(items.map(\.truth) == expected.map(\.truth))
      for (a, b) in zip(items, expected) {
        #expect(a.trajectory.positions == b.trajectory.positions.map { Double(Float($0)) })
      }
    }
    let root = try HDF5File.open(path).root
    #expect(try root.integer("seed") == 71 && root.string("process") == "AnDi Challenge 2020")
    #expect(try root.strings("class_names") == ["attm", "ctrw", "fbm", "lw", "sbm"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["set.h5"])
  }

  @Test func sameSetsGiveTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let bytes = try (0..<2).map { number in
      let path = folder.file("\(number).h5")
      let source = ChallengeSimulation(task: .model, dimension: 2, seed: 72, count: 100)
      try TrajectoryHDF5Writer.write([source], to: path, seed: 72)
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    #expect(bytes[0] == bytes[1] && bytes[0].count > 100_000)
  }

  @Test func hugePositionsSurvive() throws {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    let items = HugePositionTests.hugeTrajectories(5)
    #expect(items.count == 5)
    try TrajectoryHDF5Writer.write([ListSource(task: .model, dimension: 2, items: items)], to: path, seed: nil)
    let found = try TrajectoryHDF5(path: path, task: .model, dimension: 2).trajectories(0..<5)
    for (a, b) in zip(found, items) {
      for (x, y) in zip(a.trajectory.positions, b.trajectory.positions) { #expect(abs(x - y) <= 6e-8 * abs(y)) }
      for (x, y) in zip(a.trajectory.standardised(), b.trajectory.standardised()) { #expect(abs(x - y) < 1e-3) }
    }
  }

  @Test func setsWithOneLabelSurvive() throws {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    let source = try AnDiSource(
      path: Fixtures.samples + "/task1.txt", reference: Fixtures.samples + "/ref1.txt", task: .exponent, dimension: 2)
    try TrajectoryHDF5Writer.write([source], to: path, seed: nil)
    let found = try TrajectoryHDF5(path: path, task: .exponent, dimension: 2).trajectories(0..<4)
    #expect(try found.map(\.truth) == source.trajectories(0..<4).map(\.truth))
    #expect(try HDF5File.open(path).root.hasAttribute("seed") == false)
  }

  /// A chunk in the middle is damaged: only pieces that need it can't be read.
  @Test func partsAreReadAlone() throws {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    let simulation = ChallengeSimulation(task: .exponent, dimension: 1, seed: 74, count: 1000)
    try TrajectoryHDF5Writer.write([simulation], to: path, seed: nil)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try file.seek(toOffset: file.seekToEnd() * 6 / 10)
    try file.write(contentsOf: Data(count: 1000))
    try file.close()
    let source = try TrajectoryHDF5(path: path, task: .exponent, dimension: 1)
    var damaged = 0
    for start in stride(from: 0, to: 1000, by: 20) {
      guard let items = try? source.trajectories(start..<start + 20) else {
        damaged += 1
        continue
      }
      let expected = simulation.trajectories(start..<start + 20)
      #expect(items.map { $0.trajectory.count } == expected.map { $0.trajectory.count })
      #expect(items.map { $0.truth } == expected.map { $0.truth })
    }
    // One of eight chunks of 65,536 numbers, so 6 or 7 of 50 pieces, and one that it ends in.
    #expect((5...10).contains(damaged), "\(damaged)")
    #expect(throws: HDF5Error.self) { try source.trajectories(0..<1000) }
  }

  @Test func writingAsksForFewTrajectoriesAtATime() throws {
    let folder = try TemporaryFolder(), ranges = Mutex<[Range<Int>]>([])
    let source = WatchedSource(source: ChallengeSimulation(task: .model, dimension: 1, seed: 75, count: 700)) { range in
      ranges.withLock { $0.append(range) }
    }
    try TrajectoryHDF5Writer.write([source], to: folder.file("set.h5"), seed: nil)
    #expect(ranges.withLock { $0 } == [0..<256, 256..<512, 512..<700])
  }
}

/// A source that tells what it is asked for.
private struct WatchedSource: TrajectorySource {
  let source: ChallengeSimulation
  let tell: @Sendable (Range<Int>) -> Void
  var task: ChallengeTask { source.task }
  var dimension: Int { source.dimension }
  var count: Int { source.count }
  var title: String { source.title }

  func trajectories(_ range: Range<Int>) -> [LabelledTrajectory] {
    tell(range)
    return source.trajectories(range)
  }
}
