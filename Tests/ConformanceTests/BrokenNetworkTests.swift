import Diffusion
import Foundation
import LayerGraph
import ModelZoo
import Testing
import ZooConformance

/// What is wrong inside a network is found, by the check that is for it.
@Suite struct BrokenNetworkTests {
  private func failures(_ network: BrokenNetwork, weights: String = "/nowhere") -> [String] {
    ArchitectureChecks(network, weights: WeightStore(folders: [weights])).results().filter(\.isFailure).map(\.name)
  }

  @Test func aWrongGradientIsFound() {
    let results = LayerChecks.results(of: LayerChecks.Case(Doubling(gradient: 3), .vector(channels: 4)))
    #expect(results.allSatisfy { $0.isFailure })
    let right = LayerChecks.results(of: LayerChecks.Case(Doubling(), .vector(channels: 4)))
    #expect(right.allSatisfy { !$0.isFailure })
    let found = failures(BrokenNetwork(last: Doubling(gradient: 3)))
    #expect(found.contains("its gradients are central differences"))
    #expect(found.contains("gradients of each of its layers are central differences"))
  }

  @Test func aLossThatGrowsIsFound() {
    #expect(
      failures(BrokenNetwork(last: Doubling(gradient: -2))).contains("a few steps of training lower the loss"))
  }

  @Test func aGraphThatEndsInTheWrongNumberIsFound() {
    #expect(failures(BrokenNetwork(outputs: 3)).contains("its graph ends in what the subtask asks for"))
  }

  @Test(arguments: KernelTable.available.map(\.name)) func anInstructionSetOfItsOwnIsFound(name: String) {
    #expect(
      failures(BrokenNetwork(last: Doubling(wrongTable: name))).contains("threads and instruction sets do not matter"))
  }

  @Test func aGraphThatIsNeverTheSameHasNoCheckpoint() {
    let network = BrokenNetwork(prefix: { UUID().uuidString })
    #expect(failures(network).contains("its checkpoint comes back as it was"))
  }

  @Test func aStoredRunThatIsNotReplayedIsFound() throws {
    let network = BrokenNetwork(), subtask = Subtask(task: .exponent, dimension: 1)
    let parameters = Parameters(initialising: try network.graph(for: subtask).parameters, seed: 3)
    let walk = try Trajectory(dimension: 1, positions: [0, 1, 0.5, 2, 1.5])
    var checkpoint = try network.checkpoint(subtask, parameters: parameters, probe: [walk])
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("zoo-replay-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("broken"), withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("broken/exponent-1d.h5").path
    let check = "its weights replay their stored run"
    try checkpoint.write(to: file)
    #expect(!failures(network, weights: folder.path).contains(check))
    checkpoint.probe?.output.values[0] += 0.01
    try checkpoint.write(to: file)
    #expect(failures(network, weights: folder.path).contains(check))
    checkpoint.probe = nil
    try checkpoint.write(to: file)
    #expect(failures(network, weights: folder.path).contains(check))
  }

  @Test func missingWeightsAreAFailureWhereTheyAreNeeded() {
    let results = ArchitectureChecks(
      BrokenNetwork(), weights: WeightStore(folders: ["/nowhere"]), needsWeights: true
    ).results()
    #expect(results.filter(\.isFailure).map(\.name) == ["its weights replay their stored run"])
  }
}
