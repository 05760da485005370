import CCluster
import Foundation

/// The processes that do one piece of work together, each with a number: its rank.
///
/// With one process everything here is done at once and without MPI. Functions that "all ranks" call return on each when
/// all have called them. One thread at a time may use a communicator.
public final class Communicator: @unchecked Sendable {
  /// This process's number, 0 ..< `count`.
  public let rank: Int
  /// How many processes there are.
  public let count: Int
  /// The name of this machine.
  public let host: String

  /// This process by itself.
  public static let alone = Communicator(rank: 0, count: 1, host: ProcessInfo.processInfo.hostName)

  /// Whether this rank speaks for all: it alone writes files and standard output.
  public var isFirst: Bool { rank == 0 }
  /// Whether this process is by itself.
  public var isAlone: Bool { count == 1 }

  private init(rank: Int, count: Int, host: String) {
    self.rank = rank
    self.count = count
    self.host = host
  }

  /// Joins the processes that were started together; without such, this is a process by itself and MPI is not touched.
  /// - Throws: `ClusterError.notBuilt` where there are several and MPI was not built in.
  public static func start(_ launch: Launch = Launch()) throws -> Communicator {
    guard launch.count > 1 else { return alone }
    #if MPI
      var rank: Int32 = 0, count: Int32 = 1
      try check("the start") { zc_start(&rank, &count) }
      var name = [CChar](repeating: 0, count: 256)
      try check("asking for the machine's name") { zc_host(&name, Int32(name.count)) }
      let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return Communicator(rank: Int(rank), count: Int(count), host: host)
    #else
      throw ClusterError.notBuilt(count: launch.count, launcher: launch.launcher)
    #endif
  }

  // MARK: All ranks

  /// Waits for all ranks.
  public func barrier() throws {
    #if MPI
      if !isAlone { try Self.check("waiting for all ranks") { zc_barrier() } }
    #endif
  }

