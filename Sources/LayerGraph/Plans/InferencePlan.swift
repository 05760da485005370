import Synchronization

/// A graph with parameters for trajectories of one length, ready to run.
///
/// Trajectories run in blocks of a fixed size; inside a block, layers without recurrence run on a few trajectories at a
/// time, so that what they pass on stays in the cache, and recurrent layers run on the whole block. A trajectory's
/// result is the same bits whatever block it is in. A plan may be run by several threads at once, each with a memory.
public final class InferencePlan: Sendable {
  /// Memory of one thread; grows as plans need it and serves any plan. Used by one thread at a time.
  public final class Memory: @unchecked Sendable {
    fileprivate var buffer = AlignedBuffer(count: 0)
    /// No memory yet; it grows to what the largest run needs.
    public init() {}

    fileprivate func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
      if buffer.count < count { buffer = AlignedBuffer(count: count) }
      return buffer.pointer
    }

    /// What no run holds at the moment. Fresh pages cost more than a short trajectory's arithmetic.
    private static let idle = Mutex<[Memory]>([])

    /// Lends memories to a run and keeps them for the next.
    public static func lend<Result>(_ count: Int, _ body: ([Memory]) throws -> Result) rethrows -> Result {
      let memories = idle.withLock { idle in
        let used = idle.suffix(count)
        idle.removeLast(used.count)
        return used + (used.count..<count).map { _ in Memory() }
      }
      defer { idle.withLock { $0 += memories } }
      return try body(Array(memories))
    }
  }

  /// Points of a trajectory.
  public let steps: Int
  /// Trajectories that run beside each other at most.
  public static let blockSize = 24
  /// Numbers in a trajectory's output.
  public let outputCount: Int
  /// Numbers in a trajectory's features.
  public let featureCount: Int
  /// Floats that one thread needs.
  public let memoryFloats: Int

  private let compiled: CompiledGraph
  private let folded: FoldedGraph
  private let foldedStore: ParameterStore
  private let phases: [(phase: Phase, memory: PhaseMemory)]
  /// Offsets of values that cross from phase to phase, stored for a block.
  private let stores: [Int: Int]
  private let arena: Int

  /// - Parameters:
  ///   - graph: a finished one.
  ///   - parameters: numbers for it.
  ///   - steps: points of the trajectories.
  ///   - table: the instruction set; nil for the one that `ZOO_ISA` or the processor chooses.
  ///   - sharing: a plan of the same graph and parameters for another length, whose packed weights are used again.
  ///   - isFolded: whether passes may make the arithmetic smaller; the result is the same but for rounding.
  /// - Throws: `GraphError` where the graph does not take this length.
  public init(
    _ graph: Graph, parameters: ParameterStore, steps: Int, table: KernelTable? = nil, sharing: InferencePlan? = nil,
    isFolded: Bool = true
  ) throws {
    self.steps = steps
    if let sharing {
      folded = sharing.folded
      foldedStore = sharing.foldedStore
    } else {
      folded = isFolded ? try .folding(graph) : FoldedGraph(graph: graph, derivations: [])
      foldedStore = isFolded ? folded.store(from: parameters) : parameters
    }
    let graph = folded.graph
    let setting = KernelSetting(training: false, table: try table ?? KernelTable.inference(), length: steps)
    let compiled = try CompiledGraph(graph, steps: steps, setting: setting)
    compiled.load(foldedStore, sharing: sharing?.compiled)
    self.compiled = compiled
    outputCount = compiled.shape(of: graph.output.node).count
    featureCount = compiled.shape(of: graph.features.node).count

    let wanted: Set = [graph.output.node, graph.features.node]
    let block = Self.blockSize
    var offset = 0
    var stores: [Int: Int] = [:]
    let phases: [(phase: Phase, memory: PhaseMemory)] = Phase.phases(
      of: graph, levels: Phase.inferenceLevels(of: graph), wanted: wanted
    ).map { phase in
      for value in phase.outputs {
        stores[value] = offset
        offset += (compiled.shape(of: value).count * block).roundedToCacheLine
      }
      let batch = phase.isRecurrent ? block : min(block, max(1, Self.localRows / steps))
      return (phase, PhaseMemory(phase, of: compiled, batch: batch, training: false))
    }
    self.phases = phases
    self.stores = stores
    arena = offset
    memoryFloats = offset + (phases.map(\.memory.scratchFloats).max() ?? 0)
  }

  /// Rows of a group in phases without recurrence: a few buffers of these fit a core's second-level cache.
  static let localRows = 768

  /// Runs up to `blockSize` trajectories.
  /// - Parameters:
  ///   - count: trajectories.
  ///   - input: `[count][steps][inputChannels]`.
  ///   - output: `[count][outputCount]`.
  ///   - features: `[count][featureCount]`, where wanted.
  ///   - memory: of this thread.
  ///   - team: threads that share out the work of single layers.
  public func run(
    count: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    features: UnsafeMutablePointer<Float>? = nil, memory: Memory, team: Team = .alone
  ) {
    precondition(count <= Self.blockSize, "a block holds \(Self.blockSize) trajectories")
    let base = memory.floats(memoryFloats)
    func store(_ value: Int) -> UnsafeMutablePointer<Float> { base + stores[value]! }
    for (phase, layout) in phases {
      for (first, batch) in Self.groups(of: count, atMost: layout.batch) {
        let run = PhaseRun(
          phase: phase, memory: layout, compiled: compiled, kept: base + arena, scratch: base + arena, batch: batch,
          first: first, key: 0)
        for value in phase.inputs {
          run.gather(value < 0 ? input : UnsafePointer(store(value)), into: run.value(value))
        }
        run.forward(keeping: false, team: team)
        for value in phase.outputs { run.scatter(run.value(value), into: store(value)) }
      }
    }
    output.update(from: store(compiled.graph.output.node), count: count * outputCount)
    features?.update(from: store(compiled.graph.features.node), count: count * featureCount)
  }

  /// Trajectories in a block, so that few of them are shared out to all threads.
  public static func block(for count: Int, workers: Workers) -> Int {
    max(1, min(blockSize, (count + workers.count - 1) / workers.count))
  }

  /// Nearly equal groups of at most `limit` that follow each other.
  static func groups(of count: Int, atMost limit: Int) -> [(first: Int, batch: Int)] {
    let groups = (count + limit - 1) / limit
    return (0..<groups).map { (count * $0 / groups, count * ($0 + 1) / groups - count * $0 / groups) }
  }
}

