import Diffusion
import Dispatch
import Synchronization
import Testing

/// The same seed gives the same bits, whoever asks, in whichever order.
@Suite struct ReproducibilityTests {
  /// FNV-1a of the bits.
  static func digest(_ items: [LabelledTrajectory]) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for item in items {
      for value in item.trajectory.positions + [item.truth.exponent!, Double(item.truth.model!.rawValue)] {
        for shift in stride(from: 0, to: 64, by: 8) {
          hash = (hash ^ (value.bitPattern >> UInt64(shift)) & 0xff) &* 0x100_0000_01b3
        }
      }
    }
    return hash
  }

  @Test(arguments: ChallengeTask.allCases, 1...3) func threadsDoNotMatter(task: ChallengeTask, dimension: Int) {
    let simulation = ChallengeSimulation(task: task, dimension: dimension, seed: 31, count: 300)
    let one = simulation.trajectories(threads: 1)
    #expect(one.count == 300)
    for threads in [2, 3, 8, 1000] { #expect(simulation.trajectories(threads: threads) == one) }
    let again = ChallengeSimulation(task: task, dimension: dimension, seed: 31, count: 300)
    #expect(Self.digest(again.trajectories(threads: 2)) == Self.digest(one))
  }

  @Test func orderDoesNotMatter() {
    let simulation = ChallengeSimulation(task: .exponent, dimension: 3, seed: 32, count: 120)
    let all = simulation.trajectories(threads: 1)
    for index in (0..<120).reversed() { #expect(simulation.trajectories(index..<index + 1) == [all[index]]) }
    #expect(simulation.trajectories(17..<43) == Array(all[17..<43]))
    #expect(simulation.trajectories(7..<7) == [])
    let found = Mutex<[Int: LabelledTrajectory]>([:])
    DispatchQueue.concurrentPerform(iterations: 120) { index in
      let item = simulation.trajectories((index * 7) % 120..<(index * 7) % 120 + 1)[0]
      found.withLock { $0[(index * 7) % 120] = item }
    }
    #expect(found.withLock { found in (0..<120).map { found[$0] } } == all)
  }

  @Test func seedsTasksAndDimensionsDiffer() {
    func first(_ task: ChallengeTask, _ dimension: Int, _ seed: UInt64) -> [Double] {
      Array(
        ChallengeSimulation(task: task, dimension: dimension, seed: seed, count: 50).trajectories(0..<20)
          .flatMap { $0.trajectory.positions.prefix(10) })
    }
    let all = [first(.exponent, 1, 1), first(.exponent, 1, 2), first(.exponent, 2, 1), first(.model, 1, 1)]
    #expect(Set(all).count == 4)
    #expect(first(.exponent, 1, 1) == all[0])
  }

  @Test func trajectoriesOfAModelDependOnSeedAndIndexAlone() {
    for model in DiffusionModel.allCases {
      let exponent = ExponentGrid.exponent(model.exponentIndices.upperBound - 2)
      func positions(_ seed: UInt64, _ index: Int) -> [Double] {
        TrajectoryGenerator.positions(model, exponent: exponent, points: 100, dimension: 3, seed: seed, index: index)
      }
      let one = positions(1, 5)
      _ = positions(9, 9)
      #expect(positions(1, 5) == one)
      #expect(positions(1, 6) != one)
      #expect(positions(2, 5) != one)
    }
  }

  @Test func labelsDependOnSeedAndIndexAlone() {
    let one = LabelDistribution(task: .exponent), two = LabelDistribution(task: .exponent)
    for index in [0, 17, 3, 1 << 40] {
      #expect(one.labels(seed: 4, index: index) == two.labels(seed: 4, index: index))
    }
    #expect((0..<100).contains { one.labels(seed: 4, index: $0) != one.labels(seed: 5, index: $0) })
  }

  #if arch(x86_64)
    /// Published results name a seed, so what a seed gives must not change by accident.
    @Test(
      arguments:
        zip(1...3, [9_745_981_241_422_440_254, 1_135_845_871_921_700_216, 17_829_654_193_218_697_762] as [UInt64]))
    func seedsKeepTheirTrajectories(dimension: Int, digest: UInt64) {
      let simulation = ChallengeSimulation(task: .model, dimension: dimension, seed: 2020, count: 100)
      #expect(Self.digest(simulation.trajectories(threads: 2)) == digest)
    }
  #endif
}
