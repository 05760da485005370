import CHDF5

/// A Swift number that HDF5 stores.
public protocol HDF5Element: Sendable {
  /// The type in memory: an identifier that is not to be closed, or -1 for half precision.
  static var nativeType: hid_t { get }
  /// The type in files, little endian.
  static var storedType: hid_t { get }
  /// What a value is before it is read.
  static var zero: Self { get }
}

extension Float: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_float() }
  public static var storedType: hid_t { zoo_h5_ieee_f32() }
}
extension Double: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_double() }
  public static var storedType: hid_t { zoo_h5_ieee_f64() }
}
extension Int8: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_int8() }
  public static var storedType: hid_t { zoo_h5_std_i8() }
}
extension UInt8: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_uint8() }
  public static var storedType: hid_t { zoo_h5_std_u8() }
}
extension Int32: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_int32() }
  public static var storedType: hid_t { zoo_h5_std_i32() }
}
extension Int64: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_int64() }
  public static var storedType: hid_t { zoo_h5_std_i64() }
}
extension UInt64: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_uint64() }
  public static var storedType: hid_t { zoo_h5_std_u64() }
}
extension Int: HDF5Element {
  public static var nativeType: hid_t { zoo_h5_native_int64() }
  public static var storedType: hid_t { zoo_h5_std_i64() }
}

/// What kind of value a dataset or an attribute holds.
public enum HDF5Kind: Sendable, Equatable, CustomStringConvertible {
  /// Floating-point numbers of so many bytes.
  case float(bytes: Int)
  /// Whole numbers of so many bytes.
  case integer(bytes: Int, signed: Bool)
  /// Text.
  case string
  /// Anything else: compound types, references, and so on.
  case other

  public var description: String {
    switch self {
    case .float(let bytes): "\(8 * bytes)-bit floating-point numbers"
    case .integer(let bytes, let signed): "\(8 * bytes)-bit \(signed ? "" : "unsigned ")integers"
    case .string: "strings"
    case .other: "values that are neither numbers nor strings"
    }
  }

  var isNumber: Bool {
    switch self {
    case .float, .integer: true
    case .string, .other: false
    }
  }

  init(type: hid_t) {
    zoo_h5_silence()
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT: self = .float(bytes: size)
    case H5T_INTEGER: self = .integer(bytes: size, signed: H5Tget_sign(type) == H5T_SGN_2)
    case H5T_STRING: self = .string
    // h5py writes booleans as an enumeration of 8-bit integers.
    case H5T_ENUM: self = .integer(bytes: size, signed: true)
    default: self = .other
    }
  }
}
