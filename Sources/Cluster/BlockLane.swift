import Foundation

/// A thread that does blocks one after the other, so that the thread that made it can look after other ranks.
final class BlockLane: @unchecked Sendable {
  private let work: BlockScheduler.Work
  // Guarded by the condition.
  private let condition = NSCondition()
  private var queue: [(Int, [UInt8])] = []
  private var results: [(Int, Result<[UInt8], any Error>)] = []
  private var isClosed = false
  private var isRunning = false

  init(_ work: @escaping BlockScheduler.Work) { self.work = work }

  /// Puts a block at the end of the queue.
  func add(_ number: Int, _ question: [UInt8]) {
    condition.lock()
    defer { condition.unlock() }
    queue.append((number, question))
    if !isRunning {
      isRunning = true
      let thread = Thread { self.run() }
      // As much as a main thread has.
      thread.stackSize = 8 << 20
      thread.start()
    }
    condition.broadcast()
  }

  /// Results since the last call.
  func takeResults() -> [(Int, Result<[UInt8], any Error>)] {
    condition.lock()
    defer { condition.unlock() }
    defer { results.removeAll() }
    return results
  }

  /// Forgets what waits and returns when no block is at work.
  func close() {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    queue.removeAll()
    condition.broadcast()
    while isRunning { condition.wait() }
  }

  private func run() {
    condition.lock()
    while true {
      while queue.isEmpty, !isClosed { condition.wait() }
      if isClosed { break }
      let (number, question) = queue.removeFirst()
      condition.unlock()
      let result = Result { try work(number, question) }
      condition.lock()
      results.append((number, result))
    }
    isRunning = false
    condition.broadcast()
    condition.unlock()
  }
}
