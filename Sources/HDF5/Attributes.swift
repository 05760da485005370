import CHDF5

/// An object that carries attributes: a group or a dataset.
public protocol HDF5Attributed {
  /// The path of the file, for messages.
  var file: String { get }
  /// The object's path inside the file, for messages.
  var path: String { get }
  /// libhdf5's identifier; valid as long as the object lives.
  var identifier: Int64 { get }
}

extension HDF5Attributed {
  private func object(_ name: String) -> String { path + "@" + name }

  /// Whether there is an attribute of this name.
  public func hasAttribute(_ name: String) -> Bool {
    zoo_h5_silence()
    return H5Aexists(identifier, name) > 0
  }

  /// Names in the order of their bytes.
  public func attributeNames() throws -> [String] {
    let names = NameList()
    try check(file, path, "listing the attributes of") {
      H5Aiterate2(
        identifier, H5_INDEX_NAME, H5_ITER_INC, nil,
        { _, name, _, context in
          guard let name, let context else { return -1 }
          Unmanaged<NameList>.fromOpaque(context).takeUnretainedValue().list.append(String(cString: name))
          return 0
        }, Unmanaged.passUnretained(names).toOpaque())
    }
    return names.list
  }

  private func open(_ name: String) throws -> (attribute: Handle, type: Handle, space: Handle, shape: [Int]) {
    guard hasAttribute(name) else { throw HDF5Error.missing(file: file, object: object(name), kind: "attribute") }
    let attribute = try Handle(file, object(name), "opening") { H5Aopen(identifier, name, hid_t(H5P_DEFAULT)) }
    let type = try Handle(file, object(name), "reading the type of") { H5Aget_type(attribute.id) }
    let space = try Handle(file, object(name), "reading the shape of") { H5Aget_space(attribute.id) }
    return (attribute, type, space, try HDF5Dataset.extents(space.id, file: file, object: object(name)))
  }

  /// All strings of an attribute; none where it is empty.
  public func strings(_ name: String) throws -> [String] {
    let (attribute, type, space, shape) = try open(name)
    if shape == [0] { return [] }
    let kind = HDF5Kind(type: type.id)
    guard kind == .string else {
      throw HDF5Error.type(file: file, object: object(name), expected: "strings", found: "\(kind)")
    }
    let count = try HDF5Dataset.count(shape, bytes: 16, limit: 1 << 26, file: file, object: object(name))
    return try StringType.read(
      type: type.id, space: space.id, count: count, file: file, object: object(name)
    ) { memory, buffer in H5Aread(attribute.id, memory, buffer) }
  }

  /// All numbers of an attribute; none where it is empty.
  public func numbers<Element: HDF5Element>(_ name: String, as elementType: Element.Type) throws -> [Element] {
    let (attribute, type, _, shape) = try open(name)
    if shape == [0] { return [] }
    let kind = HDF5Kind(type: type.id)
    guard kind.isNumber else {
      throw HDF5Error.type(file: file, object: object(name), expected: "numbers", found: "\(kind)")
    }
    let count = try HDF5Dataset.count(
      shape, bytes: MemoryLayout<Element>.stride, limit: 1 << 26, file: file, object: object(name))
    guard count > 0 else { return [] }
    var values = [Element](repeating: Element.zero, count: count)
    try check(file, object(name), "reading") {
      values.withUnsafeMutableBytes { H5Aread(attribute.id, Element.nativeType, $0.baseAddress) }
    }
    return values
  }

  /// The only string of an attribute.
  public func string(_ name: String) throws -> String { try single(try strings(name), name) }
  /// The only number of an attribute, as an integer.
  public func integer(_ name: String) throws -> Int { try single(try numbers(name, as: Int.self), name) }
  /// The only number of an attribute.
  public func number(_ name: String) throws -> Double { try single(try numbers(name, as: Double.self), name) }

  private func single<Value>(_ values: [Value], _ name: String) throws -> Value {
    guard values.count == 1 else {
      throw HDF5Error.shape(file: file, object: object(name), expected: "one value", found: "\(values.count) values")
    }
    return values[0]
  }

  // MARK: Writing

  /// Writes a string of fixed length in UTF-8.
  public func setAttribute(_ name: String, _ value: String) throws {
    let type = try StringType.fixed(bytes: value.utf8.count, file: file, object: object(name))
    let space = try Handle(file, object(name), "preparing") { H5Screate(H5S_SCALAR) }
    var bytes = Array(value.utf8)
    if bytes.isEmpty { bytes = [0] }
    try write(name, type: type.id, space: space.id, bytes)
  }

  /// Writes a list of strings of variable length.
  public func setAttribute(_ name: String, _ values: [String]) throws {
    let type = try StringType.variable(file: file, object: object(name))
    let space = try simpleSpace(values.count, name)
    let attribute = try create(name, type: type.id, space: space.id)
    guard !values.isEmpty else { return }
    try StringType.withPointers(values) { pointers in
      _ = try check(file, object(name), "writing") { H5Awrite(attribute.id, type.id, pointers) }
    }
  }

  /// Writes one number.
  public func setAttribute<Element: HDF5Element>(_ name: String, _ value: Element) throws {
    let space = try Handle(file, object(name), "preparing") { H5Screate(H5S_SCALAR) }
    try write(name, stored: Element.storedType, memory: Element.nativeType, space: space.id, [value])
  }

  /// Writes a list of numbers.
  public func setAttribute<Element: HDF5Element>(_ name: String, _ values: [Element]) throws {
    let space = try simpleSpace(values.count, name)
    try write(name, stored: Element.storedType, memory: Element.nativeType, space: space.id, values)
  }

  private func simpleSpace(_ count: Int, _ name: String) throws -> Handle {
    try Handle(file, object(name), "preparing") { H5Screate_simple(1, [hsize_t(count)], nil) }
  }

  private func create(_ name: String, type: hid_t, space: hid_t) throws -> Handle {
    try Handle(file, object(name), "creating") {
      H5Acreate2(identifier, name, type, space, hid_t(H5P_DEFAULT), hid_t(H5P_DEFAULT))
    }
  }

  private func write<Value>(_ name: String, type: hid_t, space: hid_t, _ values: [Value]) throws {
    try write(name, stored: type, memory: type, space: space, values)
  }

  private func write<Value>(_ name: String, stored: hid_t, memory: hid_t, space: hid_t, _ values: [Value]) throws {
    let attribute = try create(name, type: stored, space: space)
    guard !values.isEmpty else { return }
    try check(file, object(name), "writing") {
      values.withUnsafeBytes { H5Awrite(attribute.id, memory, $0.baseAddress) }
    }
  }
}
