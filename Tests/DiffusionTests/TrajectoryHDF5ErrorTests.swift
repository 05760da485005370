import Diffusion
import Foundation
import HDF5
import Testing

/// What is said about HDF5 files that are wrong.
@Suite struct TrajectoryHDF5ErrorTests {
  /// What a file holds; right unless a test changes it.
  struct Contents {
    var format: String? = "zoo-andi-trajectories"
    var version: Int32? = 1
    var order: String? = "component-major"
    var dimension: Int32 = 2
    var positions: [Double]? = (0..<14).map(Double.init)
    var shape = [14]
    var offsets: [Int64]? = [0, 6, 14]
    var label: [Double]? = [0.5, 2]
    var exponents: [Double]?
    var models: [Int32]?
    var sigmas: [Double]?

    func write(_ path: String) throws {
      let root = try HDF5File.create(path).root
      if let format { try root.setAttribute("format", format) }
      if let version { try root.setAttribute("format_version", version) }
      if let order { try root.setAttribute("position_order", order) }
      try root.createGroup("task1")
      let group = try root.createGroup("task1/dim2")
      try group.setAttribute("dimension", dimension)
      if let positions { try group.write("positions", positions, shape: shape) }
      if let offsets { try group.write("offsets", offsets, shape: [offsets.count]) }
      if let label { try group.write("label", label, shape: [label.count]) }
      try group.createGroup("truth")
      if let exponents { try group.write("truth/exponent", exponents, shape: [exponents.count]) }
      if let models { try group.write("truth/model", models, shape: [models.count]) }
      if let sigmas { try group.write("truth/sigma", sigmas, shape: [sigmas.count]) }
    }
  }

  /// What is said when a file is opened and read, without its path.
  static func complaint(_ change: (inout Contents) -> Void = { _ in }) throws -> String? {
    let folder = try TemporaryFolder(), path = folder.file("set.h5")
    var contents = Contents()
    change(&contents)
    try contents.write(path)
    let text = message {
      let source = try TrajectoryHDF5(path: path, task: .exponent, dimension: 2)
      _ = try source.trajectories(0..<source.count)
    }
    guard let text else { return nil }
    #expect(text.hasPrefix(path + ": ") && text.hasSuffix("."), "\(text)")
    return String(text.dropFirst(path.count + 2))
  }

