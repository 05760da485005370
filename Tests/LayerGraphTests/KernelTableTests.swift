import CKernels
import Foundation
import LayerGraph
import Testing

/// Which tables there are, which one is taken, and how threads work.
@Suite struct KernelTableTests {
  @Test func tablesFromPlainToFast() throws {
    let names = KernelTable.available.map(\.name)
    #expect(names.prefix(2) == ["reference", "portable"])
    #expect(Set(names).count == names.count)
    for table in KernelTable.available {
      #expect(try KernelTable.named(table.name) == table)
      #expect([4, 8, 16].contains(table.functions.pointee.lanes))
    }
  }

  @Test func anEnvironmentVariableNamesTheTable() async {
    await #expect(processExitsWith: .success) {
      unsetenv("ZOO_ISA")
      guard try KernelTable.chosen() == KernelTable.available.last else { exit(2) }
      setenv("ZOO_ISA", "", 1)
      guard try KernelTable.chosen() == KernelTable.available.last else { exit(3) }
      setenv("ZOO_ISA", "portable", 1)
      guard try KernelTable.chosen().name == "portable" else { exit(4) }
      setenv("ZOO_ISA", "sse9", 1)
      do {
        _ = try KernelTable.chosen()
        exit(5)
      } catch {
        guard error as? GraphError == .instructionSet(name: "sse9", available: KernelTable.available.map(\.name)) else {
          exit(6)
        }
      }
      var graph = Graph(name: "g", inputChannels: 1)
      let last = try graph.add(LastStep(), as: "last", to: graph.input)
      graph.finish(features: last, output: last)
      guard (try? TrainingPlan(graph, steps: 1, batch: 1)) == nil else { exit(7) }
    }
  }

  @Test func anEnvironmentVariableNumbersTheThreads() async {
    await #expect(processExitsWith: .success) {
      for (value, expected) in [("3", 3), ("0", 1), ("-2", 1), ("many", ProcessInfo.processInfo.activeProcessorCount)] {
        setenv("ZOO_THREADS", value, 1)
        guard Workers().count == expected, Workers(count: 5).count == 5 else { exit(2) }
      }
    }
    #expect(Workers(count: 0).count == 1)
  }

  @Test(arguments: [1, 2, 7]) func everyPieceRunsOnce(count: Int) {
    let workers = Workers(count: count)
    for pieces in [0, 1, 3, 1000] {
      let runs = UnsafeMutableBufferPointer<Int>.allocate(capacity: max(1, pieces))
      defer { runs.deallocate() }
      runs.initialize(repeating: 0)
      nonisolated(unsafe) let places = runs
      workers.run(pieces) { piece, worker in
        places[piece] += worker < count ? 1 : 100
      }
      #expect(runs.prefix(pieces).allSatisfy { $0 == 1 })
    }
  }

  @Test func denormalNumbersAreZeroInWorkersOnly() {
    @Sendable func half() -> Float {
      let tiny = [Float.leastNormalMagnitude, 0.5]
      return tiny.withUnsafeBufferPointer { table in
        var result: Float = 0
        KernelTable.available[0].functions.pointee.multiply(1, table.baseAddress, table.baseAddress! + 1, &result, 0)
        return result
      }
    }
    #expect(half() == .leastNormalMagnitude / 2)
    nonisolated(unsafe) var inside: Float = 1
    Workers(count: 1).run(1) { _, _ in inside = half() }
    #expect(inside == 0)
    #expect(half() == .leastNormalMagnitude / 2)
  }

  /// The loop that measures a machine's peak really multiplies.
  @Test(arguments: KernelTable.available) func theMeasuringLoopCounts(table: KernelTable) {
    let functions = table.functions.pointee
    let chains = functions.lanes == 16 ? 24 : 12
    var values = (0..<chains).map(Double.init)
    for _ in 0..<50 * (24 / chains) { values = values.map { $0 * 0.999 + 0.001 } }
    let expected = values.reduce(0, +) * Double(functions.lanes)
    #expect(abs(Double(functions.fma_loop(50)) / expected - 1) < 1e-4)
    #expect(functions.fma_vectors_per_iteration == 24)
  }
}
