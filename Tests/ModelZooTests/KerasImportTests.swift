import Diffusion
import Foundation
import HDF5
import KerasNetwork
import LayerGraph
import ModelZoo
import RANDI
import Testing
import UPVMAT

/// Networks from Keras files compute what Keras does, in every instruction set.
@Suite struct KerasImportTests {
  @Test(
    arguments: [
      ("stack_keras2_whole.h5", nil, "stack", "y64"),
      ("stack_keras2_weights.h5", "stack_keras2_whole.h5", "stack", "y64"),
      ("stack_keras3.weights.h5", "stack_keras2_whole.h5", "stack", "y64"),
      ("options_keras2_whole.h5", nil, "options", "keras2_y64"),
      ("options_keras3.keras", nil, "options", "keras3_y64"),
    ] as [(String, String?, String, String)])
  func syntheticNetworks(file: String, config: String?, group: String, output: String) throws {
    let root = try HDF5File.open(ForeignFixture.path("expected.h5")).root.group("synthetic/" + group)
    let input = try ForeignFixture.tensor(root, "x"), expected = try ForeignFixture.tensor(root, output)
    let (model, parameters, report) = try ForeignFixture.network(
      ForeignFixture.path(file), config: config.map(ForeignFixture.path))
    #expect(report.unused.isEmpty && report.findings.isEmpty, "\(report)")
    #expect(!report.transposed.isEmpty)
    for table in KernelTable.available {
      let found = try ForeignFixture.run(model, parameters, input, table: table)
      #expect(ForeignFixture.deviation(found, expected.values) < 1e-5, "\(table)")
    }
  }

  /// Each layer alone, so that two mistakes can't make a right answer.
  @Test func everyLayerOfTheStack() throws {
    let root = try HDF5File.open(ForeignFixture.path("expected.h5")).root.group("synthetic/stack")
    let input = try ForeignFixture.tensor(root, "x")
    let (model, parameters, _) = try ForeignFixture.network(ForeignFixture.path("stack_keras2_whole.h5"))
    let first = Tensor(shape: [1] + input.shape.dropFirst(), values: Array(input.values.prefix(24 * 3)))
    for (index, layer) in model.layers.enumerated() {
      var part = model
      part.layers = Array(model.layers[...index])
      let names = Set(try part.graph(name: "part", endsInLogits: false).parameters.map(\.name))
      var known = Parameters()
      for name in parameters.names where names.contains(name) { known[name] = parameters[name] }
      let expected = try ForeignFixture.tensor(root, "layer_first_input/" + layer.name)
      let found = try ForeignFixture.run(part, known, first, table: KernelTable.chosen())
      // Inner layers have values up to 50, whose last digit is 4e-6.
      let scale = expected.values.reduce(1) { max($0, abs($1)) }
      #expect(ForeignFixture.deviation(found, expected.values) < 1e-5 * scale, "\(layer.name)")
    }
  }

  @Test func blocksOfDisplacements() throws {
    let root = try HDF5File.open(ForeignFixture.path("expected.h5")).root.group("randi/blocks")
    let names = try root.childNames()
    #expect(names.count == 6)
    for name in names {
      let group = try root.group(name), expected = try ForeignFixture.tensor(group, "blocks")
      let dimension = Int(String(name.dropFirst(3).prefix(1)))!
      let trajectory = try Trajectory(dimension: dimension, positions: group.dataset("raw").read())
      let input = TrajectoryInput(.standardisedDisplacements, stepsPerBlock: expected.shape[1] / dimension)
      let found = input.tensor(trajectory)
      #expect(found.shape == expected.shape && input.steps(points: trajectory.count) == expected.shape[0])
      #expect(ForeignFixture.deviation(found.values, expected.values) < 1e-6, "\(name)")
    }
  }

  @Test func zerosInFront() throws {
    let root = try HDF5File.open(ForeignFixture.path("expected.h5")).root.group("upv-mat/padding")
    let names = try root.childNames()
    #expect(names.count == 5)
    for name in names {
      let group = try root.group(name), expected = try ForeignFixture.tensor(group, "x")
      let dimension = Int(String(name.dropFirst(3).prefix(1)))!
      let trajectory = try Trajectory(dimension: dimension, positions: group.dataset("raw").read())
      let found = TrajectoryInput(.positions, rows: expected.shape[0]).tensor(trajectory)
      #expect(found == expected, "\(name)")
    }
  }

