/// Why points can't be embedded.
public enum EmbeddingError: Error, Equatable, CustomStringConvertible {
  /// The list of values does not have `count` x `dimension` of them.
  case size(expected: String, found: Int)
  /// A coordinate is not a number or infinite.
  case notFinite(point: Int, column: Int)
  /// Fewer points than can have that many neighbours.
  case tooFew(points: Int, needed: Int, neighbours: Int)
  /// A setting is outside its range.
  case setting(name: String, expected: String, found: String)

  public var description: String {
    switch self {
    case .size(let expected, let found): "There are \(found) values; expected are \(expected)."
    case .notFinite(let point, let column):
      "Value \(column + 1) of point \(point + 1) is not a finite number; leave such points out."
    case .tooFew(let points, let needed, let neighbours):
      "There are \(points) points; \(neighbours) neighbours each need \(needed) or more. Give more points or ask for"
        + " fewer neighbours."
    case .setting(let name, let expected, let found): "\(name) must be \(expected), not \(found)."
    }
  }
}
