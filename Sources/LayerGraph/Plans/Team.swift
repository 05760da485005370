import CKernels
import Foundation
import Synchronization

/// Threads that work on one group of trajectories together, where there are fewer groups than threads.
///
/// One thread leads: it runs the plan and hands out pieces of single layers; the others spin until there is something to
/// do, as waking a thread takes longer than a piece. Pieces are claimed in order by threads that run, so that a piece
/// may wait for earlier ones, and a team of one thread never waits.
public final class Team: @unchecked Sendable {
  /// Threads at work.
  public let count: Int
  /// A job's number in the upper half, the next piece to claim in the lower.
  private let ticket = Atomic<UInt64>(0)
  private let done = Atomic<Int>(0)
  private let isLed = Atomic<Bool>(false)
  private let isClosed = Atomic<Bool>(false)
  /// The job: written before its ticket is published, left alone until all pieces are done.
  private let pieces = Atomic<Int>(0)
  private var body: (Int) -> Void = { _ in }

  /// A team of one thread, which does all pieces in order.
  public static var alone: Team { Team(count: 1) }

  init(count: Int) { self.count = count }

  /// Calls `body` for each piece, on any thread of the team, and returns when all are done. The leader calls it.
  public func run(_ pieces: Int, _ body: (_ piece: Int) -> Void) {
    guard count > 1, pieces > 1 else {
      for piece in 0..<pieces { body(piece) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      self.pieces.store(pieces, ordering: .relaxed)
      done.store(0, ordering: .relaxed)
      let job = (ticket.load(ordering: .relaxed) >> 32) + 1
      ticket.store(job << 32, ordering: .releasing)
      work(job)
      Self.spin { done.load(ordering: .acquiring) == pieces }
      self.body = { _ in }
    }
  }

  /// Claims and does pieces of a job until none is left.
  private func work(_ job: UInt64) {
    var current = ticket.load(ordering: .acquiring)
    while current >> 32 == job, current & 0xFFFF_FFFF < UInt64(pieces.load(ordering: .relaxed)) {
      let (isMine, found) = ticket.compareExchange(
        expected: current, desired: current + 1, ordering: .acquiringAndReleasing)
      if isMine {
        body(Int(current & 0xFFFF_FFFF))
        done.wrappingAdd(1, ordering: .acquiringAndReleasing)
        current = ticket.load(ordering: .acquiring)
      } else {
        current = found
      }
    }
  }

  /// Waits for what another thread is about to do; gives the processor away where that takes long.
  static func spin(_ isReady: () -> Bool) {
    var tries = 0
    while !isReady() {
      tries += 1
      if tries > 2000 { sched_yield() }
    }
  }

  /// What each thread of the team does: the first that comes leads.
  fileprivate func join(_ lead: (Team) -> Void) {
    let state = zk_flush_denormals()
    defer { zk_restore_denormals(state) }
    if isLed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged {
      lead(self)
      isClosed.store(true, ordering: .releasing)
      return
    }
    var last: UInt64 = 0
    while true {
      Self.spin { isClosed.load(ordering: .acquiring) || ticket.load(ordering: .acquiring) >> 32 != last }
      if isClosed.load(ordering: .acquiring) { return }
      last = ticket.load(ordering: .acquiring) >> 32
      work(last)
    }
  }
}

extension Workers {
  /// Calls `body` once, on one thread, with all of them at its command.
  func team(_ body: @Sendable (Team) -> Void) {
    let team = Team(count: count)
    DispatchQueue.concurrentPerform(iterations: count) { _ in team.join(body) }
  }
}

extension Workers {
  /// Calls `body` once for each block of trajectories: on different threads, or one block with all threads in a team.
  /// - Parameters:
  ///   - blocks: how many there are.
  ///   - points: of the trajectories in a block; few are done before another thread has woken up.
  ///   - body: gets the number of the block, that of the worker, and the team that may share the block.
  public func run(blocks: Int, points: Int, _ body: @Sendable (_ block: Int, _ worker: Int, _ team: Team) -> Void) {
    if blocks == 1, count > 1, points >= 64 {
      team { body(0, 0, $0) }
    } else {
      let alone = Team.alone
      run(blocks) { body($0, $1, alone) }
    }
  }
}

/// How far runs that depend on each other have come; each is moved by one thread at a time.
struct RunProgress: ~Copyable, @unchecked Sendable {
  private let steps: UnsafeMutablePointer<Atomic<Int>>
  private let count: Int

  init(count: Int) {
    self.count = count
    steps = .allocate(capacity: count)
    for index in 0..<count { (steps + index).initialize(to: Atomic(0)) }
  }

  deinit {
    steps.deinitialize(count: count)
    steps.deallocate()
  }

  /// Says that a run has made one more step.
  func advance(_ run: Int) { steps[run].wrappingAdd(1, ordering: .acquiringAndReleasing) }

  /// Waits until a run has made so many steps.
  func wait(for run: Int, _ wanted: Int) { Team.spin { steps[run].load(ordering: .acquiring) >= wanted } }
}
