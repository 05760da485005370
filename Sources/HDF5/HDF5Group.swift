import CHDF5

/// A folder inside an HDF5 file.
public final class HDF5Group: HDF5Attributed, Sendable {
  /// The path of the file, for messages.
  public let file: String
  /// The path from the root.
  public let path: String
  let handle: Handle
  public var identifier: Int64 { handle.id }

  init(file: String, path: String, handle: Handle) {
    self.file = file
    self.path = path
    self.handle = handle
  }

  private func child(_ name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

  /// Whether each step of a path exists and its end can be opened; links to nowhere count as missing.
  public func contains(_ name: String) -> Bool {
    zoo_h5_silence()
    var prefix = ""
    for part in name.split(separator: "/") {
      prefix += (prefix.isEmpty ? "" : "/") + part
      if H5Lexists(handle.id, prefix, hid_t(H5P_DEFAULT)) <= 0 { return false }
      if H5Oexists_by_name(handle.id, prefix, hid_t(H5P_DEFAULT)) <= 0 { return false }
    }
    return !prefix.isEmpty
  }

  /// Names of the children in the order of their bytes; dots are plain letters in them.
  public func childNames() throws -> [String] {
    let names = NameList()
    try check(file, path, "listing") {
      H5Literate(
        handle.id, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, _, context in
          guard let name, let context else { return -1 }
          Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue().list.append(String(cString: name))
          return 0
        }, Unmanaged.passUnretained(names).toOpaque())
    }
    return names.list
  }

  /// What a child is.
  public enum ChildKind: Sendable {
    /// Holds others.
    case group
    /// Holds numbers or text.
    case dataset
    /// A named type.
    case other
  }

  /// What a child is.
  /// - Throws: `HDF5Error.missing` where it does not exist.
  public func kind(of name: String) throws -> ChildKind {
    guard contains(name) else { throw HDF5Error.missing(file: file, object: child(name), kind: "object") }
    let object = try Handle(file, child(name), "opening") { H5Oopen(handle.id, name, hid_t(H5P_DEFAULT)) }
    return switch H5Iget_type(object.id) {
    case H5I_GROUP: .group
    case H5I_DATASET: .dataset
    default: .other
    }
  }

  /// A group below this one.
  public func group(_ name: String) throws -> HDF5Group {
    guard contains(name) else { throw HDF5Error.missing(file: file, object: child(name), kind: "group") }
    let group = try Handle(file, child(name), "opening group") { H5Gopen2(handle.id, name, hid_t(H5P_DEFAULT)) }
    return HDF5Group(file: file, path: child(name), handle: group)
  }

  /// Makes a group; its parent must exist.
  @discardableResult
  public func createGroup(_ name: String) throws -> HDF5Group {
    let creation = try Handle(file, child(name), "preparing") { H5Pcreate(zoo_h5_group_create()) }
    try check(file, child(name), "preparing") { H5Pset_obj_track_times(creation.id, false) }
    let group = try Handle(file, child(name), "creating group") {
      H5Gcreate2(handle.id, name, hid_t(H5P_DEFAULT), creation.id, hid_t(H5P_DEFAULT))
    }
    return HDF5Group(file: file, path: child(name), handle: group)
  }

  /// A dataset below this group.
  public func dataset(_ name: String) throws -> HDF5Dataset {
    guard contains(name) else { throw HDF5Error.missing(file: file, object: child(name), kind: "dataset") }
    let dataset = try Handle(file, child(name), "opening dataset") { H5Dopen2(handle.id, name, hid_t(H5P_DEFAULT)) }
    return try HDF5Dataset(file: file, path: child(name), handle: dataset)
  }

  /// Makes a dataset, to be written in parts.
  /// - Parameters:
  ///   - name: of the new dataset; there must be none.
  ///   - type: what the numbers are.
  ///   - shape: extents, outermost first; empty for a scalar.
  ///   - options: how it lies in the file.
  ///   - isExtendible: whether the first axis can grow by `extend(to:)`.
  public func createDataset<Element: HDF5Element>(
    _ name: String, of type: Element.Type, shape: [Int], options: DatasetOptions = .contiguous,
    isExtendible: Bool = false
  ) throws -> HDF5Dataset {
    let half =
      options.isHalfPrecision
      ? try Handle(file, child(name), "preparing half precision for") { zoo_h5_ieee_f16() } : nil
    return try createDataset(
      name, type: half?.id ?? Element.storedType, shape: shape, options: options, isExtendible: isExtendible)
  }

  func createDataset(
    _ name: String, type: hid_t, shape: [Int], options: DatasetOptions, isExtendible: Bool
  ) throws -> HDF5Dataset {
    let object = child(name)
    guard shape.allSatisfy({ $0 >= 0 }) else {
      throw HDF5Error.shape(file: file, object: object, expected: "extents of 0 or more", found: "shape \(shape)")
    }
    let extents = shape.map(hsize_t.init)
    var limits = extents
    if isExtendible, !limits.isEmpty { limits[0] = zoo_h5_unlimited() }
    let space = try Handle(file, object, "preparing") {
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), extents, limits)
    }
    let creation = try options.properties(
      file: file, object: object, shape: shape, elementBytes: H5Tget_size(type), isExtendible: isExtendible)
    let dataset = try Handle(file, object, "creating dataset") {
      H5Dcreate2(handle.id, name, type, space.id, hid_t(H5P_DEFAULT), creation.id, hid_t(H5P_DEFAULT))
    }
    return try HDF5Dataset(file: file, path: object, handle: dataset)
  }

  /// Makes a dataset and writes all of it.
  @discardableResult
  public func write<Element: HDF5Element>(
    _ name: String, _ values: [Element], shape: [Int], options: DatasetOptions = .contiguous
  ) throws -> HDF5Dataset {
    let dataset = try createDataset(name, of: Element.self, shape: shape, options: options)
    try dataset.write(values)
    return dataset
  }

  /// Makes a dataset of UTF-8 strings of variable length.
  @discardableResult
  public func write(_ name: String, strings: [String]) throws -> HDF5Dataset {
    let type = try StringType.variable(file: file, object: child(name))
    let dataset = try createDataset(
      name, type: type.id, shape: [strings.count], options: .contiguous, isExtendible: false)
    try dataset.write(strings: strings)
    return dataset
  }
}

/// Names that an iteration of libhdf5 collects.
final class NameList {
  var list: [String] = []
}