  /// Bytes of the first rank, on all ranks.
  /// - Parameter bytes: those of other ranks are not looked at.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    #if MPI
      guard !isAlone else { return bytes }
      let length = try gather(Int64(bytes.count))[0]
      var result = isFirst ? bytes : [UInt8](repeating: 0, count: Int(length))
      let piece = 1 << 30
      for start in stride(from: 0, to: result.count, by: piece) {
        let size = min(piece, result.count - start)
        try result.withUnsafeMutableBytes { buffer in
          try Self.check("passing bytes on") { zc_broadcast(buffer.baseAddress! + start, Int32(size), 0) }
        }
      }
      return result
    #else
      return bytes
    #endif
  }

  /// A number of each rank, in the order of ranks, on all ranks.
  public func gather<Number: BitwiseCopyable>(_ own: Number) throws -> [Number] {
    try gather([own]).map { $0[0] }
  }

  /// As many numbers of each rank, in the order of ranks, on all ranks.
  public func gather<Number: BitwiseCopyable>(_ own: [Number]) throws -> [[Number]] {
    #if MPI
      guard !isAlone, !own.isEmpty else { return [[Number]](repeating: own, count: count) }
      let bytes = own.count * MemoryLayout<Number>.stride
      var all = [Number](repeating: own[0], count: own.count * count)
      try all.withUnsafeMutableBytes { target in
        try own.withUnsafeBytes { source in
          try Self.check("gathering numbers") {
            zc_all_gather(source.baseAddress, Int32(bytes), target.baseAddress)
          }
        }
      }
      return (0..<count).map { Array(all[$0 * own.count..<($0 + 1) * own.count]) }
    #else
      return [own]
    #endif
  }

  /// A text of each rank, in the order of ranks, on all ranks.
  public func gather(_ own: String) throws -> [String] {
    guard !isAlone else { return [own] }
    let bytes = Array(own.utf8)
    let lengths = try gather(bytes.count)
    var all = [UInt8](repeating: 0, count: lengths.reduce(0, +))
    let offsets = lengths.indices.map { lengths[..<$0].reduce(0, +) }
    all.replaceSubrange(offsets[rank]..<offsets[rank] + bytes.count, with: bytes)
    try all.withUnsafeMutableBytes { buffer in
      try complete(buffer, parts: zip(offsets, lengths).map { $0..<$0 + $1 })
    }
    return zip(offsets, lengths).map { String(decoding: all[$0..<$0 + $1], as: UTF8.self) }
  }

  /// Fills in what the other ranks have: part r is in place on rank r.
  public func complete(_ bytes: UnsafeMutableRawBufferPointer, parts: [Range<Int>]) throws {
    #if MPI
      guard !isAlone, bytes.count > 0 else { return }
      guard bytes.count <= Int(Int32.max) else { throw ClusterError.size(what: "A part", bytes: bytes.count) }
      try Self.check("gathering parts") {
        zc_all_gather_parts(bytes.baseAddress, parts.map { Int32($0.count) }, parts.map { Int32($0.lowerBound) })
      }
    #endif
  }

  /// Sends part r to rank r and receives a part from each.
  /// - Parameters:
  ///   - source: what this rank sends; it may not overlap `target`.
  ///   - sent: ranges of `source`, one for each rank.
  ///   - target: where parts from the others are put.
  ///   - received: ranges of `target`, one for each rank.
  public func exchange(
    _ source: UnsafePointer<Float>, sent: [Range<Int>], _ target: UnsafeMutablePointer<Float>, received: [Range<Int>]
  ) throws {
    #if MPI
      let most = max(sent.map(\.upperBound).max() ?? 0, received.map(\.upperBound).max() ?? 0)
      guard most <= Int(Int32.max) else { throw ClusterError.size(what: "An exchange", bytes: 4 * most) }
      try Self.check("exchanging numbers") {
        zc_exchange(
          source, sent.map { Int32($0.count) }, sent.map { Int32($0.lowerBound) }, target,
          received.map { Int32($0.count) }, received.map { Int32($0.lowerBound) })
      }
    #else
      preconditionFailure("there is nobody to exchange with")
    #endif
  }

  // MARK: One rank to another

  /// Sends bytes; returns when they are on their way.
  public func send(_ bytes: [UInt8], to rank: Int) throws {
    guard bytes.count <= Int(Int32.max) else { throw ClusterError.size(what: "A message", bytes: bytes.count) }
    #if MPI
      try Self.check("sending to rank \(rank)") { zc_send(bytes, Int32(bytes.count), Int32(rank)) }
    #else
      preconditionFailure("there is nobody to send to")
    #endif
  }

  /// A message that has come, if there is one.
  public func receive() throws -> (rank: Int, bytes: [UInt8])? {
    #if MPI
      var isThere: Int32 = 0, rank: Int32 = 0, size: Int32 = 0
      try Self.check("looking for messages") { zc_probe(&isThere, &rank, &size) }
      guard isThere != 0 else { return nil }
      let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, initialised in
        try Self.check("receiving from rank \(rank)") { zc_receive(buffer.baseAddress, size, rank) }
        initialised = Int(size)
      }
      return (Int(rank), bytes)
    #else
      return nil
    #endif
  }

  // MARK: The end

  /// Ends all processes of all ranks at once, with a sentence of this one.
  public func abort(_ sentence: String, status: Int32 = 1) -> Never {
    FileHandle.standardError.write(Data((sentence + "\n").utf8))
    #if MPI
      zc_abort(status)
    #endif
    exit(status)
  }

  /// How the work of a rank ended.
  public enum Outcome: Int32, Sendable {
    /// All was done.
    case done
    /// It ended with an error.
    case failed
    /// It ended because another rank failed.
    case failedElsewhere
  }

  /// Says how this rank's work ended, and leaves with the others.
  ///
  /// A rank that has ended well waits for the others as long as they work. One that has failed waits a little: where
  /// others are in the middle of work that needs it, they will never come.
  /// - Returns: outcomes in the order of ranks; nil where others never came.
  public func finish(_ outcome: Outcome) -> [Outcome]? {
    guard !isAlone else { return [outcome] }
    #if MPI
      // MPI writes into this until all have met.
      let outcomes = UnsafeMutablePointer<Int32>.allocate(capacity: count)
      let end = outcome == .done ? Date.distantFuture : Date().addingTimeInterval(Self.patience)
      guard zc_meet(outcome.rawValue, outcomes) == 0 else { return nil }
      var haveMet: Int32 = 0
      while zc_have_met(&haveMet) == 0, haveMet == 0 {
        if Date() > end { return nil }
        usleep(500)
      }
      guard haveMet != 0 else { return nil }
      zc_finish()
      return (0..<count).map { Outcome(rawValue: outcomes[$0]) ?? .failed }
    #else
      return [outcome]
    #endif
  }

  private static let patience = 3.0

  #if MPI
    private static func check(_ call: String, _ body: () -> Int32) throws {
      let code = body()
      guard code != 0 else { return }
      var text = [CChar](repeating: 0, count: 512)
      zc_reason(code, &text, Int32(text.count))
      throw ClusterError.library(
        call: call, reason: String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
  #endif
}
