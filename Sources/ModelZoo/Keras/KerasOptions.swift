/// The options of one layer in Keras's JSON, and what is said of those that there is nothing for.
struct KerasOptions {
  let file: String
  let layer: String
  let json: KerasJSON

  /// The largest number of units, filters or steps that is taken for true.
  static let mostUnits = 1 << 16

  subscript(name: String) -> KerasJSON? { json[name] }
  func flag(_ name: String) -> Bool? { json[name]?.flag }

  func unsupported(_ name: String, _ supported: String) -> ForeignError {
    .option(file: file, layer: layer, option: name, found: json[name]?.description ?? "null", supported: supported)
  }

  func missing(_ name: String) -> ForeignError {
    .damaged(file: file, reason: "its model_config does not say '\(name)' of the layer '\(layer)'")
  }

  func count(_ name: String) throws -> Int {
    guard let value = json[name]?.integer, (1...Self.mostUnits).contains(value) else {
      throw unsupported(name, "whole numbers from 1 to \(Self.mostUnits)")
    }
    return value
  }

  /// A count that stands alone or in a list of one.
  func single(_ name: String) throws -> Int {
    let value = json[name]?.list.map { $0.count == 1 ? $0[0].integer : nil } ?? json[name]?.integer
    guard let value, (1...Self.mostUnits).contains(value) else {
      throw unsupported(name, "whole numbers from 1 to \(Self.mostUnits)")
    }
    return value
  }

  func number(_ name: String, within range: ClosedRange<Double>) throws -> Float {
    guard let value = json[name]?.double, range.contains(value) else {
      throw unsupported(name, "numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return Float(value)
  }

  /// An option that may only have one value, where it is there.
  func require(_ name: String, _ value: Bool) throws {
    if let found = json[name]?.flag, found != value { throw unsupported(name, "\(value)") }
  }

  func requireText(_ name: String, _ values: [String]) throws {
    if let found = json[name]?.text, !values.contains(found) {
      throw unsupported(name, values.joined(separator: ", "))
    }
  }
}