  @Test func aStrangeConstantParameterIsFound() throws {
    var file = try ForeignFile(contentsOf: ForeignFixture.path("stack_keras2_whole.h5"))
    let key = try #require(file.tensors.names.first { $0.hasSuffix("front/bias:0") })
    file.tensors[key] = Tensor(shape: [6], repeating: 0)
    let importing = ForeignImport(file)
    #expect(try importing.parameters(of: importing.model()).report.findings == ["'front.bias' is all zero"])
    file.tensors[key] = Tensor(shape: [6], repeating: 3e7)
    #expect(
      try ForeignImport(file).parameters(of: importing.model()).report.findings == ["'front.bias' is 3e+07 throughout"])
  }

  /// Numbers as changed bytes make them, each in a parameter of its own; those of trained networks are not remarked.
  @Test func numbersThatTrainingDoesNotLeaveAreFound() throws {
    let whole = try ForeignFile(contentsOf: ForeignFixture.path("stack_keras2_whole.h5"))
    for (suffix, value, part) in [
      ("front/kernel:0", 1e9, "'front.weight' holds numbers up to 1e+09"),
      ("front/kernel:0", -4000, "times as large as the others are"),
      ("front/kernel:0", 1e-20, "1 number nearer to zero"),
      ("moving_variance:0", -0.5, "-0.5 for a variance"),
    ] as [(String, Float, String)] {
      var file = whole
      let key = try #require(file.tensors.names.first { $0.hasSuffix(suffix) })
      file.tensors[key]?.values[2] = value
      let importing = ForeignImport(file)
      let findings = try importing.parameters(of: importing.model()).report.findings
      #expect(findings.count == 1 && findings.allSatisfy { $0.contains(part) }, "\(findings)")
    }
  }

  @Test func whatIsNotFiniteIsNamedAndSilenced() throws {
    var file = try ForeignFile(contentsOf: ForeignFixture.path("stack_keras2_whole.h5"))
    let key = try #require(file.tensors.names.first { $0.hasSuffix("front/kernel:0") })
    var kernel = try #require(file.tensors[key])
    kernel.values[2] = .nan
    kernel.values[6 + 2] = .infinity
    file.tensors[key] = kernel
    let model = try ForeignImport(file).model()
    let error = #expect(throws: ForeignError.self) { try ForeignImport(file).parameters(of: model) }
    let text = "\(try #require(error))"
    #expect(
      text.contains("Layer 'front': 2 of 90 in its weight, in 1 units (2)") && text.contains("--repair dead-units"))
    let (parameters, report) = try ForeignImport(file, repair: .deadUnits).parameters(of: model)
    let weight = try #require(parameters["front.weight"])
    #expect((0..<15).allSatisfy { weight.values[2 * 15 + $0] == 0 } && parameters["front.bias"]?.values[2] == 0)
    #expect(weight.values.count { $0 == 0 } == 15)
    #expect(report.notes.contains { $0.contains("repaired by dead-units") })
    // A recurrent unit that is zero still says something to others through its gates: it is not silenced.
    let recurrent = try #require(file.tensors.names.first { $0.hasSuffix("rec/lstm_cell/bias:0") })
    file.tensors[recurrent] = Tensor(shape: [20], repeating: .nan)
    #expect(throws: ForeignError.self) { try ForeignImport(file, repair: .deadUnits).parameters(of: model) }
  }

  // MARK: The published nets

  @Test(.enabled(if: ForeignFixture.hasPublished, "the published nets lie in ../shared/keras, which is not there"))
  func publishedNets() throws {
    let root = try HDF5File.open(ForeignFixture.published + "/expected.h5").root
    let nets = [
      "randi/classification_1D_25", "randi/classification_1D_65", "randi/inference_1D_25", "randi/inference_1D_50",
      "randi/inference_1D_65", "upv-mat/task1_len_10_20", "upv-mat/task1_len_20_30", "upv-mat/task2_dim1",
    ]
    for net in nets {
      let group = try root.group(net), path = "\(ForeignFixture.published)/\(net).h5"
      let isDamaged = net.hasSuffix("task2_dim1")
      if isDamaged {
        let error = #expect(throws: ForeignError.self) { try ForeignFixture.network(path) }
        let text = "\(try #require(error))"
        #expect(text.contains("Layer 'conv1d': 168 of 512 in its weight, 25 of 64 in its bias, in 25 units"), "\(text)")
      }
      let file = try ForeignFile(contentsOf: path)
      var (model, parameters) = (try ForeignImport(file).model(), Parameters())
      if isDamaged {
        // The reference has zeros for the numbers themselves, not for whole units.
        var zeroed = file
        for name in file.tensors.names {
          zeroed.tensors[name] = file.tensors[name].map {
            Tensor(shape: $0.shape, values: $0.values.map { $0.isFinite ? $0 : 0 })
          }
        }
        parameters = try ForeignImport(zeroed).parameters(of: model).parameters
      } else {
        (model, parameters, _) = try ForeignFixture.network(path)
      }
      let input = try ForeignFixture.tensor(group, "x")
      let expected = try ForeignFixture.tensor(group, isDamaged ? "zeroed_y64" : "y64")
      for table in KernelTable.available {
        let found = try ForeignFixture.run(model, parameters, input, table: table)
        #expect(ForeignFixture.deviation(found, expected.values) < 1e-5, "\(net), \(table)")
      }
    }
  }

  /// Trajectories from points to answers, behind the policies.
  @Test(.enabled(if: ForeignFixture.hasPublished, "the published nets lie in ../shared/keras, which is not there"))
  func publishedMethods() throws {
    let root = try HDF5File.open(ForeignFixture.published + "/expected.h5").root
    let randi = try PublishedImport(
      RANDI(), folder: ForeignFixture.published + "/randi", repair: nil, read: ForeignFile.init(contentsOf:))
    #expect(randi.weights.map(\.members.count) == [3, 2] && randi.refused.isEmpty)
    #expect(randi.missing.count == 45 - 5 && randi.missing.contains("inference_2D_25.h5"))
    #expect(randi.coverage.count == 2 && randi.coverage[0].contains("3 of 14 nets."))
    #expect(randi.reports.flatMap(\.findings) == [])
    for (weights, group) in zip(randi.weights, ["task1_1d", "task2_1d"]) {
      let served = try ServedNetworks(
        weights.members.map { member in
          let network = try RANDI().characterizer(for: weights.subtask, checkpoint: member)
          return ServedNetworks.Member(try #require(network as? NetworkCharacterizer), lengths: member.lengths)
        }, policy: .mix, subtask: weights.subtask, lengths: 3...1000)
      let trajectories = try Self.trajectories(root.group("randi/" + group))
      let found = try served.outputs(for: trajectories).flatMap { $0.map(Float.init) }
      let expected = try ForeignFixture.tensor(root, "randi/\(group)/y64").values
      #expect(ForeignFixture.deviation(found, expected) < 1e-5, "\(group)")
    }
    let upv = try PublishedImport(
      UPVMAT(), folder: ForeignFixture.published + "/upv-mat", repair: nil, read: ForeignFile.init(contentsOf:))
    #expect(upv.refused.map(\.file) == ["task2_dim1.h5"] && upv.weights.map(\.members.count) == [2, 2, 2])
    let group = try root.group("upv-mat/task1"), dimensions: [Int] = try group.dataset("dim").read()
    let short: [Float] = try group.dataset("max20_y64").read(), long: [Float] = try group.dataset("max30_y64").read()
    let raw: [Double] = try group.dataset("raw").read(), start: [Int] = try group.dataset("start").read()
    for (index, dimension) in dimensions.enumerated() {
      let trajectory = try Trajectory(dimension: dimension, positions: Array(raw[start[index]..<start[index + 1]]))
      let weights = try #require(upv.weights.first { $0.subtask.dimension == dimension })
      let method = try #require(
        try UPVMAT().characterizer(for: weights.subtask, weights: weights) as? ServedNetworks)
      let found = Float(try method.outputs(for: [trajectory])[0][0])
      // At a shared end the net for the shorter range answers.
      #expect(abs(found - (trajectory.count <= 20 ? short[index] : long[index])) < 1e-5, "\(index)")
    }
  }

  private static func trajectories(_ group: HDF5Group) throws -> [Trajectory] {
    let raw: [Double] = try group.dataset("raw").read(), start: [Int] = try group.dataset("start").read()
    return try zip(start, start.dropFirst()).map { try Trajectory(dimension: 1, positions: Array(raw[$0..<$1])) }
  }
}
