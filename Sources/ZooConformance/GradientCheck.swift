import LayerGraph

/// Compares the gradients that a layer or a network computes with central differences of its result.
public enum GradientCheck {
  /// How far gradients may be from differences, relative to the largest gradient of the tensor. A difference of 32-bit
  /// results over a step of 0.01 is good to about a thousandth.
  public static let tolerance = 0.01
  /// A deviation must show with both steps: a rectifier's kink inside the wide one is outside the narrow one, or counts
  /// for less there, while a wrong gradient stays wrong.
  static let steps: [Float] = [0.01, 0.0025]

  /// One tensor of gradients with its largest deviation.
  public struct Deviation: Sendable, CustomStringConvertible {
    /// "input 0", or a parameter's name.
    public let name: String
    /// Largest difference, relative to the tensor's largest gradient.
    public let error: Double
    public var description: String { "\(name) deviates by \(error) of its largest gradient" }
  }

  /// Checks a layer's gradients of all inputs and parameters for a random scalar of its result.
  /// - Parameters:
  ///   - layer: what is checked.
  ///   - shapes: of the inputs for one trajectory.
  ///   - batch: trajectories that run together.
  ///   - entries: numbers of each tensor that are varied, at most.
  ///   - seed: what parameters, inputs and the choice of entries derive from.
  ///   - table: the kernels that are checked; differences are taken of the same kernels' results.
  /// - Returns: tensors whose deviation is above `tolerance`; empty where all is well.
  /// - Throws: `GraphError` where the layer does not take these shapes.
  public static func deviations(
    of layer: any Layer, inputs shapes: [Shape], batch: Int = 2, entries: Int = 24, seed: UInt64 = 1,
    table: KernelTable
  ) throws -> [Deviation] {
    var random = SplitMix64(seed: seed)
    let parameters = Parameters(initialising: layer.parameters, seed: seed)
    // Away from zero, where rectifiers have a kink.
    let inputs = shapes.map { shape in
      (0..<shape.count * batch).map { _ -> Float in
        let value = 0.1 + random.nextUnit()
        return random.nextUnit() < 0.5 ? value : -value
      }
    }
    let probe = try LayerProbe(
      layer, inputs: shapes, batch: batch, parameters: parameters, table: table, training: true)
    let upstream = (0..<probe.outputShape.count * batch).map { _ in 2 * random.nextUnit() - 1 }
    _ = probe.forward(inputs)
    let gradients = probe.backward(upstream)

    func scalar(_ parameters: Parameters, _ inputs: [[Float]]) throws -> Double {
      let probe = try LayerProbe(
        layer, inputs: shapes, batch: batch, parameters: parameters, table: table, training: true)
      return zip(probe.forward(inputs), upstream).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    var found: [Deviation] = []
    for (index, gradient) in gradients.inputs.enumerated() {
      found.append(
        try deviation("input \(index)", gradient, entries, &random) { entry, change in
          var changed = inputs
          changed[index][entry] += change
          return try scalar(parameters, changed)
        })
    }
    for name in gradients.parameters.names {
      guard let gradient = gradients.parameters[name]?.values else { continue }
      found.append(
        try deviation(name, gradient, entries, &random) { entry, change in
          var changed = parameters
          changed[name]?.values[entry] += change
          return try scalar(changed, inputs)
        })
    }
    return found.filter { !($0.error <= tolerance) }
  }

  private static func deviation(
    _ name: String, _ gradient: [Float], _ entries: Int, _ random: inout SplitMix64,
    _ scalar: (_ entry: Int, _ change: Float) throws -> Double
  ) throws -> Deviation {
    // The scale is the tensor's own, but not that of rounding errors where all gradients vanish.
    let scale = max(1e-3, gradient.reduce(0.0) { max($0, abs(Double($1))) })
    var worst = 0.0
    for entry in 0..<min(entries, gradient.count) {
      let index = gradient.count <= entries ? entry : Int(random.next() % UInt64(gradient.count))
      var least = Double.infinity
      for step in steps where !(least <= tolerance) {
        let difference = (try scalar(index, step) - scalar(index, -step)) / Double(2 * step)
        let error = abs(difference - Double(gradient[index])) / scale
        least = error.isFinite ? min(least, error) : .infinity
      }
      worst = max(worst, least)
    }
    return Deviation(name: name, error: worst)
  }

  /// Checks the gradients of a whole network's loss through a training plan; dropout is taken out.
  /// - Returns: deviations above `tolerance`.
  public static func deviations(
    of graph: Graph, loss: Loss, steps: Int, batch: Int = 3, entries: Int = 4, seed: UInt64 = 1, table: KernelTable
  ) throws -> [Deviation] {
    let graph = graph.withoutDropout
    var random = SplitMix64(seed: seed)
    let input = (0..<batch * steps * graph.inputChannels).map { _ in 2 * random.nextUnit() - 1 }
    let plan = try TrainingPlan(graph, steps: steps, batch: batch, table: table)
    let targets: [Float] =
      loss.isClassification
      ? (0..<batch).map { Float($0 % plan.outputCount) }
      : (0..<batch * plan.outputCount).map { _ in random.nextUnit() }
    let initial = Parameters(initialising: graph.parameters, seed: seed)
    func run(_ parameters: Parameters) throws -> (loss: Double, gradients: Parameters) {
      let store = try ParameterStore(graph, parameters)
      let gradients = store.copy()
      let value = plan.run(
        store, input: input, targets: targets, loss: loss, gradients: gradients, key: 1, workers: Workers(count: 1))
      return (value, gradients.parameters)
    }
    let gradients = try run(initial).gradients
    var found: [Deviation] = []
    for spec in graph.parameters where spec.role == .trained {
      guard let gradient = gradients[spec.name]?.values else { continue }
      found.append(
        try deviation(spec.name, gradient, entries, &random) { entry, change in
          var changed = initial
          changed[spec.name]?.values[entry] += change
          return try run(changed).loss
        })
    }
    return found.filter { !($0.error <= tolerance) }
  }
}