extension InferencePlan {
  /// Runs any number of trajectories over several threads.
  /// - Parameters:
  ///   - count: trajectories.
  ///   - input: `[count][steps][inputChannels]`.
  ///   - workers: the threads; their number doesn't change the result.
  /// - Returns: `[count][outputCount]` and `[count][featureCount]`.
  public func run(count: Int, input: [Float], workers: Workers = Workers()) -> (output: [Float], features: [Float]) {
    precondition(input.count == count * steps * compiled.graph.inputChannels, "the input has another size")
    let blocks = Self.groups(of: count, atMost: Self.block(for: count, workers: workers))
    var output = [Float](repeating: 0, count: count * outputCount)
    var features = [Float](repeating: 0, count: count * featureCount)
    input.withUnsafeBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        features.withUnsafeMutableBufferPointer { features in
          nonisolated(unsafe) let source = input.baseAddress!
          nonisolated(unsafe) let target = output.baseAddress!
          nonisolated(unsafe) let featureTarget = features.baseAddress!
          let channels = compiled.graph.inputChannels
          Memory.lend(workers.count) { memories in
            workers.run(blocks: blocks.count, points: count * steps) { piece, worker, team in
              let (first, batch) = blocks[piece]
              run(
                count: batch, input: source + first * steps * channels, output: target + first * outputCount,
                features: featureTarget + first * featureCount, memory: memories[worker], team: team)
            }
          }
        }
      }
    }
    return (output, features)
  }
}
