import Foundation
import Yams

/// Codable values that are changed by name, from a file or a command line: what is not named keeps its default.
enum Settings {
  /// A value with some of its members replaced.
  /// - Parameters:
  ///   - changes: names and new values, nested where the value's members are.
  ///   - owner: what messages call the value, e.g. "the recipe".
  /// - Throws: `SettingsError` where a name is unknown or a value is of another kind.
  static func changed<Value: Codable>(_ value: Value, by changes: [String: Any], of owner: String) throws -> Value {
    let base = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? [String: Any] ?? [:]
    let merged = try merge(changes, into: base, path: "", owner: owner)
    do {
      return try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: merged))
    } catch let error as DecodingError {
      throw SettingsError.value(owner: owner, reason: reason(error))
    }
  }

  private static func merge(
    _ changes: [String: Any], into base: [String: Any], path: String, owner: String
  ) throws -> [String: Any] {
    var result = base
    for (name, value) in changes {
      guard let old = base[name] else {
        throw SettingsError.unknown(
          owner: owner, name: path + name, nearest: Registry.nearest(to: name, among: base.keys.sorted()),
          known: base.keys.sorted())
      }
      if let inner = old as? [String: Any], !isFree(path + name) {
        guard let changes = value as? [String: Any] else {
          throw SettingsError.value(owner: owner, reason: "'\(path + name)' has parts: \(inner.keys.sorted())")
        }
        result[name] = try merge(changes, into: inner, path: path + name + ".", owner: owner)
      } else {
        guard JSONSerialization.isValidJSONObject([value]) else {
          throw SettingsError.value(owner: owner, reason: "'\(path + name)' can't be \(value)")
        }
        result[name] = value
      }
    }
    return result
  }

  /// Members whose own names are somebody else's: the configuration of an architecture.
  private static func isFree(_ path: String) -> Bool { path == "configuration" }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' must be of type \(type)"
    case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case .dataCorrupted(let context):
      "'\(context.codingPath.map(\.stringValue).joined(separator: "."))': \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }

  /// The names and values of a YAML text.
  static func names(inYAML text: String, of owner: String) throws -> [String: Any] {
    let value: Any?
    do { value = try Yams.load(yaml: text) } catch {
      throw SettingsError.value(owner: owner, reason: "it is no YAML: \(error)")
    }
    guard let value else { return [:] }
    guard let names = value as? [String: Any] else {
      throw SettingsError.value(owner: owner, reason: "it must be lines of 'name: value'")
    }
    return names
  }

  /// `name.part=value` as nested names; the value is read as YAML.
  static func names(inAssignment text: String) throws -> [String: Any] {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw SettingsError.value(owner: "the setting", reason: "'\(text)' is not of the form name=value")
    }
    let parts = text[..<equals].split(separator: ".").map(String.init)
    let value = try Yams.load(yaml: String(text[text.index(after: equals)...])) ?? ""
    return parts.dropLast().reversed().reduce([parts.last ?? "": value]) { [$1: $0] }
  }

  /// One set of changes on top of another.
  static func joined(_ first: [String: Any], _ second: [String: Any]) -> [String: Any] {
    first.merging(second) { old, new in
      if let old = old as? [String: Any], let new = new as? [String: Any] { return joined(old, new) }
      return new
    }
  }
}

/// Why settings can't be taken over.
public enum SettingsError: Error, Equatable, CustomStringConvertible {
  /// A name that the value has no member of.
  case unknown(owner: String, name: String, nearest: String?, known: [String])
  /// A value of another kind, or a text that is no setting.
  case value(owner: String, reason: String)

  public var description: String {
    switch self {
    case .unknown(let owner, let name, let nearest, let known):
      "In \(owner), '\(name)' is unknown." + (nearest.map { " Did you mean '\($0)'?" } ?? "")
        + " Known there: \(known.joined(separator: ", "))."
    case .value(let owner, let reason): "In \(owner): \(reason)."
    }
  }
}
