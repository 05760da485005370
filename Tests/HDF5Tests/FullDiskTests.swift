import Foundation
import HDF5
import Testing

/// Writing stops in the middle: a child process with a limit on the size of its files stands for a full disk.
@Suite struct FullDiskTests {
  /// Lets this process write no file longer than `bytes`, with an error in place of a signal.
  static func limitFileSize(_ bytes: Int) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
  }

  @Test func plainBytes() async throws {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = folder.file("file.bin")
      try AtomicFile.write([1, 2, 3], to: path)
      FullDiskTests.limitFileSize(1 << 16)
      do {
        try AtomicFile.write([UInt8](repeating: 1, count: 1 << 17), to: path)
        exit(2)
      } catch let failure as AtomicFile.Failure {
        guard failure.path == path, failure.reason == "File too large" else { exit(3) }
      }
      guard try bytes(of: path) == [1, 2, 3], folder.contents == ["file.bin"] else { exit(4) }
      try FileManager.default.removeItem(atPath: folder.path)
    }
  }

  /// Contiguous data go to the disk at once, chunks and metadata when the file is flushed or closed.
  @Test(arguments: [false, true]) func anHDF5File(isCompressed: Bool) async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      [isCompressed = isCompressed as Bool] in
      let folder = try TemporaryFolder()
      let path = folder.file("file.h5")
      try AtomicFile.write([1, 2, 3], to: path)
      FullDiskTests.limitFileSize(1 << 16)
      var random = SeededGenerator(seed: 4)
      let values = (0..<1 << 16).map { _ in random.next() }
      do {
        try AtomicFile.write(to: path) { temporary in
          let file = try HDF5File.create(temporary)
          try file.root.write(
            "x", values, shape: [values.count], options: isCompressed ? .compressed : .contiguous)
          try file.flush()
        }
        exit(2)
      } catch let error as HDF5Error {
        guard error.description.contains("File too large"), error.description.contains("file.h5") else { exit(3) }
      }
      guard try bytes(of: path) == [1, 2, 3], folder.contents == ["file.h5"] else { exit(4) }
      try FileManager.default.removeItem(atPath: folder.path)
    }
    let printed = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(!printed.contains("HDF5"), "\(printed)")
  }
}
