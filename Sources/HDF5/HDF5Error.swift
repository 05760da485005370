import CHDF5
import Foundation

/// Why something in an HDF5 file could not be read or written.
public enum HDF5Error: Error, Equatable, CustomStringConvertible {
  /// libhdf5 refused a call; `reason` is the innermost record of its error stack.
  case library(file: String, object: String, action: String, reason: String)
  /// An object that must be there is not.
  case missing(file: String, object: String, kind: String)
  /// Stored data of another type than asked for.
  case type(file: String, object: String, expected: String, found: String)
  /// An extent that does not fit.
  case shape(file: String, object: String, expected: String, found: String)
  /// More data than the caller allows for.
  case tooLarge(file: String, object: String, bytes: Int, limit: Int)

  public var description: String {
    switch self {
    case .library(let file, let object, let action, let reason):
      "\(file): \(action)\(object.isEmpty ? "" : " '\(object)'") failed; libhdf5 says: \(reason)."
    case .missing(let file, let object, let kind): "\(file): there is no \(kind) '\(object)'."
    case .type(let file, let object, let expected, let found):
      "\(file): '\(object)' holds \(found), expected \(expected)."
    case .shape(let file, let object, let expected, let found):
      "\(file): '\(object)' has \(found), expected \(expected)."
    case .tooLarge(let file, let object, let bytes, let limit):
      "\(file): '\(object)' claims \(bytes) bytes, more than the \(limit) that are allowed here; the file may be damaged."
    }
  }
}

/// The innermost reason of the last failure on this thread, without addresses and times.
func innermostReason() -> String {
  var reason = zoo_h5_reason()
  zoo_h5_innermost(&reason)
  guard reason.filled != 0 else { return "no reason given" }
  let text = withUnsafeBytes(of: &reason.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  return withoutPassingDetails(text)
}

/// A record of libhdf5 on one line, without what changes from run to run ("time = ...", "buf = 0x...") and so says
/// nothing to a reader.
func withoutPassingDetails(_ record: String) -> String {
  var text = record.split(whereSeparator: \.isNewline).joined(separator: " ")
  for field in ["time", "file descriptor", "buf", "bytes actually read", "bytes actually written"] {
    guard let start = text.range(of: " \(field) = ") else { continue }
    let end = text[start.upperBound...].range(of: ",")?.upperBound ?? text.endIndex
    text.removeSubrange(start.lowerBound..<end)
  }
  return text
}
