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
  /// What looks odd in the numbers: parameters that are zero or constant, numbers that training does not leave.
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
      findings.isEmpty
        ? "  lint: no non-finite, all-zero or constant parameters, no odd numbers" : "  lint:")
    lines += findings.map { "    " + $0 }
    return lines
  }
}
