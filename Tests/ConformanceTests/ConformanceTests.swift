import BuiltIn
import LayerGraph
import ModelZoo
import RANDI
import Testing
import ZooConformance

/// The conformance suite over everything that is built in: a new architecture needs no test of its own.
@Suite struct ConformanceTests {
  @Test(arguments: builtInArchitectures.map(\.card.id)) func architecture(id: String) throws {
    var architecture = try Registry(builtInArchitectures).architecture(id)
    if var randi = architecture as? RANDI {
      // The same code in a tenth of the time.
      randi.configuration.firstUnits = 40
      randi.configuration.secondUnits = 12
      architecture = randi
    }
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
