import CHDF5

/// An array of numbers or strings inside an HDF5 file.
public final class HDF5Dataset: HDF5Attributed, @unchecked Sendable {
  /// The path of the file, for messages.
  public let file: String
  /// The dataset's path inside the file.
  public let path: String
  let handle: Handle
  public var identifier: Int64 { handle.id }
  /// Extents, outermost first; empty for a scalar.
  public private(set) var shape: [Int]
  /// What it holds.
  public let kind: HDF5Kind

  /// Bytes that a read may bring into memory unless the caller says otherwise.
  public static let defaultLimit = 1 << 34

  init(file: String, path: String, handle: Handle) throws {
    self.file = file
    self.path = path
    self.handle = handle
    let type = try Handle(file, path, "reading the type of") { H5Dget_type(handle.id) }
    kind = HDF5Kind(type: type.id)
    let space = try Handle(file, path, "reading the shape of") { H5Dget_space(handle.id) }
    shape = try Self.extents(space.id, file: file, object: path)
  }

  static func extents(_ space: hid_t, file: String, object: String) throws -> [Int] {
    let rank = try check(file, object, "reading the shape of") { H5Sget_simple_extent_ndims(space) }
    if H5Sget_simple_extent_type(space) == H5S_NULL { return [0] }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    try check(file, object, "reading the shape of") { H5Sget_simple_extent_dims(space, &extents, nil) }
    guard extents.allSatisfy({ $0 <= hsize_t(Int.max) }) else {
      throw HDF5Error.shape(file: file, object: object, expected: "extents that fit memory", found: "shape \(extents)")
    }
    return extents.map(Int.init)
  }

