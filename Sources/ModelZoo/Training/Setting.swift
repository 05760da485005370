/// A value in a configuration, as JSON knows it.
public enum Setting: Codable, Sendable, Equatable {
  /// A whole number.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// A text.
  case text(String)
  /// True or false.
  case flag(Bool)
  /// Several values.
  case list([Setting])

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? value.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else {
      self = .list(try value.decode([Setting].self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }

  /// As `JSONSerialization` wants it.
  var plain: Any {
    switch self {
    case .integer(let value): value
    case .number(let value): value
    case .text(let value): value
    case .flag(let value): value
    case .list(let values): values.map(\.plain)
    }
  }
}

extension NetworkArchitecture {
  /// The same architecture with some hyper-parameters changed by name.
  /// - Throws: `SettingsError` where a name or a value is wrong.
  public func configured(_ changes: [String: Setting]) throws -> Self {
    with(
      configuration: try Settings.changed(
        configuration, by: changes.mapValues(\.plain), of: "the configuration of '\(card.id)'"))
  }
}
