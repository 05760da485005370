import LayerGraph
import Testing

/// Several threads on one trajectory.
@Suite struct TeamTests {
  @Test func everyPieceIsDoneOnce() {
    // More threads than processors, more jobs than one: late threads must not take pieces of later jobs twice.
    for threads in [1, 2, 5] {
      Workers(count: threads).run(blocks: 1, points: 1000) { _, _, team in
        for pieces in [1, 2, 3, 17, 64, 5, 1, 40] {
          let places = UnsafeMutablePointer<Int>.allocate(capacity: pieces)
          defer { places.deallocate() }
          places.update(repeating: 0, count: pieces)
          nonisolated(unsafe) let counts = places
          team.run(pieces) { counts[$0] += 1 }
          #expect((0..<pieces).allSatisfy { counts[$0] == 1 }, "\(threads) threads, \(pieces) pieces")
        }
      }
    }
  }

  @Test(arguments: [2, 17, 63, 64, 100, 301]) func aTeamChangesNoBit(steps: Int) throws {
    var graph = Graph(name: "stack", inputChannels: 2)
    let stem = try graph.add(Conv1D(2, to: 7, kernelSize: 3), as: "stem", to: graph.input)
    var x = stem
    var terms = [stem]
    for k in 0..<4 {
      x = try graph.add(
        GatedConvolution(7, to: 7, kernelSize: 3, dilation: 1 << (2 * k)), as: "gated.\(k)", to: x)
      terms.append(x)
    }
    let sum = try graph.add(Sum(), as: "sum", to: terms)
    let states = try graph.add(LSTM(7, hidden: 19, layers: 4), as: "lstm", to: sum)
    let features = try graph.add(LastStep(), as: "features", to: states)
    graph.finish(features: features, output: try graph.add(Dense(19, to: 3), as: "head", to: features))
    let store = try ParameterStore(graph, Parameters(initialising: graph.parameters, seed: 4))
    var random = Seeded(steps)
    for table in KernelTable.available {
      let plan = try InferencePlan(graph, parameters: store, steps: steps, table: table)
      for count in [1, 2, 3, 6] {
        let input = random.floats(count * steps * 2)
        let alone = plan.run(count: count, input: input, workers: Workers(count: 1))
        for threads in [2, 3] {
          let together = plan.run(count: count, input: input, workers: Workers(count: threads))
          #expect(together.output == alone.output && together.features == alone.features, "\(table), \(count)")
        }
        // A trajectory by itself is the same bits as beside others.
        let last = Array(input[(count - 1) * steps * 2..<count * steps * 2])
        #expect(plan.run(count: 1, input: last, workers: Workers(count: 2)).output == Array(alone.output.suffix(3)))
      }
    }
  }
}