  /// The product of extents, checked against overflow and a limit in bytes.
  static func count(_ shape: [Int], bytes: Int, limit: Int, file: String, object: String) throws -> Int {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw HDF5Error.shape(file: file, object: object, expected: "a shape that fits memory", found: "shape \(shape)")
      }
      count = product
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: bytes)
    guard !overflow, size <= limit else {
      throw HDF5Error.tooLarge(file: file, object: object, bytes: overflow ? Int.max : size, limit: limit)
    }
    return count
  }

  private func expectNumbers() throws {
    guard kind.isNumber else { throw HDF5Error.type(file: file, object: path, expected: "numbers", found: "\(kind)") }
  }

  /// All numbers; libhdf5 converts them to the type asked for.
  /// - Parameters:
  ///   - type: what the numbers shall be.
  ///   - limit: bytes that may be brought into memory.
  public func read<Element: HDF5Element>(
    as type: Element.Type = Element.self, limit: Int = defaultLimit
  ) throws -> [Element] {
    try expectNumbers()
    let count = try Self.count(shape, bytes: MemoryLayout<Element>.stride, limit: limit, file: file, object: path)
    guard count > 0 else { return [] }
    var values = [Element](repeating: Element.zero, count: count)
    try check(file, path, "reading") {
      values.withUnsafeMutableBytes {
        H5Dread(handle.id, Element.nativeType, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), $0.baseAddress)
      }
    }
    return values
  }

  /// A box of numbers.
  public func read<Element: HDF5Element>(
    as type: Element.Type = Element.self, offset: [Int], count: [Int]
  ) throws -> [Element] {
    try expectNumbers()
    let total = try Self.count(
      count, bytes: MemoryLayout<Element>.stride, limit: Self.defaultLimit, file: file, object: path)
    let spaces = try select(offset: offset, count: count)
    guard total > 0 else { return [] }
    var values = [Element](repeating: Element.zero, count: total)
    try check(file, path, "reading") {
      values.withUnsafeMutableBytes {
        H5Dread(handle.id, Element.nativeType, spaces.memory.id, spaces.file.id, hid_t(H5P_DEFAULT), $0.baseAddress)
      }
    }
    return values
  }

  /// Writes all numbers.
  public func write<Element: HDF5Element>(_ values: [Element]) throws {
    let count = try Self.count(shape, bytes: 1, limit: Int.max, file: file, object: path)
    guard count == values.count else {
      throw HDF5Error.shape(file: file, object: path, expected: "\(values.count) values", found: "shape \(shape)")
    }
    guard count > 0 else { return }
    try check(file, path, "writing") {
      values.withUnsafeBytes {
        H5Dwrite(handle.id, Element.nativeType, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), $0.baseAddress)
      }
    }
  }

  /// Writes a box of numbers.
  public func write<Element: HDF5Element>(_ values: [Element], offset: [Int], count: [Int]) throws {
    let total = try Self.count(count, bytes: 1, limit: Int.max, file: file, object: path)
    guard total == values.count else {
      throw HDF5Error.shape(file: file, object: path, expected: "\(values.count) values", found: "a box of \(count)")
    }
    let spaces = try select(offset: offset, count: count)
    guard total > 0 else { return }
    try check(file, path, "writing") {
      values.withUnsafeBytes {
        H5Dwrite(handle.id, Element.nativeType, spaces.memory.id, spaces.file.id, hid_t(H5P_DEFAULT), $0.baseAddress)
      }
    }
  }

  /// Makes an extendible dataset larger or smaller along its first axis.
  public func extend(to newShape: [Int]) throws {
    guard newShape.count == shape.count, newShape.allSatisfy({ $0 >= 0 }) else {
      throw HDF5Error.shape(
        file: file, object: path, expected: "\(shape.count) extents of 0 or more in place of \(newShape)",
        found: "shape \(shape)")
    }
    try check(file, path, "extending") { H5Dset_extent(handle.id, newShape.map(hsize_t.init)) }
    shape = newShape
  }

  private func select(offset: [Int], count: [Int]) throws -> (file: Handle, memory: Handle) {
    guard !shape.isEmpty else {
      throw HDF5Error.shape(file: file, object: path, expected: "one or more for a box", found: "no axes")
    }
    guard offset.count == shape.count, count.count == shape.count else {
      throw HDF5Error.shape(
        file: file, object: path, expected: "those of a box at \(offset) of \(count)", found: "\(shape.count) axes")
    }
    for axis in shape.indices where offset[axis] < 0 || count[axis] < 0 || offset[axis] > shape[axis] - count[axis] {
      throw HDF5Error.shape(
        file: file, object: path, expected: "a box inside \(shape)", found: "a box at \(offset) of \(count)")
    }
    let space = try Handle(file, path, "reading the shape of") { H5Dget_space(handle.id) }
    let extents = count.map(hsize_t.init)
    try check(file, path, "selecting a part of") {
      H5Sselect_hyperslab(space.id, H5S_SELECT_SET, offset.map(hsize_t.init), nil, extents, nil)
    }
    let memory = try Handle(file, path, "preparing") { H5Screate_simple(Int32(extents.count), extents, nil) }
    return (space, memory)
  }

  // MARK: Strings

  /// All strings, of fixed or variable length.
  public func readStrings() throws -> [String] {
    guard kind == .string else { throw HDF5Error.type(file: file, object: path, expected: "strings", found: "\(kind)") }
    let count = try Self.count(shape, bytes: 16, limit: Self.defaultLimit, file: file, object: path)
    let type = try Handle(file, path, "reading the type of") { H5Dget_type(handle.id) }
    let space = try Handle(file, path, "reading the shape of") { H5Dget_space(handle.id) }
    return try StringType.read(type: type.id, space: space.id, count: count, file: file, object: path) {
      memory, buffer in
      H5Dread(self.handle.id, memory, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), buffer)
    }
  }

  func write(strings: [String]) throws {
    guard !strings.isEmpty else { return }
    let type = try StringType.variable(file: file, object: path)
    try StringType.withPointers(strings) { pointers in
      _ = try check(file, path, "writing") {
        H5Dwrite(handle.id, type.id, hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT), pointers)
      }
    }
  }
}
