import Diffusion
import Foundation
import LayerGraph
import ModelZoo
import RANDI
import Testing
import UPVMAT

/// What users are told of published nets that they did not import.
@Suite struct MissingNetsTests {
  private static let exponent = Subtask(task: .exponent, dimension: 1)

  private static func randi(_ lengths: [Int]) -> MissingNets? {
    MissingNets(RANDI(), exponent, present: lengths.map { $0...$0 })
  }

  /// A length needs a net that it is nearest to on either side.
  @Test func lengthsThatNeedThemAreNamed() throws {
    let all = [25, 50, 65, 75, 125, 165, 225, 325, 425, 525, 625, 725, 825, 925]
    #expect(Self.randi(all) == nil)
    let middle = try #require(Self.randi(all.filter { $0 != 50 }))
    #expect(middle.files == ["inference_1D_50.h5"] && middle.lengths == [26...64] && middle.counts == (13, 14))
    let long = try #require(Self.randi([25, 50, 65]))
    #expect(long.files.count == 11 && long.lengths == [66...Int.max])
    #expect(long.sentence.contains("randi, exponent-1d: 3 of 14 nets.") && long.sentence.contains("66 or more points"))
    #expect(long.sentence.contains("inference_1D_925.h5") && long.sentence.contains("zoo import randi FOLDER"))
    let short = try #require(Self.randi(Array(all.dropFirst())))
    #expect(short.lengths == [10...49])

    let edges = UPVMAT().publishedNets.filter { $0.subtask == Self.exponent }.map(\.lengths)
    let range = try #require(MissingNets(UPVMAT(), Self.exponent, present: edges.filter { $0 != 20...30 }))
    #expect(range.files == ["task1_len_20_30.h5"] && range.lengths == [21...30])
    #expect(range.coverage.contains("20 to 30 points go to the net for 40"))
  }

  @Test func aStoreWithSomeNetsSaysSo() throws {
    let folder = try TemporaryFolder(), store = WeightStore(folders: [folder.path])
    var network = RANDI()
    (network.configuration.firstUnits, network.configuration.secondUnits) = (3, 2)
    let registry = try Registry([network])
    // None at all: the files and where they are.
    let error = #expect(throws: CheckpointError.self) { try network.characterizer(for: Self.exponent, weights: store) }
    let text = "\(try #require(error))"
    #expect(text.contains("inference_1D_25.h5") && text.contains("zoo import randi FOLDER"), "\(text)")
    #expect(try registry.model("randi").missingNets(Subtask.all, store).isEmpty)

    let parameters = Parameters(initialising: try network.graph(for: Self.exponent).parameters, seed: 1)
    let walk = try Trajectory(dimension: 1, positions: (0..<25).map { Double($0 * $0 % 7) })
    var checkpoint = try network.checkpoint(Self.exponent, parameters: parameters, probe: [walk])
    checkpoint.lengths = 25...25
    try FileManager.default.createDirectory(atPath: folder.file("randi"), withIntermediateDirectories: true)
    try Weights([checkpoint], serving: network.publishedServing).write(to: folder.file("randi/exponent-1d.h5"))
    let missing = try registry.model("randi").missingNets(Subtask.all, store)
    #expect(missing.map(\.subtask) == [Self.exponent] && missing[0].lengths == [26...Int.max])
    #expect(try registry.model("randi").missingNets(Subtask.all, store, points: 10...25).isEmpty)
    #expect(try registry.model("randi").missingNets(Subtask.all, store, points: 10...26).count == 1)
  }
}
