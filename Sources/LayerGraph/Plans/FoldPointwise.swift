/// Folds 1x1 convolutions into the gated convolutions that read them: W (P z + p) is (W P) z plus W p at each tap that
/// lies inside the trajectory. The 1x1 convolution itself goes where nobody else reads it.
func foldPointwiseIntoConvolutions(_ folded: FoldedGraph) throws -> FoldedGraph {
  let graph = folded.graph
  var rewriter = GraphRewriter(folded)
  for (index, node) in graph.nodes.enumerated() {
    guard let input = node.inputs.first, node.inputs.count == 1, input.node >= 0,
      let pointwise = Pointwise(graph.nodes[input.node]), pointwise.inputs <= pointwise.outputs,
      let source = graph.nodes[input.node].inputs.first, let layer = node.layer as? GatedConvolution, !layer.hasTapBias
    else {
      try rewriter.copy(index)
      continue
    }
    let inner = GatedConvolution(
      pointwise.inputs, to: layer.filters, kernelSize: layer.kernelSize, dilation: layer.dilation,
      padding: layer.padding, hasTapBias: true)
    let name = node.name + ".folded"
    let derivations = ["filter", "gate"].flatMap { part -> [any Derivation] in
      [
        ComposedWeights(
          pointwise: pointwise, next: node.key(of: part + ".weight"), filters: layer.filters, taps: layer.kernelSize,
          weight: "\(name).\(part).weight", tapBias: "\(name).\(part).tap_bias"),
        ScaledCopy(source: node.key(of: part + ".bias"), target: "\(name).\(part).bias", count: layer.filters),
      ]
    }
    rewriter.set(index, try rewriter.add(inner, as: name, to: [rewriter.value(source)], derivations: derivations))
  }
  return rewriter.finish()
}

/// Takes 1x1 convolutions with the same parameters out of a sum: P z1 + P z2 + ... is P (z1 + z2 + ...).
func foldPointwiseBehindSums(_ folded: FoldedGraph) throws -> FoldedGraph {
  let graph = folded.graph
  /// For each sum, its terms that share the parameters most terms share.
  var shared: [Int: [Int]] = [:]
  for (sum, node) in graph.nodes.enumerated() where node.layer is Sum {
    let candidates = node.inputs.map(\.node).filter { term in
      guard term >= 0, Pointwise(graph.nodes[term]) != nil else { return false }
      return !FoldedGraph.isWanted(term, in: graph)
        && graph.nodes.filter { $0.inputs.contains { $0.node == term } }.allSatisfy { $0.layer is Sum }
        && node.inputs.count { $0.node == term } == 1
    }
    let groups = Dictionary(grouping: candidates) { graph.nodes[$0].scope }
    if let largest = groups.values.max(by: { ($0.count, $1[0]) < ($1.count, $0[0]) }), largest.count > 1 {
      shared[sum] = largest
    }
  }
  if shared.isEmpty { return folded }
  var rewriter = GraphRewriter(folded)
  for (index, node) in graph.nodes.enumerated() {
    guard let terms = shared[index], let pointwise = Pointwise(graph.nodes[terms[0]]) else {
      try rewriter.copy(index)
      continue
    }
    let inner = try rewriter.add(
      Sum(), as: node.name + ".inner", to: terms.map { rewriter.value(graph.nodes[$0].inputs[0]) })
    let name = node.name + ".pointwise"
    let layer = Conv1D(pointwise.inputs, to: pointwise.outputs, kernelSize: 1, hasBias: pointwise.bias != nil)
    var derivations = [
      ScaledCopy(source: pointwise.weight, target: name + ".weight", count: pointwise.inputs * pointwise.outputs)
    ]
    if let bias = pointwise.bias {
      derivations.append(
        ScaledCopy(source: bias, target: name + ".bias", count: pointwise.outputs, factor: Float(terms.count)))
    }
    let product = try rewriter.add(layer, as: name, to: [inner], derivations: derivations)
    let others = node.inputs.filter { !terms.contains($0.node) }.map { rewriter.value($0) }
    let result = others.isEmpty ? product : try rewriter.add(Sum(), as: node.name + ".outer", to: others + [product])
    rewriter.set(index, result)
  }
  return rewriter.finish()
}

