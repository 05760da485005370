import Foundation
import HDF5
import LayerGraph
import ModelZoo

/// Files of other programs for tests, and what must come out of them.
enum ForeignFixture {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  static let folder = tests.appendingPathComponent("Fixtures/foreign").path
  /// Published nets beside the checkout, where somebody has them.
  static let published = tests.deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared/keras").path
  static var hasPublished: Bool { FileManager.default.fileExists(atPath: published + "/expected.h5") }

  static func path(_ name: String) -> String { folder + "/" + name }
  static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  /// A network of a file, with the layers of another where the first has none.
  static func network(
    _ path: String, config: String? = nil, repair: Repair? = nil
  ) throws -> (model: KerasModel, parameters: Parameters, report: ImportReport) {
    let importing = ForeignImport(try ForeignFile(contentsOf: path), repair: repair)
    let source = try config.flatMap { KerasSource(try ForeignFile(contentsOf: $0)) }
    let model = try importing.model(config: source)
    let (parameters, report) = try importing.parameters(of: model)
    return (model, parameters, report)
  }

  /// What a model says of inputs `[count, steps, channels]`, with its own softmax.
  static func run(
    _ model: KerasModel, _ parameters: Parameters, _ input: Tensor, table: KernelTable
  ) throws -> [Float] {
    let graph = try model.graph(name: "test", endsInLogits: false)
    let plan = try InferencePlan(
      graph, parameters: try ParameterStore(graph, parameters), steps: input.shape[1], table: table)
    return plan.run(count: input.shape[0], input: input.values, workers: Workers(count: 1)).output
  }

  static func tensor(_ root: HDF5Group, _ path: String) throws -> Tensor {
    let dataset = try root.dataset(path)
    return Tensor(shape: dataset.shape, values: try dataset.read())
  }

  static func deviation(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  /// Repeatable choices of what to damage.
  struct Damage {
    private var random: SplitMix64
    init(_ seed: Int) { random = SplitMix64(seed: UInt64(seed) &* 0x9E37_79B9) }
    mutating func place(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }
  }
}
