import CHDF5

/// How a dataset lies in its file.
public struct DatasetOptions: Sendable, Equatable {
  /// Extents of a chunk; nil for one picked from the shape, where a filter or growth asks for chunks.
  public var chunk: [Int]?
  /// Compression, 1 (fast) to 9 (small); nil for none.
  public var gzip: Int?
  /// Sorts bytes by their place in a number before compression.
  public var shuffle: Bool
  /// A checksum for each chunk.
  public var fletcher32: Bool
  /// Stores floating-point numbers in 16 bits.
  public var isHalfPrecision: Bool

  /// A layout; without arguments the numbers lie one after the other, as they are.
  public init(
    chunk: [Int]? = nil, gzip: Int? = nil, shuffle: Bool = false, fletcher32: Bool = false,
    isHalfPrecision: Bool = false
  ) {
    self.chunk = chunk
    self.gzip = gzip
    self.shuffle = shuffle
    self.fletcher32 = fletcher32
    self.isHalfPrecision = isHalfPrecision
  }

  /// The numbers one after the other, as they are.
  public static let contiguous = DatasetOptions()
  /// gzip 6 on shuffled bytes, with checksums.
  public static let compressed = DatasetOptions(gzip: 6, shuffle: true, fletcher32: true)

  private var needsChunks: Bool { chunk != nil || gzip != nil || shuffle || fletcher32 }

  func properties(file: String, object: String, shape: [Int], elementBytes: Int, isExtendible: Bool) throws -> Handle {
    let creation = try Handle(file, object, "preparing") { H5Pcreate(zoo_h5_dataset_create()) }
    try check(file, object, "preparing") { H5Pset_obj_track_times(creation.id, false) }
    // Scalars and empty datasets can't be chunked.
    guard needsChunks || isExtendible, !shape.isEmpty, isExtendible || !shape.contains(0) else { return creation }
    // Numbers that make no sense are passed on for libhdf5 to refuse.
    let extents = (chunk ?? Self.automaticChunk(shape, elementBytes: elementBytes)).map(
      hsize_t.init(truncatingIfNeeded:))
    try check(file, object, "choosing chunks for") { H5Pset_chunk(creation.id, Int32(extents.count), extents) }
    if shuffle { try check(file, object, "preparing") { H5Pset_shuffle(creation.id) } }
    if let gzip {
      try check(file, object, "preparing") { H5Pset_deflate(creation.id, UInt32(truncatingIfNeeded: gzip)) }
    }
    if fletcher32 { try check(file, object, "preparing") { H5Pset_fletcher32(creation.id) } }
    return creation
  }

  /// Whole inner extents, as many outer ones as fit 256 KiB.
  static func automaticChunk(_ shape: [Int], elementBytes: Int) -> [Int] {
    var chunk = shape
    var room = max(1, (1 << 18) / max(1, elementBytes))
    for axis in chunk.indices.reversed() {
      // An outermost extent of 0 is one that will grow.
      let extent = axis == 0 && shape[axis] == 0 ? room : max(1, shape[axis])
      chunk[axis] = min(extent, room)
      room = max(1, room / chunk[axis])
    }
    return chunk
  }
}
