import LayerGraph
import ModelZoo
import PlainLSTM
import TAMSD
import Testing
import WADNet
import ZooConformance

/// The conformance suite over everything that is registered: a new architecture needs its name in this list alone.
@Suite struct ConformanceTests {
  static let architectures: [any Architecture] = [WADNet(), PlainLSTM(), TAMSD()]

  @Test(arguments: architectures.map(\.card.id)) func architecture(id: String) throws {
    let architecture = try Registry(Self.architectures).architecture(id)
    let results = ArchitectureChecks(architecture, weights: WeightStore()).results()
    #expect(results.count >= 6)
    for result in results where result.isFailure { Issue.record("\(result)") }
  }

  @Test(arguments: LayerChecks.library.indices) func layer(index: Int) {
    for result in LayerChecks.results(of: LayerChecks.library[index]) where result.isFailure {
      Issue.record("\(result)")
    }
  }
}
