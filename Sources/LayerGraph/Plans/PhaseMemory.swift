/// Where a phase keeps its values, what it saves, its gradients and its scratch, for groups up to one size.
struct PhaseMemory {
  /// Trajectories in the largest group.
  let batch: Int
  /// Offsets of values, the phase's inputs included.
  private(set) var values: [Int: Int] = [:]
  /// Offsets of what each node's forward run saves; empty in inference.
  private(set) var saved: [Int: Int] = [:]
  /// Offsets of gradients of values; empty in inference.
  private(set) var gradients: [Int: Int] = [:]
  private(set) var workspace = 0
  /// Floats in all.
  private(set) var floats = 0

  /// Inference reuses a value's memory once its last reader has run; training keeps all values for the way back, and
  /// reuses only gradients.
  init(_ phase: Phase, of compiled: CompiledGraph, batch: Int, training: Bool) {
    self.batch = batch
    var allocator = IntervalAllocator()
    func size(_ value: Int) -> Int { (compiled.shape(of: value).count * batch).roundedToCacheLine }
    let positions = Dictionary(uniqueKeysWithValues: phase.nodes.enumerated().map { ($1, $0) })
    let count = phase.nodes.count

    for value in phase.inputs + phase.nodes {
      let readers = phase.nodes.filter { compiled.graph.nodes[$0].inputs.contains { $0.node == value } }
      let first = positions[value] ?? -1
      let last = phase.outputs.contains(value) ? count : readers.compactMap { positions[$0] }.max() ?? first
      values[value] = allocator.place(size(value), from: first, to: training ? count : last)
    }
    floats = allocator.end
    if training {
      for node in phase.nodes {
        saved[node] = floats
        floats += compiled.kernel(of: node).savedFloats(batch: batch).roundedToCacheLine
      }
      // On the way back a gradient lives from its last reader (or the phase's end) to the node that made the value.
      var backwards = IntervalAllocator()
      for value in phase.inputs + phase.nodes {
        let readers = phase.nodes.filter { compiled.graph.nodes[$0].inputs.contains { $0.node == value } }
        let from =
          phase.outputs.contains(value) ? -1 : count - 1 - (readers.compactMap { positions[$0] }.max() ?? count - 1)
        let isWall = value >= 0 && compiled.graph.nodes[value].layer.usesBatchStatistics
        let to = isWall ? count : positions[value].map { count - 1 - $0 } ?? count
        gradients[value] = floats + backwards.place(size(value), from: min(from, to), to: to)
      }
      floats += backwards.end
    }
    workspace = floats
    floats += phase.nodes.map { compiled.kernel(of: $0).workspaceFloats(batch: batch) }.max() ?? 0
    floats = floats.roundedToCacheLine
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
