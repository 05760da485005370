import CKernels
import Dispatch
import Foundation
import Synchronization

/// A fixed number of threads that share out numbered pieces of work.
///
/// Which thread takes which piece is left to chance, so a piece's result must depend on its number alone. Denormal
/// numbers are flushed to zero while a piece runs.
public struct Workers: Sendable {
  /// Threads at work.
  public let count: Int

  /// - Parameter count: 1 or more; by default `ZOO_THREADS`, else one for each processor.
  public init(count: Int? = nil) {
    let environment = ProcessInfo.processInfo.environment["ZOO_THREADS"].flatMap(Int.init)
    self.count = max(1, count ?? environment ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// Calls `body` once for each piece, with the number of the piece and of the worker (0 ..< count).
  ///
  /// One worker runs one piece at a time, so that memory can belong to a worker.
  public func run(_ pieces: Int, _ body: @Sendable (_ piece: Int, _ worker: Int) -> Void) {
    let next = Counter()
    let threads = min(count, pieces)
    @Sendable func work(_ worker: Int) {
      let state = zk_flush_denormals()
      defer { zk_restore_denormals(state) }
      while true {
        let piece = next.take()
        if piece >= pieces { return }
        body(piece, worker)
      }
    }
    if threads <= 1 {
      work(0)
    } else {
      DispatchQueue.concurrentPerform(iterations: threads) { work($0) }
    }
  }
}

/// Hands out 0, 1, 2, ... to whichever thread asks.
private final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func take() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
