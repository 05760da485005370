/// Who computes which shards of a batch, and how all come to know the sums over all shards.
///
/// A training plan cuts a batch into a fixed number of shards and adds what they contribute in shard order. Where several
/// processes train together, each computes some shards; an exchange then brings to each what the others have, so that
/// the sums, and all that follows from them, are the bytes of one process. All processes call the same functions in the
/// same order. An exchange that can't go on ends the program: the work of all depends on it.
public protocol ShardExchange: Sendable {
  /// The shards, of `count`, that are computed here; those of all processes follow each other.
  func shards(of count: Int) -> Range<Int>
  /// Fills in the shards of the others.
  /// - Parameters:
  ///   - rows: `[shards][width]`, in which the own shards are in place.
  ///   - width: numbers of a row.
  ///   - shards: of all processes.
  func complete(_ rows: UnsafeMutablePointer<Double>, width: Int, shards: Int)
  /// The part of a row of `width` numbers that is added here.
  func slice(of width: Int) -> Range<Int>
  /// Brings this process's slice of all shards' rows.
  /// - Parameters:
  ///   - own: rows of `width` numbers of the own shards.
  ///   - width: numbers of a row.
  ///   - shards: of all processes.
  /// - Returns: the slice of each shard, in shard order; valid until the next call.
  func slices(of own: [UnsafePointer<Float>], width: Int, shards: Int) -> [UnsafePointer<Float>]
  /// Fills in the slices of the others.
  /// - Parameters:
  ///   - total: `width` numbers, in which the own slice is in place.
  ///   - width: numbers of a row.
  func complete(_ total: UnsafeMutablePointer<Float>, width: Int)
}

/// All shards are computed in this process.
public struct LocalShards: ShardExchange {
  /// For processes without others.
  public init() {}
  public func shards(of count: Int) -> Range<Int> { 0..<count }
  public func complete(_ rows: UnsafeMutablePointer<Double>, width: Int, shards: Int) {}
  public func slice(of width: Int) -> Range<Int> { 0..<width }
  public func slices(of own: [UnsafePointer<Float>], width: Int, shards: Int) -> [UnsafePointer<Float>] { own }
  public func complete(_ total: UnsafeMutablePointer<Float>, width: Int) {}
}
