import Foundation

/// Numbered blocks of work that ranks get as they come free; their results come back in order.
///
/// The first rank hands out numbers, works as well, and takes the results; what is ahead of it is bounded, so that memory
/// is. Where each rank can read what a block needs by itself, only numbers go out and only results come back; where only
/// the first one can, the block's question goes out with its number.
///
///     try BlockScheduler(communicator, count: 12) { try bytes(ofBlock: $0) }.run { next in
///       while let result = try next() { try out.write(result) }     // on the first rank alone
///     }
public final class BlockScheduler {
  private let communicator: Communicator
  /// The result of a block, by its number and question.
  public typealias Work = @Sendable (_ number: Int, _ question: [UInt8]) throws -> [UInt8]

  /// The next question; nil after the last.
  private let ask: () throws -> [UInt8]?
  private let work: Work

  /// Blocks that a rank has at a time: one at work, and one so that it need not wait for the next.
  private static let depth = 2
  /// Results that may be waited for, for each rank.
  private static let ahead = 3

  private enum Result {
    case done([UInt8])
    case failed(any Error)
    case failedElsewhere(rank: Int, host: String, reason: String)
  }
  private var handedOut = 0
  private var taken = 0
  private var isAtEnd = false
  /// Of blocks that are handed out and not taken.
  private var questions: [Int: [UInt8]] = [:]
  private var results: [Int: Result] = [:]
  private var outstanding: [Int]
  private lazy var lane = BlockLane(work)

  /// - Parameters:
  ///   - communicator: the ranks that share the blocks.
  ///   - count: of blocks.
  ///   - work: the result of a block; depends on its number alone. It may run on another thread, one block at a time.
  public convenience init(
    _ communicator: Communicator, count: Int, work: @escaping @Sendable (Int) throws -> [UInt8]
  ) {
    var asked = 0
    self.init(communicator) {
      guard asked < count else { return nil }
      asked += 1
      return []
    } work: { number, _ in
      try work(number)
    }
  }

  /// - Parameters:
  ///   - communicator: the ranks that share the blocks.
  ///   - questions: what the next block is about, nil after the last; called on the first rank alone, in order. Where
  ///     it throws, blocks before are still done.
  ///   - work: the result of a block; depends on its number and question alone. It may run on another thread, one block
  ///     at a time.
  public init(_ communicator: Communicator, questions: @escaping () throws -> [UInt8]?, work: @escaping Work) {
    self.communicator = communicator
    ask = questions
    self.work = work
    outstanding = [Int](repeating: 0, count: communicator.count)
  }

  /// Does all blocks; all ranks call it.
  /// - Parameter body: on the first rank alone; `next` gives the results in order, then nil.
  /// - Throws: what `body` throws, `BlockFailure` where a block fails, on the first rank;
  ///   `ClusterError.elsewhere` on the others.
  public func run(_ body: (_ next: () throws -> [UInt8]?) throws -> Void) throws {
    if communicator.isAlone { return try body(nextAlone) }
    guard communicator.isFirst else { return try serve() }
    do {
      try body(next)
      try end(.done)
    } catch {
      try end(.failed)
      throw error
    }
  }

  private func nextAlone() throws -> [UInt8]? {
    defer { taken += 1 }
    do { return try ask().map { try work(taken, $0) } } catch { throw BlockFailure(block: taken, error: error) }
  }

  // MARK: The first rank

  private func next() throws -> [UInt8]? {
    while true {
      handOut()
      if isAtEnd, taken == handedOut { return nil }
      var isIdle = try !receive()
      for (number, result) in lane.takeResults() {
        outstanding[0] -= 1
        isIdle = false
        switch result {
        case .success(let bytes): results[number] = .done(bytes)
        case .failure(let error): results[number] = .failed(error)
        }
      }
      if let result = results.removeValue(forKey: taken) {
        defer {
          questions[taken] = nil
          taken += 1
        }
        return try bytes(of: result)
      }
      if isIdle { usleep(100) }
    }
  }

  private func bytes(of result: Result) throws -> [UInt8] {
    switch result {
    case .done(let bytes): return bytes
    case .failed(let error): throw BlockFailure(block: taken, error: error)
    case .failedElsewhere(let rank, let host, let reason):
      // What is wrong with the block itself goes wrong here, too, and is said as one process says it.
      do { _ = try work(taken, questions[taken] ?? []) } catch { throw BlockFailure(block: taken, error: error) }
      throw ClusterError.rank(rank, host: host, reason: reason)
    }
  }

  /// Gives numbers to ranks that have room, least busy first.
  private func handOut() {
    while !isAtEnd, handedOut < taken + Self.ahead * communicator.count {
      let rank = outstanding.indices.min { outstanding[$0] < outstanding[$1] } ?? 0
      guard outstanding[rank] < Self.depth else { return }
      let question: [UInt8]
      do {
        guard let next = try ask() else {
          isAtEnd = true
          return
        }
        question = next
      } catch {
        isAtEnd = true
        results[handedOut] = .failed(error)
        handedOut += 1
        return
      }
      questions[handedOut] = question
      if rank == 0 {
        lane.add(handedOut, question)
      } else {
        do { try communicator.send(BlockMessage.block(handedOut, question).bytes, to: rank) } catch {
          communicator.abort("\(error)")
        }
      }
      outstanding[rank] += 1
      handedOut += 1
    }
  }

  /// Takes results that have come; whether there were any.
  private func receive() throws -> Bool {
    var isAny = false
    while let (rank, bytes) = try communicator.receive() {
      isAny = true
      outstanding[rank] -= 1
      switch BlockMessage(bytes) {
      case .result(let number, let result): results[number] = .done(result)
      case .failure(let number, let host, let reason):
        results[number] = .failedElsewhere(rank: rank, host: host, reason: reason)
      case .block, .end, .left: preconditionFailure("no result from rank \(rank)")
      }
    }
    return isAny
  }

  /// Sends all ranks home, and takes what they still send.
  private func end(_ outcome: Communicator.Outcome) throws {
    lane.close()
    for rank in 1..<communicator.count { try communicator.send(BlockMessage.end(outcome).bytes, to: rank) }
    var left = 1
    while left < communicator.count {
      guard let (_, bytes) = try communicator.receive() else {
        usleep(100)
        continue
      }
      if case .left = BlockMessage(bytes) { left += 1 }
    }
  }

  // MARK: The other ranks

  private func serve() throws {
    var queue: [(number: Int, question: [UInt8])] = []
    while true {
      while let (_, bytes) = try communicator.receive() {
        switch BlockMessage(bytes) {
        case .block(let number, let question): queue.append((number, question))
        case .end(let outcome):
          try communicator.send(BlockMessage.left.bytes, to: 0)
          if outcome == .failed { throw ClusterError.elsewhere }
          return
        case .result, .failure, .left: preconditionFailure("no block from the first rank")
        }
      }
      guard !queue.isEmpty else {
        usleep(100)
        continue
      }
      let (number, question) = queue.removeFirst()
      let message: BlockMessage
      do { message = .result(number, try work(number, question)) } catch {
        message = .failure(number, host: communicator.host, reason: "\(error)")
      }
      try communicator.send(message.bytes, to: 0)
    }
  }
}

/// A block that could not be done.
public struct BlockFailure: Error, CustomStringConvertible {
  /// Its number.
  public let block: Int
  /// What the block's work threw.
  public let error: any Error

  public var description: String { "\(error)" }
}
