import Foundation
import HDF5
import LayerGraph
import ModelZoo
import PlainLSTM
import RANDI
import Testing
import UPVMAT
import WADNet

/// What is written for other programs comes back the same.
@Suite struct ExportTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static func small() -> WADNet {
    var wadnet = WADNet()
    wadnet.configuration.filters = 4
    wadnet.configuration.depth = 2
    wadnet.configuration.hidden = 5
    wadnet.configuration.statisticsLengths = [10, 100]
    return wadnet
  }

  private static func parameters(_ specs: [ParameterSpec]) -> Parameters {
    var random = SplitMix64(seed: 9), parameters = Parameters(initialising: specs, seed: 4)
    for spec in specs {
      parameters[spec.name]?.values = (0..<spec.count).map { _ in 0.5 + random.nextUnit() }
    }
    for name in parameters.names where name.hasSuffix("num_batches_tracked") {
      parameters[name]?.values = [12_345_678]
    }
    return parameters
  }

  @Test(arguments: ["h5", "safetensors"]) func stateDictsComeBack(kind: String) throws {
    let subtask = Subtask(task: .model, dimension: 2), graph = try Self.small().graph(for: subtask)
    let parameters = Self.parameters(graph.parameters), path = folder.file("dict." + kind)
    let export = try StateDictExport(parameters, of: graph)
    if kind == "h5" { try export.writeHDF5(to: path) } else { try export.writeSafetensors(to: path) }
    let dict = try StateDictImport(path)
    #expect(dict.statisticsLengths == [10, 100])
    let settings: [String: Setting] = ["filters": .integer(4), "depth": .integer(2), "hidden": .integer(5)]
    let checkpoint = try dict.checkpoint(WADNet(), subtask, settings: settings)
    for name in parameters.names { #expect(checkpoint.parameters[name] == parameters[name], "\(name)") }
  }

  /// With one length chosen, the network without tables says what the one with tables says at that length.
  @Test func oneLengthIsChosen() throws {
    let subtask = Subtask(task: .exponent, dimension: 1), wadnet = Self.small()
    let graph = try wadnet.graph(for: subtask), parameters = Self.parameters(graph.parameters)
    let path = folder.file("dict.safetensors")
    try StateDictExport(parameters, of: graph, length: 31).writeSafetensors(to: path)
    let dict = try StateDictImport(path)
    #expect(!dict.parameters.names.contains { $0.hasSuffix("_by_length") } && dict.statisticsLengths.isEmpty)
    var plain = wadnet
    plain.configuration.statisticsLengths = []
    let input = Tensor(shape: [31, 1], values: (0..<31).map { Float($0 * $0 % 7) - 3 })
    let a = try NetworkCharacterizer(wadnet, subtask: subtask, parameters: parameters).run([input])[0].output[0]
    let b = try NetworkCharacterizer(plain, subtask: subtask, parameters: dict.parameters).run([input])[0].output[0]
    #expect(abs(a - b) < 1e-5)
    let pooled = try plain.graph(for: subtask)
    #expect(throws: ExportError.self) { try StateDictExport(dict.parameters, of: pooled, length: 31) }
  }

  @Test func aChainBecomesAKerasModelAndComesBack() throws {
    let subtask = Subtask(task: .model, dimension: 2), network = PlainLSTM(), path = folder.file("lstm.h5")
    let graph = try network.graph(for: subtask), parameters = Self.parameters(graph.parameters)
    let (model, renamed) = try KerasModel.chain(graph, parameters)
    try Keras2Export.write(model, renamed, endsInSoftmax: true, name: "lstm", to: path)
    let (found, weights, report) = try ForeignFixture.network(path)
    #expect(found.layers.map(\.className) == ["LSTM", "LSTM", "LSTM", "Dense"] && found.endsInSoftmax)
    #expect(report.unused.isEmpty)
    let input = Tensor(shape: [1, 40, 2], values: (0..<80).map { sinf(Float($0)) })
    let softmax = try ForeignFixture.run(found, weights, input, table: KernelTable.chosen())
    let logits = try NetworkCharacterizer(network, subtask: subtask, parameters: parameters)
      .run([Tensor(shape: [40, 2], values: input.values)])[0].output
    let shares = logits.map { expf($0 - logits.max()!) }, sum = shares.reduce(0, +)
    #expect(ForeignFixture.deviation(softmax, shares.map { $0 / sum }) < 1e-5)
  }

  @Test(arguments: ["stack_keras2_whole.h5", "options_keras2_whole.h5"]) func kerasModelsComeBack(file: String) throws {
    let (model, parameters, _) = try ForeignFixture.network(ForeignFixture.path(file))
    let path = folder.file("again.h5")
    try Keras2Export.write(model, parameters, endsInSoftmax: false, name: "again", to: path)
    let (found, weights, report) = try ForeignFixture.network(path)
    #expect(found == model && report.unused.isEmpty)
    for name in parameters.names { #expect(weights[name] == parameters[name], "\(name)") }
  }

  @Test func publishedArchitecturesAreKerasModels() throws {
    for subtask in Subtask.all {
      let randi = RANDI(), upv = UPVMAT()
      for (id, model) in [
        ("randi", try randi.kerasModel(for: subtask)), ("upv", try upv.kerasModel(for: subtask)),
      ] {
        let parameters = Self.parameters(try model.graph(name: id).parameters)
        let path = folder.file("\(id)-\(subtask).h5")
        try Keras2Export.write(model, parameters, endsInSoftmax: subtask.task == .model, name: id, to: path)
        #expect(try ForeignFixture.network(path).model == model)
      }
    }
  }

  @Test func whatIsNoChainIsRefused() throws {
    let subtask = Subtask(task: .exponent, dimension: 1), graph = try Self.small().graph(for: subtask)
    let error = #expect(throws: ExportError.self) {
      try KerasModel.chain(graph, Self.parameters(graph.parameters))
    }
    #expect("\(try #require(error))".contains("--format safetensors"))
  }
}
