import LayerGraph

/// A change of damaged weights that a user asks for by name.
public enum Repair: String, Sendable, CaseIterable {
  /// Units of dense layers and convolutions with any number that is not finite get weights and bias 0, so that they say
  /// nothing: what a rectifier that gives 0 for what is not a number made of them.
  case deadUnits = "dead-units"
}

extension KerasModel {
  /// Refuses parameters that are not finite, or repairs them where that was asked for.
  /// - Throws: `ForeignError.notFinite` with every layer and unit concerned.
  func checked(
    _ parameters: Parameters, repair: Repair?, file: String, _ report: inout ImportReport
  ) throws -> Parameters {
    let found = ParameterLint.notFinite(parameters)
    if found.isEmpty { return parameters }
    let silenceable = Set(layers.filter(\.canBeSilenced).map(\.name))
    let isRepairable = found.allSatisfy { silenceable.contains($0.layer) }
    guard repair == .deadUnits, isRepairable else {
      throw ForeignError.notFinite(
        file: file, layers: found.map(\.description),
        repair: isRepairable
          ? "--repair dead-units sets weights and biases of these units to 0, which silences them."
          : "Only units of dense layers and convolutions whose activation is 0 at 0 can be silenced with --repair "
            + "dead-units; fetch the file again.")
    }
    var parameters = parameters
    for layer in found {
      for name in ["\(layer.layer).weight", "\(layer.layer).bias"] {
        guard let tensor = parameters[name], let rows = tensor.shape.first, rows > 0 else { continue }
        var values = tensor.values
        let width = values.count / rows
        for unit in layer.units where unit < rows { for index in 0..<width { values[unit * width + index] = 0 } }
        parameters[name] = Tensor(shape: tensor.shape, values: values)
      }
      report.notes.append("repaired by dead-units: \(layer.description). They are 0 now.")
    }
    return parameters
  }
}

extension KerasLayer {
  /// Whether zero weights and a zero bias make a unit say nothing.
  fileprivate var canBeSilenced: Bool {
    switch kind {
    case .dense(_, let activation, _): activation.isZeroAtZero
    case .convolution(let c): c.activation.isZeroAtZero
    default: false
    }
  }
}
