import BuiltIn
import LayerGraph
import ModelZoo
import Testing
import ZooConformance

/// The conformance suite over everything that is built in: a new architecture needs no test of its own.
@Suite struct ConformanceTests {
  @Test(arguments: builtInArchitectures.map(\.card.id)) func architecture(id: String) throws {
    let architecture = try Registry(builtInArchitectures).architecture(id)
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
