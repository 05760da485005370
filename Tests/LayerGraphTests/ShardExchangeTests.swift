import Foundation
import LayerGraph
import Synchronization
import Testing

/// Processes that share a batch get the bytes of one; here they are threads.
@Suite struct ShardExchangeTests {
  @Test(arguments: SampleGraph.all) func manyAreAsOne(sample: SampleGraph) throws {
    // 100 trajectories make 8 shards, 13 make one: some members have nothing to do then.
    for (batch, members) in [(100, 2), (100, 3), (100, 8), (13, 2)] {
      let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: batch)
      let expected = try TrainingRun(sample, plan: plan)
      let table = Table(members: members)
      let found = Mutex<[TrainingRun]>([])
      table.run { member in
        let exchange = Member(table: table, member: member)
        let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: batch, exchange: exchange)
        let run = try TrainingRun(sample, plan: plan, workers: 1 + member % 2)
        found.withLock { $0.append(run) }
      }
      let runs = found.withLock { $0 }
      #expect(runs.count == members)
      for run in runs {
        #expect(run.loss.bitPattern == expected.loss.bitPattern, "\(members) of \(batch)")
        #expect(run.gradients == expected.gradients && run.parameters == expected.parameters)
      }
    }
  }

  @Test func onlyOwnTrajectoriesAreRead() throws {
    let sample = SampleGraph.all[2], batch = 100, width = sample.steps * 2
    let input = sample.input(batch: batch)
    let expected = try TrainingRun(sample, plan: TrainingPlan(sample.graph, steps: sample.steps, batch: batch))
    let table = Table(members: 3)
    let losses = Mutex<[Double]>([])
    table.run { member in
      let exchange = Member(table: table, member: member)
      let rows = TrainingPlan.rows(of: batch, mostShards: TrainingPlan.usualShards, exchange: exchange)
      let own = (0..<batch).flatMap { row in
        rows.contains(row)
          ? Array(input[row * width..<(row + 1) * width]) : [Float](repeating: .nan, count: width)
      }
      let plan = try TrainingPlan(sample.graph, steps: sample.steps, batch: batch, exchange: exchange)
      let store = try sample.store(), gradients = ParameterStore(sample.graph.parameters)
      let loss = plan.run(
        store, input: own, targets: sample.targets(batch: batch, outputs: plan.outputCount), loss: sample.loss,
        gradients: gradients, key: 7, workers: Workers(count: 1))
      losses.withLock { $0.append(loss) }
    }
    #expect(losses.withLock { $0 } == [expected.loss, expected.loss, expected.loss])
  }

  @Test func shardsCoverABatch() {
    for (batch, most, count) in [
      (1, 8, 1), (11, 8, 1), (15, 8, 1), (16, 8, 2), (30, 8, 2), (50, 8, 4), (512, 8, 8), (512, 96, 48),
      (4096, 512, 512),
    ] {
      let shards = TrainingPlan.shards(of: batch, most: most)
      #expect(shards.count == count)
      #expect(shards.flatMap { $0 } == Array(0..<batch))
    }
  }
}

/// Where members put what they have, and wait for each other.
private final class Table: @unchecked Sendable {
  let members: Int
  private let condition = NSCondition()
  private var arrived = 0
  private var round = 0
  var numbers: [[Double]] = []
  var rows: [[UnsafePointer<Float>]]

  init(members: Int) {
    self.members = members
    rows = [[UnsafePointer<Float>]](repeating: [], count: members)
  }

  /// Returns when all have come; the last one does something first.
  func meet(_ last: () -> Void = {}) {
    condition.lock()
    defer { condition.unlock() }
    arrived += 1
    let own = round
    if arrived == members {
      last()
      arrived = 0
      round += 1
      condition.broadcast()
    }
    while round == own { condition.wait() }
  }

  func put(_ change: (Table) -> Void) {
    condition.lock()
    defer { condition.unlock() }
    change(self)
  }

  /// Runs all members, each on a thread.
  func run(_ body: @escaping @Sendable (Int) throws -> Void) {
    let done = DispatchSemaphore(value: 0)
    for member in 0..<members {
      let thread = Thread {
        do { try body(member) } catch { Issue.record("\(error)") }
        done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<members { done.wait() }
  }
}

/// Slices and shards of one member.
private struct Member: ShardExchange {
  let table: Table
  let member: Int

  private func part(of count: Int) -> Range<Int> {
    count * member / table.members..<count * (member + 1) / table.members
  }
  func shards(of count: Int) -> Range<Int> { part(of: count) }
  func slice(of width: Int) -> Range<Int> { part(of: width) }

  private func share<Number>(_ all: UnsafeMutablePointer<Number>, own: Range<Int>, count: Int) {
    // What is here is written where all see it, and read by all before anything else is written.
    let bytes = own.map { ($0, all[$0]) }
    table.put { table in
      if table.numbers.count != count { table.numbers = [[Double]](repeating: [], count: count) }
      for (index, value) in bytes {
        table.numbers[index] = [(value as? Double) ?? Double(value as? Float ?? .nan)]
      }
    }
    table.meet()
    table.put { table in
      for index in 0..<count {
        all[index] = (table.numbers[index][0] as? Number) ?? (Float(table.numbers[index][0]) as? Number)!
      }
    }
    table.meet { table.numbers = [] }
  }

  func complete(_ rows: UnsafeMutablePointer<Double>, width: Int, shards: Int) {
    let own = part(of: shards)
    share(rows, own: own.lowerBound * width..<own.upperBound * width, count: shards * width)
  }

  func slices(of own: [UnsafePointer<Float>], width: Int, shards: Int) -> [UnsafePointer<Float>] {
    table.put { $0.rows[member] = own }
    table.meet()
    let start = slice(of: width).lowerBound
    nonisolated(unsafe) var all: [UnsafePointer<Float>] = []
    table.put { table in all = table.rows.flatMap { $0 }.map { $0 + start } }
    return all
  }

  func complete(_ total: UnsafeMutablePointer<Float>, width: Int) {
    share(total, own: slice(of: width), count: width)
  }
}
