/// Why a graph, a plan or a training step cannot be made.
public enum GraphError: Error, Equatable, CustomStringConvertible {
  /// A layer got an input of another shape.
  case shape(layer: String, expected: String, found: String)
  /// A layer got another number of inputs.
  case inputCount(layer: String, expected: String, found: Int)
  /// A node's name is already taken, or a scope is shared by layers that differ.
  case name(String, reason: String)
  /// Parameters that do not fit the graph, all of them at once.
  case parameters(graph: String, mismatches: [String])
  /// A hyper-parameter outside its range.
  case value(name: String, expected: String, found: String)
  /// `ZOO_ISA` names a kernel table that this machine lacks.
  case instructionSet(name: String, available: [String])
  /// The processor has no instructions for products of this precision.
  case precision(Precision)

  /// The same error with the name of the node behind that of the layer.
  func naming(node: String) -> GraphError {
    switch self {
    case .shape(let layer, let expected, let found):
      .shape(layer: "\(layer) '\(node)'", expected: expected, found: found)
    case .inputCount(let layer, let expected, let found):
      .inputCount(layer: "\(layer) '\(node)'", expected: expected, found: found)
    case .value(let name, let expected, let found):
      .value(name: "\(name) '\(node)'", expected: expected, found: found)
    case .name, .parameters, .instructionSet, .precision: self
    }
  }

  public var description: String {
    switch self {
    case .shape(let layer, let expected, let found):
      "\(layer) expects an input of shape \(expected), but got \(found)."
    case .inputCount(let layer, let expected, let found):
      "\(layer) expects \(expected), but got \(found) inputs."
    case .name(let name, let reason): "The name '\(name)' can't be used in this graph: \(reason)."
    case .parameters(let graph, let mismatches):
      (mismatches.count == 1 ? "1 parameter does" : "\(mismatches.count) parameters do")
        + " not fit the graph '\(graph)': " + mismatches.joined(separator: "; ") + "."
    case .value(let name, let expected, let found): "\(name) must be \(expected), but is \(found)."
    case .precision(let precision):
      "This processor has no products of \(precision.rawValue) (AVX-512 BF16); say --precision float32, or leave it out."
    case .instructionSet(let name, let available):
      "ZOO_ISA names '\(name)', but this machine runs \(available.joined(separator: ", ")). Unset it or name one of these."
    }
  }
}
