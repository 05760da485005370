/// What can go wrong between processes that were started together.
public enum ClusterError: Error, Equatable, CustomStringConvertible {
  /// MPI could not do what it was asked for.
  case library(call: String, reason: String)
  /// The program was started as several processes, and was built without MPI.
  case notBuilt(count: Int, launcher: String)
  /// Something is not the same on all ranks.
  case difference(what: String, rank: Int, host: String, found: String, expected: String)
  /// A rank could not do what others could.
  case rank(Int, host: String, reason: String)
  /// Another rank has failed, and says so itself.
  case elsewhere
  /// A message is longer than MPI's counts go.
  case size(what: String, bytes: Int)
  /// There is not enough work for all ranks.
  case tooMany(ranks: Int, most: Int, what: String, wayOut: String)

  public var description: String {
    switch self {
    case .library(let call, let reason): "MPI failed at \(call): \(reason)."
    case .notBuilt(let count, let launcher):
      "This program was started as \(count) processes (\(launcher)), and it was built without MPI: each would do the "
        + "whole work. Build it with: swift build -c release --traits MPI. ZOO_RANKS=separate lets them run as they are."
    case .difference(let what, let rank, let host, let found, let expected):
      "All ranks must have the same \(what): rank \(rank) (\(host)) has \(found), rank 0 has \(expected)."
    case .rank(let rank, let host, let reason): "On rank \(rank) (\(host)): \(reason)"
    case .elsewhere: "Another rank has failed."
    case .size(let what, let bytes): "\(what) takes \(bytes) bytes; MPI passes on at most \(Int32.max) at once."
    case .tooMany(let ranks, let most, let what, let wayOut):
      "There are \(ranks) ranks for \(most) \(what), so some would have nothing to do. \(wayOut)"
    }
  }
}
