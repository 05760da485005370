/// Where a phase keeps its values, what it saves, its gradients and its scratch, for groups up to one size.
///
/// Two blocks: what is kept from the way there for the way back, and the rest, which the next group may overwrite.
struct PhaseMemory {
  /// A place in one of the two blocks.
  struct Place {
    let isKept: Bool
    /// Floats from the block's start.
    let offset: Int
  }

  /// Trajectories in the largest group.
  let batch: Int
  /// Places of values, the phase's inputs included.
  private(set) var values: [Int: Place] = [:]
  /// Offsets of what each node's forward run saves, in the kept block; empty in inference.
  private(set) var saved: [Int: Int] = [:]
  /// Offsets of gradients of values, in the other block; empty in inference.
  private(set) var gradients: [Int: Int] = [:]
  /// The order of the way back; empty in inference.
  private(set) var wayBack: [Int] = []
  private(set) var workspace = 0
  /// Floats of the kept block.
  private(set) var keptFloats = 0
  /// Floats of the other one.
  private(set) var scratchFloats = 0

  /// Memory is used again once its last reader has run; training keeps what the way back reads.
  init(_ phase: Phase, of compiled: CompiledGraph, batch: Int, training: Bool) {
    self.batch = batch
    func size(_ value: Int) -> Int { (compiled.shape(of: value).count * batch).roundedToCacheLine }
    let positions = Dictionary(uniqueKeysWithValues: phase.nodes.enumerated().map { ($1, $0) })
    let count = phase.nodes.count
    let readers = Readers(phase, of: compiled)

    var forwards = IntervalAllocator()
    for value in phase.inputs + phase.nodes {
      if training, readers.isKept(value) {
        values[value] = Place(isKept: true, offset: keptFloats)
        keptFloats += size(value)
      } else {
        let first = positions[value] ?? -1
        let last = phase.outputs.contains(value) ? count : readers[value].compactMap { positions[$0] }.max() ?? first
        values[value] = Place(isKept: false, offset: forwards.place(size(value), from: first, to: last))
      }
    }
    scratchFloats = forwards.end
    if training {
      for node in phase.nodes {
        saved[node] = keptFloats
        keptFloats += compiled.kernel(of: node).savedFloats(batch: batch).roundedToCacheLine
      }
      // The way back comes after the way there, so that the same memory serves both.
      wayBack = readers.wayBack
      placeGradients(phase, compiled, readers, size)
    }
    workspace = scratchFloats
    scratchFloats += phase.nodes.map { compiled.kernel(of: $0).workspaceFloats(batch: batch) }.max() ?? 0
    scratchFloats = scratchFloats.roundedToCacheLine
  }

  /// A gradient lives from its first writer on the way back (or the phase's end) to the node that made the value; where
  /// that node passes it on as it is, to the nodes that get it.
  private mutating func placeGradients(
    _ phase: Phase, _ compiled: CompiledGraph, _ readers: Readers, _ size: (Int) -> Int
  ) {
    let positions = Dictionary(uniqueKeysWithValues: wayBack.enumerated().map { ($1, $0) })
    let count = wayBack.count
    var ends: [Int: Int] = [:]
    var backwards = IntervalAllocator()
    for value in phase.inputs + phase.nodes {
      var end = positions[value] ?? count
      if value >= 0, compiled.graph.nodes[value].layer.usesBatchStatistics { end = count }
      if value >= 0, compiled.kernel(of: value).wayBack.passesGradient {
        end = compiled.graph.nodes[value].inputs.reduce(end) { max($0, ends[$1.node] ?? count) }
      }
      ends[value] = end
      let writers = readers[value].filter { !compiled.kernel(of: $0).wayBack.passesGradient }
      let isOutside = phase.outputs.contains(value)
      if !isOutside, writers.isEmpty, readers[value].count < 2 { continue }
      let from = isOutside ? -1 : readers[value].compactMap { positions[$0] }.min() ?? end
      gradients[value] = backwards.place(size(value), from: min(from, end), to: end)
    }
    scratchFloats = max(scratchFloats, backwards.end)
  }
}

/// Who reads each value within a phase.
private struct Readers {
  private let phase: Phase
  private let compiled: CompiledGraph
  private var readers: [Int: [Int]] = [:]

  init(_ phase: Phase, of compiled: CompiledGraph) {
    self.phase = phase
    self.compiled = compiled
    for node in phase.nodes {
      // A node that reads a value twice counts twice.
      for input in compiled.graph.nodes[node].inputs { readers[input.node, default: []].append(node) }
    }
  }

  subscript(_ value: Int) -> [Int] { readers[value] ?? [] }

  /// Whether the way back, or somebody outside the phase, reads a value.
  func isKept(_ value: Int) -> Bool {
    if phase.outputs.contains(value) { return true }
    if value >= 0, phase.nodes.contains(value), compiled.kernel(of: value).wayBack.readsOutput { return true }
    return self[value].contains { compiled.kernel(of: $0).wayBack.readsInputs }
  }

  /// All nodes, each behind all of its readers; those that only pass a gradient on as early as that allows, so that
  /// others can add to it in one go.
  var wayBack: [Int] {
    var waiting = Dictionary(uniqueKeysWithValues: phase.nodes.map { ($0, self[$0].count) })
    var order: [Int] = []
    func rank(_ node: Int) -> (Int, Int) { (compiled.kernel(of: node).wayBack.passesGradient ? 1 : 0, node) }
    while let next = waiting.filter({ $0.value == 0 }).keys.max(by: { rank($0) < rank($1) }) {
      waiting[next] = nil
      order.append(next)
      for input in compiled.graph.nodes[next].inputs where waiting[input.node] != nil { waiting[input.node]! -= 1 }
    }
    return order
  }
}

/// Places blocks that live for an interval of time, lowest free offset first.
struct IntervalAllocator {
  private struct Block {
    let offset: Int
    let size: Int
    let times: ClosedRange<Int>
  }
  private var blocks: [Block] = []
  /// The end of the highest block.
  private(set) var end = 0

  /// Finds room for `size` floats during `from ... to`.
  mutating func place(_ size: Int, from: Int, to: Int) -> Int {
    let times = from...max(from, to)
    var offset = 0
    for block in blocks.filter({ $0.times.overlaps(times) }).sorted(by: { $0.offset < $1.offset }) {
      if offset + size <= block.offset { break }
      offset = max(offset, block.offset + block.size)
    }
    blocks.append(Block(offset: offset, size: size, times: times))
    end = max(end, offset + size)
    return offset
  }
}
