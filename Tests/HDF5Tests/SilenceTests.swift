import Foundation
import HDF5
import Testing

/// libhdf5 keeps its reports to itself, on whatever thread it fails.
@Suite struct SilenceTests {
  @Test func nothingIsPrinted() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
    ) {
      let folder = try TemporaryFolder()
      let path = folder.file("x.h5")
      do {
        let root = try HDF5File.create(path).root
        try root.write("x", [1], shape: [1])
        _ = try? root.createGroup("x")
      }
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        _ = try? HDF5File.open("/no/such/file.h5")
        _ = try? HDF5File.open(bytes: [1, 2, 3], name: "bytes")
        _ = try? HDF5File.create(path)
        guard let root = try? HDF5File.open(path).root else { exit(2) }
        _ = root.contains("x/y/z")
        _ = root.hasAttribute("a")
        _ = try? root.group("x")
        _ = try? root.string("a")
        _ = try? root.dataset("x").extend(to: [7])
        _ = try? root.createGroup("g")
        _ = try? root.dataset("x").read(as: Int.self, offset: [5], count: [1])
      }
    }
    for content in [result?.standardErrorContent ?? [], result?.standardOutputContent ?? []] {
      let printed = String(decoding: content, as: UTF8.self)
      #expect(!printed.contains("HDF5") && !printed.contains("H5"), "\(printed)")
    }
  }
}