/// A 1x1 convolution and the names of its parameters.
private struct Pointwise {
  let inputs: Int
  let outputs: Int
  let weight: String
  let bias: String?

  /// Nil for any other node.
  init?(_ node: Graph.Node) {
    guard let layer = node.layer as? Conv1D, layer.kernelSize == 1 else { return nil }
    inputs = layer.inputFilters
    outputs = layer.filters
    weight = node.key(of: "weight")
    bias = layer.hasBias ? node.key(of: "bias") : nil
  }
}

/// The weights of a convolution (W, `[filters, outputs, taps]`) behind a 1x1 convolution (P, `[outputs, inputs]`, p):
/// W P, `[filters, inputs, taps]`, and W p for each tap, `[filters, taps]`.
private struct ComposedWeights: Derivation {
  let pointwise: Pointwise
  let next: String
  let filters: Int
  let taps: Int
  let weight: String
  let tapBias: String
  var targets: [String] { [weight, tapBias] }

  func derive(from source: ParameterStore, into target: ParameterStore) {
    let w = source.pointer(next), p = source.pointer(pointwise.weight)
    let bias = pointwise.bias.map { source.pointer($0) }
    let composed = target.mutablePointer(weight), shifts = target.mutablePointer(tapBias)
    let inputs = pointwise.inputs, outputs = pointwise.outputs
    withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs) { scratch in
      let row = scratch.baseAddress!
      for filter in 0..<filters {
        for tap in 0..<taps {
          row.update(repeating: 0, count: inputs)
          var shift: Float = 0
          for middle in 0..<outputs {
            let factor = w[(filter * outputs + middle) * taps + tap]
            let from = p + middle * inputs
            for input in 0..<inputs { row[input] += factor * from[input] }
            if let bias { shift += factor * bias[middle] }
          }
          for input in 0..<inputs { composed[(filter * inputs + input) * taps + tap] = row[input] }
          shifts[filter * taps + tap] = shift
        }
      }
    }
  }

  func pullBack(_ gradients: ParameterStore, at source: ParameterStore, into target: ParameterStore) {
    let w = source.pointer(next), p = source.pointer(pointwise.weight)
    let bias = pointwise.bias.map { source.pointer($0) }
    let composed = gradients.pointer(weight), shifts = gradients.pointer(tapBias)
    let wSum = target.mutablePointer(next), pSum = target.mutablePointer(pointwise.weight)
    let biasSum = pointwise.bias.map { target.mutablePointer($0) }
    let inputs = pointwise.inputs, outputs = pointwise.outputs
    withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs) { scratch in
      let row = scratch.baseAddress!
      for filter in 0..<filters {
        for tap in 0..<taps {
          for input in 0..<inputs { row[input] = composed[(filter * inputs + input) * taps + tap] }
          let shift = shifts[filter * taps + tap]
          for middle in 0..<outputs {
            let place = (filter * outputs + middle) * taps + tap, factor = w[place]
            let from = p + middle * inputs, to = pSum + middle * inputs
            var sum = SIMD8<Float>.zero
            var input = 0
            while input + 8 <= inputs {
              let g = UnsafeRawPointer(row + input).loadUnaligned(as: SIMD8<Float>.self)
              sum += g * UnsafeRawPointer(from + input).loadUnaligned(as: SIMD8<Float>.self)
              input += 8
            }
            var total = sum.sum()
            while input < inputs {
              total += row[input] * from[input]
              input += 1
            }
            for input in 0..<inputs { to[input] += factor * row[input] }
            if let bias, let biasSum {
              total += shift * bias[middle]
              biasSum[middle] += factor * shift
            }
            wSum[place] += total
          }
        }
      }
    }
  }
}
