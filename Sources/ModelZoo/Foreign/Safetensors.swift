import Foundation
import LayerGraph

/// The safetensors format: a length, a JSON header with type, shape and place of each tensor, and the numbers.
///
/// - Source: the format's description in the safetensors repository: offsets count from the end of the header, and
///   tensors lie one behind the other without gaps.
public enum Safetensors {
  /// Bytes that a header may have, as in the format's own reader.
  static let mostHeaderBytes = 100_000_000

  /// What the header says of one tensor.
  private struct Entry: Codable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Members of the header: tensors, and texts under one reserved name.
  private enum Member: Decodable {
    case tensor(Entry)
    case texts([String: String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if decoder.codingPath.last?.stringValue == "__metadata__" {
        self = .texts(try container.decode([String: String].self))
      } else {
        self = .tensor(try container.decode(Entry.self))
      }
    }
  }

  /// Number types, with the bytes that one takes.
  private enum Kind: String, CaseIterable {
    case f64 = "F64"
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"
    case i64 = "I64"
    case i32 = "I32"
    case i16 = "I16"
    case i8 = "I8"
    case u8 = "U8"
    case bool = "BOOL"

    var bytes: Int {
      switch self {
      case .f64, .i64: 8
      case .f32, .i32: 4
      case .f16, .bf16, .i16: 2
      case .i8, .u8, .bool: 1
      }
    }

    func value(_ place: UnsafeRawPointer) -> Float {
      switch self {
      case .f64: Float(Double(bitPattern: UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))))
      case .f32: Float(bitPattern: UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
      case .f16: halfPrecision(UInt16(littleEndian: place.loadUnaligned(as: UInt16.self)))
      case .bf16: Float(bitPattern: UInt32(UInt16(littleEndian: place.loadUnaligned(as: UInt16.self))) << 16)
      case .i64: Float(Int64(littleEndian: place.loadUnaligned(as: Int64.self)))
      case .i32: Float(Int32(littleEndian: place.loadUnaligned(as: Int32.self)))
      case .i16: Float(Int16(littleEndian: place.loadUnaligned(as: Int16.self)))
      case .i8: Float(place.load(as: Int8.self))
      case .u8, .bool: Float(place.load(as: UInt8.self))
      }
    }

    /// IEEE half precision by its bits: `Float16` is not there on every processor.
    private func halfPrecision(_ bits: UInt16) -> Float {
      let sign: Float = bits & 0x8000 == 0 ? 1 : -1, exponent = Int(bits >> 10 & 31), fraction = Float(bits & 1023)
      switch exponent {
      case 0: return sign * fraction * 0x1p-24
      case 31: return fraction == 0 ? sign * .infinity : .nan
      default: return sign * (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
      }
    }
  }

  // MARK: Reading

  /// Whether bytes start as such a file does: a length, then a brace.
  public static func isOne(_ bytes: [UInt8]) -> Bool { bytes.count >= 9 && bytes[8] == UInt8(ascii: "{") }

  /// Reads all tensors and the header's texts; nothing in the file is believed before it was checked.
  /// - Parameters:
  ///   - bytes: of the whole file.
  ///   - path: what messages call the file.
  /// - Throws: `ForeignError.damaged`.
  public static func read(_ bytes: [UInt8], path: String) throws -> (tensors: Parameters, texts: [String: String]) {
    func damaged(_ reason: String) -> ForeignError { .damaged(file: path, reason: reason) }
    guard bytes.count >= 8 else { throw damaged("it has \(bytes.count) bytes, and a header takes 8 or more") }
    let said = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard said <= UInt64(min(bytes.count - 8, mostHeaderBytes)) else {
      throw damaged("its header claims \(said) bytes, and \(bytes.count - 8) follow")
    }
    let header = Data(bytes[8..<8 + Int(said)]), start = 8 + Int(said)
    let members: [String: Member]
    do { members = try JSONDecoder().decode([String: Member].self, from: header) } catch {
      throw damaged("its header is not the JSON object that the format asks for")
    }
    guard members.count <= ForeignFile.mostTensors else {
      throw damaged("it claims \(members.count) tensors, more than \(ForeignFile.mostTensors)")
    }
    var texts: [String: String] = [:], entries: [(name: String, kind: Kind, shape: [Int], range: Range<Int>)] = []
    for (name, member) in members {
      switch member {
      case .texts(let found): texts = found
      case .tensor(let entry):
        guard let kind = Kind(rawValue: entry.dtype) else {
          let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
          throw damaged("'\(name)' is of type '\(entry.dtype)', and known are \(known)")
        }
        guard entry.offsets.count == 2, let first = entry.offsets.first, let last = entry.offsets.last,
          0 <= first, first <= last, last <= bytes.count - start
        else {
          throw damaged(
            "'\(name)' lies at \(entry.offsets), and the file has \(bytes.count - start) bytes of numbers")
        }
        guard let size = Self.size(entry.shape, kind.bytes), size == last - first else {
          throw damaged("'\(name)' has shape \(entry.shape) of \(kind.rawValue) in \(last - first) bytes")
        }
        entries.append((name, kind, entry.shape, first..<last))
      }
    }
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0, previous = "the header"
    for entry in entries {
      guard entry.range.lowerBound == end else {
        throw damaged(
          entry.range.lowerBound < end
            ? "'\(previous)' and '\(entry.name)' overlap"
            : "\(entry.range.lowerBound - end) bytes between \(previous) and '\(entry.name)' belong to no tensor")
      }
      end = entry.range.upperBound
      previous = entry.name
    }
    guard end == bytes.count - start else {
      throw damaged("\(bytes.count - start - end) bytes at its end belong to no tensor")
    }
    var tensors = Parameters()
    bytes.withUnsafeBytes { all in
      for entry in entries {
        let base = all.baseAddress! + start + entry.range.lowerBound, stride = entry.kind.bytes
        let values = (0..<entry.range.count / stride).map { entry.kind.value(base + $0 * stride) }
        tensors[entry.name] = Tensor(shape: entry.shape, values: values)
      }
    }
    return (tensors, texts)
  }

  /// Bytes of a tensor; nil where its extents are negative or too large to be true.
  private static func size(_ shape: [Int], _ bytes: Int) -> Int? {
    guard shape.count <= 32 else { return nil }
    var size = bytes
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      size = product
    }
    return size
  }

  // MARK: Writing

  /// The bytes of a file with these tensors, in their order.
  /// - Parameters:
  ///   - tensors: by name.
  ///   - integers: names of tensors that are written as 64-bit integers.
  ///   - texts: what stands under `__metadata__`.
  public static func bytes(
    of tensors: Parameters, integers: Set<String> = [], texts: [String: String] = [:]
  ) throws -> [UInt8] {
    var header: [String: Any] = texts.isEmpty ? [:] : ["__metadata__": texts], numbers: [UInt8] = []
    // 64-bit numbers first, so that every tensor is aligned to its own type.
    let names = tensors.names.filter(integers.contains) + tensors.names.filter { !integers.contains($0) }
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let first = numbers.count, isInteger = integers.contains(name)
      for value in tensor.values {
        if isInteger {
          withUnsafeBytes(of: Int64(value.rounded()).littleEndian) { numbers.append(contentsOf: $0) }
        } else {
          withUnsafeBytes(of: value.bitPattern.littleEndian) { numbers.append(contentsOf: $0) }
        }
      }
      header[name] = [
        "dtype": isInteger ? "I64" : "F32", "shape": tensor.shape, "data_offsets": [first, numbers.count],
      ]
    }
    var text = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys, .withoutEscapingSlashes])
    text.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + numbers
  }
}
