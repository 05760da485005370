import Foundation

/// A value inside Keras's JSON, asked for without belief in its kind.
struct KerasJSON {
  private let value: Any

  /// Nil where the text is no JSON.
  init?(_ text: String) {
    guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]) else {
      return nil
    }
    self.value = value
  }

  private init(value: Any) { self.value = value }

  /// A member of an object; nil where there is none, or it is null.
  subscript(name: String) -> KerasJSON? {
    guard let member = (value as? [String: Any])?[name], !(member is NSNull) else { return nil }
    return KerasJSON(value: member)
  }

  /// The elements of a list.
  var list: [KerasJSON]? { (value as? [Any])?.map(KerasJSON.init(value:)) }
  /// The members of an object.
  var members: [String: KerasJSON]? { (value as? [String: Any])?.mapValues(KerasJSON.init(value:)) }
  var text: String? { value as? String }
  var isNull: Bool { value is NSNull }

  private var number: NSNumber? { value is String ? nil : value as? NSNumber }
  /// A boolean. Numbers are none.
  var flag: Bool? { number.flatMap { isBoolean($0) ? $0.boolValue : nil } }
  /// A finite number.
  var double: Double? { number.flatMap { isBoolean($0) || !$0.doubleValue.isFinite ? nil : $0.doubleValue } }
  /// A whole number, of a size that counts something.
  var integer: Int? { double.flatMap { Int(exactly: $0) } }

  /// How it reads in a message.
  var description: String {
    if let text { return "'\(text.prefix(60))'" }
    let data = try? JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys])
    return String(decoding: (data ?? Data()).prefix(80), as: UTF8.self)
  }
}

/// Whether a number came from true or false.
private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
