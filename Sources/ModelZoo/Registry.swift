/// The architectures that a program knows, in the order in which they are listed.
public struct Registry: Sendable {
  /// In the order in which they are listed.
  public let architectures: [any Architecture]

  /// - Throws: `RegistryError.duplicate` where two have the same id, `.malformedID` where an id can't be typed.
  public init(_ architectures: [any Architecture]) throws {
    var seen: [String: String] = [:]
    for architecture in architectures {
      let card = architecture.card
      guard Self.isWellFormed(card.id) else { throw RegistryError.malformedID(card.id) }
      if let other = seen.updateValue(card.title, forKey: card.id) {
        throw RegistryError.duplicate(id: card.id, titles: [other, card.title])
      }
    }
    self.architectures = architectures
  }

  /// Whether an id can be typed: lower-case letters, digits and hyphens.
  static func isWellFormed(_ id: String) -> Bool {
    !id.isEmpty && id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
  }

  /// Ids in order.
  public var ids: [String] { architectures.map(\.card.id) }

  /// The architecture with an id.
  /// - Throws: `RegistryError.unknown` with the nearest id.
  public func architecture(_ id: String) throws -> any Architecture {
    if let found = architectures.first(where: { $0.card.id == id }) { return found }
    throw RegistryError.unknown(id: id, nearest: Self.nearest(to: id, among: ids), registered: ids)
  }

  /// The id that the fewest single-letter changes make of `id`; nil where that are more than half of its letters.
  static func nearest(to id: String, among ids: [String]) -> String? {
    let best = ids.map { (id: $0, distance: editDistance(id.lowercased(), $0)) }.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(1, max(id.count, best.id.count) / 2) else { return nil }
    return best.id
  }

  /// Levenshtein's distance.
  static func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.utf8), b = Array(b.utf8)
    var row = Array(0...b.count)
    for i in a.indices {
      var previous = row[0]
      row[0] = i + 1
      for j in b.indices {
        let cost = min(row[j + 1] + 1, row[j] + 1, previous + (a[i] == b[j] ? 0 : 1))
        previous = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[b.count]
  }
}

/// Why an architecture is not registered or not found.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
  /// No architecture has this id.
  case unknown(id: String, nearest: String?, registered: [String])
  /// Two have the same.
  case duplicate(id: String, titles: [String])
  /// An id that can't be typed.
  case malformedID(String)
  /// An expression with an empty id between plus signs, or with one id twice.
  case malformedExpression(String)

  public var description: String {
    switch self {
    case .unknown(let id, let nearest, let registered):
      "No architecture '\(id)'." + (nearest.map { " Did you mean '\($0)'?" } ?? "")
        + " Registered: \(registered.joined(separator: ", "))."
    case .duplicate(let id, let titles):
      "Two architectures have the id '\(id)': \(titles.joined(separator: " and ")). Give one of them another id."
    case .malformedID(let id):
      "'\(id)' can't be an architecture's id: use lower-case letters, digits and hyphens."
    case .malformedExpression(let text):
      "'\(text)' names no model: write different architectures with plus signs between, e.g. wadnet+lstm."
    }
  }
}
