import CHDF5
import Foundation

/// An open HDF5 file.
///
/// libhdf5 serialises its calls, so a file may be used from several threads, without gain. Damaged files can crash
/// libhdf5 1.10 itself: check a file's digest, or open it in a child process, before trusting it.
public final class HDF5File: Sendable {
  /// What messages call the file.
  public let name: String
  private let handle: Handle

  private init(name: String, handle: Handle) {
    self.name = name
    self.handle = handle
  }

  /// Opens a file for reading.
  /// - Throws: `HDF5Error.library` where it is missing, no HDF5 file or cut short.
  public static func open(_ path: String) throws -> HDF5File {
    let access = try unlocked(path)
    let handle = try Handle(path, "", "opening") { H5Fopen(path, zoo_h5_read_only(), access.id) }
    return HDF5File(name: path, handle: handle)
  }

  private static func unlocked(_ path: String) throws -> Handle {
    let access = try Handle(path, "", "preparing") { H5Pcreate(zoo_h5_file_access()) }
    try check(path, "", "preparing") { zoo_h5_forgo_locks(access.id) }
    return access
  }

  /// Opens a file that is already in memory.
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - name: what messages call it; several files may have the same.
  public static func open(bytes: [UInt8], name: String) throws -> HDF5File {
    let access = try Handle(name, "", "preparing") { H5Pcreate(zoo_h5_file_access()) }
    try check(name, "", "preparing") { H5Pset_fapl_core(access.id, 1 << 16, false) }
    var copy = bytes
    try check(name, "", "preparing") { H5Pset_file_image(access.id, &copy, copy.count) }
    // libhdf5 refuses an image under the name of a file that exists, and tells images apart by their names.
    let unused = "\(name) in memory \(UInt64.random(in: 0 ... .max))"
    let handle = try Handle(name, "", "opening") { H5Fopen(unused, zoo_h5_read_only(), access.id) }
    return HDF5File(name: name, handle: handle)
  }

  /// Makes a new file.
  ///
  /// Closing it, which happens when the last object that belongs to it is released, can't report failures: call `flush`
  /// once everything has been written.
  /// - Parameters:
  ///   - path: of the new file.
  ///   - userBlock: bytes in front that belong to someone else; 0 or a power of two from 512.
  /// - Throws: `HDF5Error.library` where the file exists or cannot be made.
  public static func create(_ path: String, userBlock: Int = 0) throws -> HDF5File {
    let creation = try Handle(path, "", "preparing") { H5Pcreate(zoo_h5_file_create()) }
    // Numbers that make no sense are passed on for libhdf5 to refuse.
    try check(path, "", "reserving a user block") {
      H5Pset_userblock(creation.id, hsize_t(truncatingIfNeeded: userBlock))
    }
    // The same content gives the same bytes.
    try check(path, "", "preparing") { H5Pset_obj_track_times(creation.id, false) }
    let access = try unlocked(path)
    let handle = try Handle(path, "", "creating") {
      H5Fcreate(path, zoo_h5_exclusive(), creation.id, access.id)
    }
    return HDF5File(name: path, handle: handle)
  }

  /// The group that holds everything.
  public var root: HDF5Group {
    get throws {
      let group = try Handle(name, "/", "opening group") { H5Gopen2(handle.id, "/", hid_t(H5P_DEFAULT)) }
      return HDF5Group(file: name, path: "/", handle: group)
    }
  }

  /// Hands everything over to the operating system.
  /// - Throws: `HDF5Error.library` where that fails, e.g. because the disk is full.
  public func flush() throws {
    try check(name, "", "writing") { H5Fflush(handle.id, H5F_SCOPE_GLOBAL) }
  }
}
