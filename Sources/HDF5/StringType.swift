import CHDF5
import Foundation

/// Strings in HDF5: of fixed length, padded with zeros or spaces, or of variable length.
enum StringType {
  /// UTF-8 of variable length.
  static func variable(file: String, object: String) throws -> Handle {
    try copy(size: zoo_h5_variable(), file: file, object: object)
  }

  /// UTF-8 of a fixed number of bytes, padded with zeros.
  static func fixed(bytes: Int, file: String, object: String) throws -> Handle {
    let type = try copy(size: max(1, bytes), file: file, object: object)
    try check(file, object, "preparing") { H5Tset_strpad(type.id, H5T_STR_NULLPAD) }
    return type
  }

  private static func copy(size: Int, file: String, object: String) throws -> Handle {
    let type = try Handle(file, object, "preparing") { H5Tcopy(zoo_h5_c_string()) }
    try check(file, object, "preparing") { H5Tset_size(type.id, size) }
    try check(file, object, "preparing") { H5Tset_cset(type.id, H5T_CSET_UTF8) }
    return type
  }

  /// Reads `count` strings of a stored type through `call`, which gets the type in memory and a buffer.
  static func read(
    type: hid_t, space: hid_t, count: Int, file: String, object: String,
    _ call: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws -> [String] {
    guard count > 0 else { return [] }
    zoo_h5_silence()
    if H5Tis_variable_str(type) > 0 {
      var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
      try pointers.withUnsafeMutableBytes { buffer in
        _ = try check(file, object, "reading") { call(type, buffer.baseAddress!) }
      }
      defer { pointers.withUnsafeMutableBytes { _ = H5Dvlen_reclaim(type, space, hid_t(H5P_DEFAULT), $0.baseAddress) } }
      return pointers.map { $0.map { String(cString: $0) } ?? "" }
    }
    let size = H5Tget_size(type)
    guard size > 0, size <= 1 << 24 else {
      throw HDF5Error.tooLarge(file: file, object: object, bytes: size, limit: 1 << 24)
    }
    _ = try HDF5Dataset.count([count], bytes: size, limit: HDF5Dataset.defaultLimit, file: file, object: object)
    var bytes = [UInt8](repeating: 0, count: count * size)
    try bytes.withUnsafeMutableBytes { buffer in
      _ = try check(file, object, "reading") { call(type, buffer.baseAddress!) }
    }
    let padsWithSpaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    return (0..<count).map { index in
      var slice = bytes[index * size..<(index + 1) * size].prefix { $0 != 0 }
      while padsWithSpaces, slice.last == 32 { slice.removeLast() }
      return String(decoding: slice, as: UTF8.self)
    }
  }

  /// Calls `body` with an array of C strings.
  static func withPointers<Result>(
    _ strings: [String], _ body: (UnsafeRawPointer) throws -> Result
  ) rethrows -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return try copies.withUnsafeBytes { try body($0.baseAddress!) }
  }
}
