/// Folds 1x1 convolutions into the convolutions that read them: W (P z + p) is (W P) z plus W p at each tap that lies
/// inside the trajectory. The 1x1 convolution itself goes where nobody else reads it.
func foldPointwiseIntoConvolutions(_ folded: FoldedGraph) throws -> FoldedGraph {
  let graph = folded.graph
  var rewriter = GraphRewriter(folded)
  for (index, node) in graph.nodes.enumerated() {
    guard let input = node.inputs.first, node.inputs.count == 1, input.node >= 0,
      let pointwise = Pointwise(graph.nodes[input.node], folded.store), pointwise.inputs <= pointwise.outputs,
      let source = graph.nodes[input.node].inputs.first
    else {
      try rewriter.copy(index)
      continue
    }
    switch node.layer {
    case var layer as GatedConvolution where !layer.hasTapBias:
      layer = GatedConvolution(
        pointwise.inputs, to: layer.filters, kernelSize: layer.kernelSize, dilation: layer.dilation,
        padding: layer.padding, hasTapBias: true)
      var parameters: [String: Tensor] = [:]
      for part in ["filter", "gate"] {
        let weight = folded.store.pointer(node.key(of: part + ".weight"))
        let composed = pointwise.composed(weight, outputs: layer.filters, taps: layer.kernelSize)
        parameters[part + ".weight"] = composed.weight
        parameters[part + ".tap_bias"] = composed.tapBias
        parameters[part + ".bias"] = Tensor(
          shape: [layer.filters],
          values: Array(
            UnsafeBufferPointer(start: folded.store.pointer(node.key(of: part + ".bias")), count: layer.filters)))
      }
      rewriter.set(
        index,
        try rewriter.add(layer, as: node.name + ".folded", to: [rewriter.value(source)], parameters: parameters))
    default: try rewriter.copy(index)
    }
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
      guard term >= 0, Pointwise(graph.nodes[term], folded.store) != nil else { return false }
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
    guard let terms = shared[index], let pointwise = Pointwise(graph.nodes[terms[0]], folded.store) else {
      try rewriter.copy(index)
      continue
    }
    let inner = try rewriter.add(
      Sum(), as: node.name + ".inner", to: terms.map { rewriter.value(graph.nodes[$0].inputs[0]) })
    let layer = Conv1D(pointwise.inputs, to: pointwise.outputs, kernelSize: 1)
    let product = try rewriter.add(
      layer, as: node.name + ".pointwise", to: [inner],
      parameters: [
        "weight": Tensor(shape: [pointwise.outputs, pointwise.inputs, 1], values: pointwise.weight),
        "bias": Tensor(shape: [pointwise.outputs], values: pointwise.bias.map { $0 * Float(terms.count) }),
      ])
    let others = node.inputs.filter { !terms.contains($0.node) }.map { rewriter.value($0) }
    let result = others.isEmpty ? product : try rewriter.add(Sum(), as: node.name + ".outer", to: others + [product])
    rewriter.set(index, result)
  }
  return rewriter.finish()
}

/// The numbers of a 1x1 convolution.
private struct Pointwise {
  let inputs: Int
  let outputs: Int
  /// `[outputs, inputs]`.
  let weight: [Float]
  let bias: [Float]

  /// Nil for any other node.
  init?(_ node: Graph.Node, _ store: ParameterStore) {
    guard let layer = node.layer as? Conv1D, layer.kernelSize == 1 else { return nil }
    inputs = layer.inputFilters
    outputs = layer.filters
    func numbers(_ name: String, _ count: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: store.pointer(node.key(of: name)), count: count))
    }
    weight = numbers("weight", inputs * outputs)
    bias = layer.hasBias ? numbers("bias", outputs) : [Float](repeating: 0, count: outputs)
  }

  /// A convolution's weights `[outputs, self.outputs, taps]` behind this one: `[outputs, inputs, taps]`, and what each
  /// tap adds of this one's bias, `[outputs, taps]`.
  func composed(_ next: UnsafePointer<Float>, outputs nextOutputs: Int, taps: Int) -> (weight: Tensor, tapBias: Tensor)
  {
    var result = [Float](repeating: 0, count: nextOutputs * inputs * taps)
    var tapBias = [Float](repeating: 0, count: nextOutputs * taps)
    var row = [Double](repeating: 0, count: inputs)
    for output in 0..<nextOutputs {
      for tap in 0..<taps {
        for input in 0..<inputs { row[input] = 0 }
        var shift = 0.0
        for middle in 0..<outputs {
          let factor = Double(next[(output * outputs + middle) * taps + tap])
          for input in 0..<inputs { row[input] += factor * Double(weight[middle * inputs + input]) }
          shift += factor * Double(bias[middle])
        }
        for input in 0..<inputs { result[(output * inputs + input) * taps + tap] = Float(row[input]) }
        tapBias[output * taps + tap] = Float(shift)
      }
    }
    return (
      Tensor(shape: [nextOutputs, inputs, taps], values: result), Tensor(shape: [nextOutputs, taps], values: tapBias)
    )
  }
}
