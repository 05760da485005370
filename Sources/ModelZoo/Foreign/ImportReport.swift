import LayerGraph

/// What an import did with a file, and what looks odd in it.
public struct ImportReport: Sendable, Equatable {
  /// The file and its format.
  public var source: String
  /// Tensors that were used, and numbers in them.
  public var tensors = 0
  /// Numbers in all of these tensors together.
  public var numbers = 0
  /// Tensors whose axes were turned, with names and shapes on both sides.
  public var transposed: [String] = []
  /// Names in the file that nothing was done with.
  public var unused: [String] = []
  /// What was done beside copying: matches by place, repairs, tables of statistics.
  public var notes: [String] = []
  /// What looks odd in the numbers: zeros, constants, huge ones.
  public var findings: [String] = []

  /// An empty report that names the file and its format.
  public init(_ file: ForeignFile) { source = "\(file.path): \(file.format.title)" }

  /// Looks over the parameters that were made.
  mutating func judge(_ parameters: Parameters) {
    tensors = parameters.names.count
    numbers = parameters.count
    findings = ParameterLint.findings(parameters)
  }

  /// The report, line by line.
  /// - Parameter isVerbose: with every tensor that was turned.
  public func lines(isVerbose: Bool = false) -> [String] {
    var lines = [source, "  \(numbers) numbers in \(tensors) parameters"]
    if !transposed.isEmpty {
      lines.append("  axes turned in \(transposed.count) tensors" + (isVerbose ? ":" : ""))
      if isVerbose { lines += transposed.map { "    " + $0 } }
    }
    lines += notes.map { "  " + $0 }
    lines.append(unused.isEmpty ? "  all names used" : "  not used: \(unused.joined(separator: ", "))")
    lines.append(
      findings.isEmpty ? "  lint: no non-finite, all-zero, constant or huge parameters" : "  lint:")
    lines += findings.map { "    " + $0 }
    return lines
  }
}

/// Looks for numbers that trained parameters do not have.
enum ParameterLint {
  /// Beyond this a weight is hardly one: damage in a file's numbers shows so.
  static let huge: Float = 1e6

  /// One line for each parameter that is zero throughout, constant, or has huge numbers.
  static func findings(_ parameters: Parameters) -> [String] {
    parameters.names.compactMap { name in
      guard let values = parameters[name]?.values, let first = values.first else { return "'\(name)' is empty" }
      if name.hasSuffix(".num_batches_tracked") || name.hasSuffix(".bias_hh_l0"), values.allSatisfy({ $0 == 0 }) {
        return nil
      }
      if values.count > 1, values.allSatisfy({ $0 == first }) {
        return first == 0 ? "'\(name)' is all zero" : "'\(name)' is \(first) throughout"
      }
      let largest = values.reduce(0) { max($0, abs($1)) }
      return largest > huge && !name.hasSuffix(".num_batches_tracked")
        ? "'\(name)' holds numbers up to \(largest)" : nil
    }
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
