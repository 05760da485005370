import Foundation

/// An array in NumPy's format `.npy`, read in order.
final class NumPyArray {
  let shape: [Int]
  let stream: ByteStream
  private let type: ElementType
  private let isSwapped: Bool

  private enum ElementType: String {
    case f2, f4, f8, i1, i2, i4, i8, u1, u2, u4, u8

    var size: Int { Int(String(rawValue.last!))! }
  }

  /// Reads the header.
  /// - Throws: `FormatError` where the array is of objects (a pickle, which is a program), structures, or in Fortran's
  ///   order, or where the file is damaged.
  init(_ stream: ByteStream) throws {
    self.stream = stream
    let file = stream.file.path
    func damaged(_ expected: String, _ found: String) -> FormatError {
      .contents(file: file, object: stream.name, expected: expected, found: found)
    }
    let magic = try stream.read(8)
    guard magic.starts(with: [0x93] + Array("NUMPY".utf8), at: 0), (1...3).contains(magic[6]) else {
      throw damaged("an array of NumPy", "other bytes")
    }
    let width = magic[6] == 1 ? 2 : 4
    let length = try stream.read(width).integer(0, bytes: width)
    guard length <= 1 << 16 else { throw damaged("a header up to 65536 bytes", "\(length)") }
    let header = String(decoding: try stream.read(length), as: UTF8.self)
    let descr = Self.value("descr", in: header), name = descr.trimmingCharacters(in: ["'", "\""])
    if name.contains("O") {
      throw FormatError.refused(
        file: file, found: "holds Python objects, which only Python can read and which may run any program",
        wayOut: "save numbers: one array for tracks of one length, or positions and offsets with numpy.savez")
    }
    guard let type = ElementType(rawValue: String(name.dropFirst())), let order = name.first, "<>|=".contains(order)
    else {
      throw FormatError.refused(
        file: file, found: "has elements of the type \(descr.prefix(40))", wayOut: "save it as numbers, e.g. float64")
    }
    let shape = Self.value("shape", in: header).trimmingCharacters(in: ["(", ")"]).split(separator: ",")
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }.map { Int($0) ?? -1 }
    let (count, overflow) = shape.reduce((type.size, false)) { all, extent in
      let (product, over) = all.0.multipliedReportingOverflow(by: extent)
      return (product, all.1 || over || extent < 0)
    }
    guard !overflow, count == stream.left else {
      throw damaged("\(overflow ? "fewer" : "\(count)") bytes for the shape \(shape)", "\(stream.left)")
    }
    guard Self.value("fortran_order", in: header) == "False" || shape.count < 2 else {
      throw FormatError.refused(
        file: file, found: "is in Fortran's order", wayOut: "save numpy.ascontiguousarray(array)")
    }
    self.shape = shape
    self.type = type
    isSwapped = order == ">"
  }

  /// The text behind `'key':` in the header, a Python dictionary.
  private static func value(_ key: String, in header: String) -> String {
    guard let start = header.range(of: "'\(key)':")?.upperBound else { return "" }
    let rest = header[start...].drop { $0 == " " }
    switch rest.first {
    case "(": return String(rest.prefix { $0 != ")" }) + ")"
    case "'": return "'" + rest.dropFirst().prefix { $0 != "'" } + "'"
    case "[": return String(rest.prefix { $0 != "]" }) + "]"
    default: return String(rest.prefix { $0 != "," && $0 != "}" })
    }
  }

  /// The next elements.
  func read(_ count: Int) throws -> [Double] {
    var bytes = try stream.read(count * type.size)
    let size = type.size
    if isSwapped, size > 1 {
      for start in stride(from: 0, to: bytes.count, by: size) { bytes[start..<start + size].reverse() }
    }
    func numbers<Element: BitwiseCopyable>(_ convert: (Element) -> Double) -> [Double] {
      bytes.withUnsafeBytes { bytes in
        (0..<count).map { convert(bytes.loadUnaligned(fromByteOffset: $0 * size, as: Element.self)) }
      }
    }
    switch type {
    case .f2: return numbers { (value: Float16) in Double(value) }
    case .f4: return numbers { (value: Float) in Double(value) }
    case .f8: return numbers { (value: Double) in value }
    case .i1: return numbers { (value: Int8) in Double(value) }
    case .i2: return numbers { (value: Int16) in Double(value) }
    case .i4: return numbers { (value: Int32) in Double(value) }
    case .i8: return numbers { (value: Int64) in Double(value) }
    case .u1: return numbers { (value: UInt8) in Double(value) }
    case .u2: return numbers { (value: UInt16) in Double(value) }
    case .u4: return numbers { (value: UInt32) in Double(value) }
    case .u8: return numbers { (value: UInt64) in Double(value) }
    }
  }

  /// Passes over elements.
  func skip(_ count: Int) throws {
    for start in stride(from: 0, to: count, by: 1 << 16) {
      _ = try stream.read(min(count - start, 1 << 16) * type.size)
    }
  }
}