  @Test func rightFilesAreRead() throws {
    #expect(try Self.complaint() == nil)
    #expect(
      try Self.complaint {
        $0.exponents = [0.5, 2]; $0.models = [0, 3]; $0.sigmas = [1, 1, 1, 1]
      } == nil)
  }

  @Test func filesOfAnotherKind() throws {
    #expect(try Self.complaint { $0.format = nil } == "'/' has no format, expected format 'zoo-andi-trajectories'.")
    #expect(
      try Self.complaint { $0.format = "weights" }
        == "'/' has format 'weights', expected format 'zoo-andi-trajectories'.")
    #expect(try Self.complaint { $0.version = 2 } == "'/' has format_version '2', expected format_version '1'.")
    #expect(
      try Self.complaint { $0.order = "step-major" }
        == "'/' has position_order 'step-major', expected position_order 'component-major'.")
    #expect(
      try Self.complaint { $0.order = nil } == "'/' has no position_order, expected position_order 'component-major'.")
  }

  @Test func partsThatAreMissing() throws {
    #expect(try Self.complaint { $0.positions = nil } == "there is no dataset '/task1/dim2/positions'.")
    #expect(try Self.complaint { $0.offsets = nil } == "there is no dataset '/task1/dim2/offsets'.")
    #expect(
      try Self.complaint { $0.label = nil }
        == "'/task1/dim2' has no dataset 'label', expected one with exponents or models.")
  }

  @Test func offsetsThatDoNotFit() throws {
    let object = "'/task1/dim2/offsets' has "
    #expect(
      try Self.complaint { $0.offsets = [0, 6, 12] }
        == object + "12 at the end, expected 14, the number of positions.")
    #expect(
      try Self.complaint { $0.offsets = [0, 5, 14] }
        == object + "0 and 5 around trajectory 1, expected increasing multiples of 2.")
    #expect(
      try Self.complaint { $0.offsets = [0, 8, 6, 14] }
        == object + "8 and 6 around trajectory 2, expected increasing multiples of 2.")
    #expect(
      try Self.complaint { $0.offsets = [0, 6, 6, 14] }
        == object + "6 and 6 around trajectory 2, expected increasing multiples of 2.")
    #expect(
      try Self.complaint { $0.offsets = [2, 6, 14] }
        == object + "2 at the beginning, expected 0 and the end of each trajectory.")
    #expect(
      try Self.complaint { $0.offsets = [0] } == object + "no trajectory, expected 0 and the end of each trajectory.")
    #expect(
      try Self.complaint { $0.offsets = [0, .min, .max] }
        == object + "0 and \(Int64.min) around trajectory 1, expected increasing multiples of 2.")
  }

  @Test func labelsThatDoNotFit() throws {
    #expect(
      try Self.complaint { $0.label = [0.5] } == "'/task1/dim2/label' has 1 number, expected 2.")
    #expect(
      try Self.complaint { $0.label = [0.5, 2.5] }
        == "'/task1/dim2' has 2.5 for trajectory 2, expected exponents above 0 and up to 2.")
    #expect(
      try Self.complaint { $0.label = [.nan, 1] }
        == "'/task1/dim2' has nan for trajectory 1, expected exponents above 0 and up to 2.")
    #expect(
      try Self.complaint { $0.models = [0, 5] }
        == "'/task1/dim2' has 5.0 for trajectory 2, expected labels 0 to 4.")
    #expect(
      try Self.complaint { $0.sigmas = [1, 1] } == "'/task1/dim2/truth/sigma' has 2 numbers, expected 4.")
    #expect(
      try Self.complaint { $0.dimension = 1 }
        == "'/task1/dim2' has dimension 1, expected dimension 2 as its name says.")
  }

  @Test func positionsThatAreNone() throws {
    #expect(
      try Self.complaint { $0.shape = [7, 2] } == "'/task1/dim2/positions' has 2 axes, expected one axis.")
    for value in [Double.nan, .infinity] {
      let text = try Self.complaint { $0.positions?[9] = value }
      #expect(
        text
          == "'/task1/dim2/positions' has a trajectory 2 where coordinate 4 is not a finite number, "
          + "expected finite positions.")
    }
  }

  @Test func filesThatAreNone() throws {
    let folder = try TemporaryFolder()
    func complaint(_ path: String, dimension: Int = 1) -> String? {
      message { _ = try TrajectoryHDF5(path: path, task: .model, dimension: dimension) }
    }
    for path in [
      folder.file("none.h5"), folder.path, try folder.write("text.h5", "1.0;1"), try folder.write("0.h5", ""),
    ] {
      let text = try #require(complaint(path))
      #expect(text.hasPrefix("\(path): opening failed; libhdf5 says: ") && text.hasSuffix("."), "\(text)")
    }
    let path = folder.file("set.h5")
    try Contents().write(path)
    #expect(complaint(path) == "\(path) holds no group 'task2/dim1'; it holds task1/dim2.")
    let bare = folder.file("bare.h5")
    try TrajectoryHDF5Writer.write([], to: bare, seed: nil)
    #expect(complaint(bare, dimension: 3) == "\(bare) holds no group 'task2/dim3'; it holds no trajectories.")
  }

  @Test func filesThatAreCutShort() throws {
    let folder = try TemporaryFolder(), path = folder.file("cut.h5")
    let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.folder + "/dev_first20.h5"))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
    let text = try #require(message { _ = try TrajectoryHDF5(path: path, task: .exponent, dimension: 1) })
    #expect(text.hasPrefix("\(path): opening failed; libhdf5 says: ") && text.hasSuffix("."), "\(text)")
  }

  /// Whatever goes wrong, the file that was there stays, and nothing else is left in the folder.
  @Test func failuresOfWritingLeaveTheOldFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("set.h5", "old")
    let good = ChallengeSimulation(task: .exponent, dimension: 1, seed: 73, count: 300).trajectories(0..<300)
    func write(_ items: [LabelledTrajectory], task: ChallengeTask = .exponent, breaksAt: Int = .max) -> String? {
      message {
        let source = ListSource(task: task, dimension: 1, items: items, breaksAt: breaksAt)
        try TrajectoryHDF5Writer.write([source], to: path, seed: nil)
      }
    }
    #expect(write(good, breaksAt: 299) == "Broken()")
    let far = LabelledTrajectory(trajectory: try Trajectory(dimension: 1, positions: [0, -1e39]), truth: good[0].truth)
    #expect(
      write(good + [far])
        == "\(path): '/task1/dim1, trajectory 301' has one of size 1e+39, "
        + "expected positions up to 3.4028235e+38, in another unit.")
    let unlabelled = LabelledTrajectory(trajectory: good[0].trajectory, truth: GroundTruth(exponent: 1, model: nil))
    #expect(write([unlabelled], task: .model) == "\(path): '/task2/dim1, trajectory 1' has no model, expected one.")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["set.h5"])
    #expect(write(good) == nil)
    #expect(try TrajectoryHDF5(path: path, task: .exponent, dimension: 1).count == 300)
  }
}
