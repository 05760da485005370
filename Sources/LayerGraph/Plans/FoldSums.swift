/// Turns a sum of many values into a running sum, each value added as soon as it is there: what would be read back from
/// far caches at the end is added while it is near. The order of additions, and so the result, stays.
func foldSumsIntoRunningSums(_ folded: FoldedGraph) throws -> FoldedGraph {
  let graph = folded.graph
  let sums = graph.nodes.indices.filter { graph.nodes[$0].layer is Sum && graph.nodes[$0].inputs.count > 2 }
  if sums.isEmpty { return folded }
  var rewriter = GraphRewriter(folded)
  var running: [Int: (value: Graph.Value, terms: Int)] = [:]
  /// Adds terms in order as far as they have been made.
  func advance(_ made: Int) throws {
    for sum in sums {
      let terms = graph.nodes[sum].inputs
      while true {
        let done = running[sum]?.terms ?? 0
        guard done < terms.count, terms[done].node <= made else { break }
        let term = rewriter.value(terms[done])
        guard let (value, _) = running[sum] else {
          running[sum] = (term, 1)
          continue
        }
        let name = "\(graph.nodes[sum].name).\(done)"
        running[sum] = (try rewriter.add(Sum(), as: name, to: [value, term]), done + 1)
      }
    }
  }
  for node in graph.nodes.indices {
    if sums.contains(node) {
      rewriter.set(node, running[node]!.value)
    } else {
      try rewriter.copy(node)
    }
    try advance(node)
  }
  return rewriter.finish()
}
