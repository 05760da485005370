import Foundation
import HDF5
import Testing

/// `zoo features` as a user would run it.
@Suite struct FeaturesTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let cell = ["features", "--model", "wadnet", "--task", "model", "--dimension", "1"]

  /// The numbers of an `.npy` file that this program wrote.
  private func numPy(_ path: String) throws -> (header: String, values: [Float]) {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    try #require(data.count > 10 && data.prefix(8) == Data([0x93] + Array("NUMPY".utf8) + [1, 0]))
    let size = Int(data[8]) | Int(data[9]) << 8
    #expect((10 + size) % 64 == 0 && data[10 + size - 1] == 10)
    let values = data[(10 + size)...].withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: 4).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
      }
    }
    return (String(decoding: data[10..<10 + size], as: UTF8.self), values)
  }

  @Test func bothFormatsHoldTheSameNumbers() throws {
    let path = folder.file("features.h5"), array = folder.file("features.npy")
    let run = try Run(cell + ["--count", "60", "--umap", "--output", path])
    #expect(run.status == 0, "\(run.errors)")
    let root = try HDF5File.open(path).root
    let features = try root.dataset("features"), values = try features.read(as: Float.self)
    #expect(features.shape[0] > 40 && features.shape[1] == 64)
    #expect(run.output == "\(path): \(features.shape[0]) trajectories, 64 features each.\n")
    #expect(try root.dataset("length").read(as: Int.self).allSatisfy { (10...1000).contains($0) })
    #expect(try root.dataset("exponent").read(as: Double.self).allSatisfy { (0.05...2).contains($0) })
    #expect(try Set(root.dataset("model").read(as: Int.self)) == [0, 1, 2, 3, 4])
    let projection = try root.dataset("projection")
    #expect(projection.shape == [features.shape[0], 2])
    #expect(try root.dataset("length").shape == [features.shape[0]])

    let other = try Run(cell + ["--count", "60", "--umap", "--output", array], environment: ["ZOO_THREADS": "1"])
    #expect(other.status == 0, "\(other.errors)")
    #expect(other.output.contains(folder.file("features-umap.npy")))
    let read = try numPy(array)
    #expect(read.values == values)
    #expect(
      read.header.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (\(features.shape[0]), 64), }"))
    #expect(try numPy(folder.file("features-umap.npy")).values == projection.read(as: Float.self))
  }

  /// Tracks of nobody knows what: no labels in the file, and features as of the labelled ones.
  @Test func tracksWithoutLabelsHaveFeatures() throws {
    #expect(
      try Run(["generate", "--tasks", "model", "--dimensions", "1", "--count", "40", "--output", folder.file("set")])
        .status == 0)
    try FileManager.default.copyItem(atPath: folder.file("set/task2.txt"), toPath: folder.file("tracks.txt"))
    func features(_ data: String) throws -> (HDF5Group, [Float]) {
      let path = folder.file("\(UUID().uuidString).h5")
      let run = try Run(cell + ["--data", folder.file(data), "--output", path])
      #expect(run.status == 0, "\(run.errors)")
      let root = try HDF5File.open(path).root
      return (root, try root.dataset("features").read(as: Float.self))
    }
    let labelled = try features("set"), bare = try features("tracks.txt")
    #expect(labelled.1 == bare.1)
    #expect(labelled.0.contains("model") && !labelled.0.contains("exponent"))
    #expect(!bare.0.contains("model") && !bare.0.contains("exponent") && bare.0.contains("length"))
  }

  @Test(
    arguments: [
      (["--model", "msd", "--task", "exponent", "--output", "x.h5"], 1, "not a network"),
      (["--model", "wadnt", "--output", "x.h5"], 1, "Did you mean 'wadnet'?"),
      (["--output", "x.txt"], 64, ".npy"),
      (["--output", "x.h5", "--dimension", "4"], 64, "1, 2 or 3"),
      (["--output", "x.h5", "--neighbours", "20"], 64, "--umap"),
      (["--output", "x.h5", "--umap", "--neighbours", "1"], 64, "2 or more"),
      (["--output", "x.h5", "--umap", "--minimum-distance", "2"], 64, "0...1"),
      (["--output", "x.h5", "--umap", "--count", "10"], 1, "fewer neighbours"),
      (["--output", "x.h5", "--data", "/nowhere.txt"], 1, "/nowhere.txt"),
      (["--output", "/nowhere/x.npy", "--count", "10"], 1, "/nowhere/x.npy"),
      (["--output", "x.h5", "--weights", "/nowhere"], 1, "/nowhere, which does not exist"),
    ] as [([String], Int32, String)])
  func wrongUseIsASentence(arguments: [String], status: Int32, part: String) throws {
    var all = ["features"] + arguments
    for (name, value) in [("--model", "wadnet"), ("--task", "model"), ("--dimension", "1")] where !all.contains(name) {
      all += [name, value]
    }
    let run = try Run(all, folder: folder.path)
    #expect(run.status == status, "\(run.status): \(run.errors)")
    #expect(run.errors.contains(part), "\(run.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// Features of several networks have nothing in common.
  @Test func severalNetworksHaveNoFeatures() throws {
    let weights = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Weights/wadnet/model-1d.h5").path
    let networks = folder.file("weights/wadnet/model-1d")
    try FileManager.default.createDirectory(atPath: networks, withIntermediateDirectories: true)
    for name in ["a.h5", "b.h5"] { try FileManager.default.copyItem(atPath: weights, toPath: "\(networks)/\(name)") }
    let run = try Run(cell + ["--weights", folder.file("weights"), "--output", folder.file("x.h5")])
    #expect(run.status == 1 && run.errors.contains("networks"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("x.h5")))
  }

  @Test func tracksThatDoNotFitAreNamed() throws {
    try folder.write("2;1;2;3;4\n", to: "plane.txt")
    try folder.write("1;1;2;3\n1;1;x;3\n", to: "bad.txt")
    for (file, part) in [("plane.txt", "no trajectories in 1D; it holds 1 in 2D"), ("bad.txt", "line 2")] {
      let run = try Run(cell + ["--data", folder.file(file), "--output", folder.file("x.npy")])
      #expect(run.status == 1 && run.errors.contains(part), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("x.npy")))
    }
  }
}
