import LayerGraph

/// Looks for numbers that trained parameters do not have.
enum ParameterLint {
  /// Beyond this a weight is hardly one.
  static let huge: Float = 1e6
  /// Nearer to zero than this, and not zero, training leaves none: the smallest in 1,091 parameters of trained
  /// networks (this package's own, RANDI's and UPV-MAT's) is 4e-8.
  static let tiny: Float = 1e-12
  /// How many times the root mean square of its parameter a number may be; the most in the same networks is 25.
  static let outlying: Double = 100

  /// One line for each parameter that is zero throughout, constant, or has numbers that trained ones do not have.
  ///
  /// A changed byte in the highest places of a number shows so; one in the lower places makes another number that
  /// nothing but a checksum can tell from the right one.
  static func findings(_ parameters: Parameters) -> [String] {
    parameters.names.compactMap { name in
      guard let values = parameters[name]?.values, let first = values.first else { return "'\(name)' is empty" }
      if name.hasSuffix(".num_batches_tracked") { return first >= 0 ? nil : "'\(name)' is \(first)" }
      if name.hasSuffix(".bias_hh_l0"), values.allSatisfy({ $0 == 0 }) { return nil }
      if values.count > 1, values.allSatisfy({ $0 == first }) {
        return first == 0 ? "'\(name)' is all zero" : "'\(name)' is \(first) throughout"
      }
      let odd = oddities(values, isVariance: name.hasSuffix(".running_var"))
      return odd.isEmpty ? nil : "'\(name)' holds \(odd.joined(separator: " and "))"
    }
  }

  private static func oddities(_ values: [Float], isVariance: Bool) -> [String] {
    var found: [String] = []
    let largest = values.reduce(0) { max($0, abs($1)) }
    // The largest itself is left out of what it is compared with.
    let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) } - Double(largest) * Double(largest)
    let usual = (max(0, squares) / Double(max(1, values.count - 1))).squareRoot()
    if largest > huge {
      found.append("numbers up to \(largest)")
    } else if values.count >= 16, usual > 0, Double(largest) > outlying * usual {
      found.append("\(largest), which is \(Int(Double(largest) / usual)) times as large as the others are")
    }
    let tinies = values.count { $0 != 0 && abs($0) < tiny }
    if tinies > 0 { found.append("\(tinies) \(tinies == 1 ? "number" : "numbers") nearer to zero than \(tiny)") }
    if isVariance, let negative = values.first(where: { $0 < 0 }) { found.append("\(negative) for a variance") }
    return found
  }

  /// What is not finite in the parameters of one layer.
  struct NotFinite: Equatable {
    /// The layer's scope.
    let layer: String
    /// For each parameter, numbers that are not finite and all.
    let parameters: [(name: String, bad: Int, count: Int)]
    /// Units (places on the first axis) that have any.
    let units: [Int]

    var description: String {
      let parts = parameters.map { "\($0.bad) of \($0.count) in its \($0.name)" }
      let list = units.prefix(40).map(String.init).joined(separator: ", ") + (units.count > 40 ? ", ..." : "")
      return "Layer '\(layer)': \(parts.joined(separator: ", ")), in \(units.count) units (\(list))"
    }

    static func == (a: NotFinite, b: NotFinite) -> Bool { a.description == b.description }
  }

  /// Layers with numbers that are not finite, in the order of the parameters.
  static func notFinite(_ parameters: Parameters) -> [NotFinite] {
    var order: [String] = [], parts: [String: [(name: String, bad: Int, count: Int)]] = [:],
      units: [String: Set<Int>] = [:]
    for name in parameters.names {
      guard let tensor = parameters[name] else { continue }
      let bad = tensor.values.indices.filter { !tensor.values[$0].isFinite }
      if bad.isEmpty { continue }
      let pieces = name.split(separator: "."), layer = pieces.dropLast().joined(separator: ".")
      if parts[layer] == nil { order.append(layer) }
      parts[layer, default: []].append((String(pieces.last ?? ""), bad.count, tensor.values.count))
      let rowLength = max(1, tensor.values.count / max(1, tensor.shape.first ?? 1))
      units[layer, default: []].formUnion(bad.map { $0 / rowLength })
    }
    return order.map { NotFinite(layer: $0, parameters: parts[$0]!, units: units[$0]!.sorted()) }
  }
}
