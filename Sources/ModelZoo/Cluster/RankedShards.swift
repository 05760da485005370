import Cluster
import Dispatch
import LayerGraph

/// Shards of a batch shared out among ranks: rank r has the r-th run of them.
///
/// Gradients go in two steps, so that a rank sends and receives a little more than twice their size however many ranks
/// there are: each brings every other rank that rank's slice of its shards, each adds its slice in shard order, and then
/// all give each other their sums.
public final class RankedShards: ShardExchange, @unchecked Sendable {
  /// Seconds since `startTiming`.
  public struct Times: Sendable, Equatable {
    /// Spent until all ranks had come to an exchange.
    public var waiting = 0.0
    /// Spent in exchanges after that.
    public var exchanging = 0.0
  }

  private let communicator: Communicator
  private var sent = AlignedBuffer(count: 0)
  private var received = AlignedBuffer(count: 0)
  private var isTimed = false
  /// What exchanges took.
  public private(set) var times = Times()

  /// - Parameter communicator: the ranks; all of them run the same plans.
  public init(_ communicator: Communicator) { self.communicator = communicator }

  /// From now on each exchange begins when all ranks are there, so that waiting and exchanging are told apart.
  public func startTiming() {
    isTimed = true
    times = Times()
  }

  public func shards(of count: Int) -> Range<Int> { communicator.part(of: count, for: communicator.rank) }

  public func complete(_ rows: UnsafeMutablePointer<Double>, width: Int, shards: Int) {
    let size = width * MemoryLayout<Double>.size
    let parts = (0..<communicator.count).map { rank in
      let own = communicator.part(of: shards, for: rank)
      return own.lowerBound * size..<own.upperBound * size
    }
    orEnd { try communicator.complete(UnsafeMutableRawBufferPointer(start: rows, count: size * shards), parts: parts) }
  }

  public func slice(of width: Int) -> Range<Int> { slice(of: width, for: communicator.rank) }

  /// Slices start on cache lines.
  private func slice(of width: Int, for rank: Int) -> Range<Int> {
    let lines = communicator.part(of: (width + 15) / 16, for: rank)
    return min(width, lines.lowerBound * 16)..<min(width, lines.upperBound * 16)
  }

  public func slices(of own: [UnsafePointer<Float>], width: Int, shards: Int) -> [UnsafePointer<Float>] {
    let ranks = 0..<communicator.count, slice = slice(of: width)
    let stride = (slice.count + 15) / 16 * 16
    if sent.count < own.count * width { sent = AlignedBuffer(count: own.count * width) }
    if received.count < shards * stride { received = AlignedBuffer(count: shards * stride) }
    // What a rank is to get lies together: its slice of each of our shards.
    var place = 0
    let sending = ranks.map { rank in
      let start = place, theirs = self.slice(of: width, for: rank)
      for row in own {
        (sent.pointer + place).update(from: row + theirs.lowerBound, count: theirs.count)
        place += theirs.count
      }
      return start..<place
    }
    let receiving = ranks.map { rank in
      let theirs = communicator.part(of: shards, for: rank)
      return theirs.lowerBound * slice.count..<theirs.upperBound * slice.count
    }
    orEnd { try communicator.exchange(sent.pointer, sent: sending, received.pointer, received: receiving) }
    return (0..<shards).map { UnsafePointer(received.pointer + $0 * slice.count) }
  }

  public func complete(_ total: UnsafeMutablePointer<Float>, width: Int) {
    let parts = (0..<communicator.count).map { rank in
      let slice = slice(of: width, for: rank)
      return slice.lowerBound * 4..<slice.upperBound * 4
    }
    orEnd { try communicator.complete(UnsafeMutableRawBufferPointer(start: total, count: width * 4), parts: parts) }
  }

  /// Without the others there is no step; where an exchange fails, all ranks end.
  private func orEnd(_ exchange: () throws -> Void) {
    do {
      if isTimed { times.waiting += try seconds { try communicator.barrier() } }
      times.exchanging += try seconds(exchange)
    } catch {
      communicator.abort("On rank \(communicator.rank) (\(communicator.host)): \(error)")
    }
  }

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begun = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - begun) * 1e-9
  }
}
