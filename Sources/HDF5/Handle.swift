import CHDF5

/// Owns one HDF5 identifier and gives it back once.
final class Handle: @unchecked Sendable {
  let id: hid_t

  /// Takes over what a call returned.
  /// - Throws: `HDF5Error.library` where the call failed.
  init(_ file: String, _ object: String, _ action: String, _ call: () -> hid_t) throws {
    zoo_h5_silence()
    id = call()
    guard id >= 0 else {
      throw HDF5Error.library(file: file, object: object, action: action, reason: innermostReason())
    }
  }

  deinit {
    zoo_h5_silence()
    // Right for every kind of identifier.
    H5Idec_ref(id)
  }
}

/// Runs a call that answers with a status.
/// - Throws: `HDF5Error.library` where the answer is negative.
@discardableResult
func check<Status: BinaryInteger>(
  _ file: String, _ object: String, _ action: String, _ call: () -> Status
) throws -> Status {
  zoo_h5_silence()
  let status = call()
  guard status >= 0 else {
    throw HDF5Error.library(file: file, object: object, action: action, reason: innermostReason())
  }
  return status
}
