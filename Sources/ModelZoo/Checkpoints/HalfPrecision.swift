import LayerGraph

extension NetworkArchitecture {
  /// The checkpoint with trained parameters rounded to 16 bits, and its stored run made again with them.
  ///
  /// Running statistics keep 32 bits: variances can be smaller than 16 bits tell apart.
  /// - Throws: `CheckpointError.precision` where a number is too large, or what making the network throws.
  public func halved(_ checkpoint: Checkpoint) throws -> Checkpoint {
    let network = try configured(by: checkpoint, for: checkpoint.subtask)
    var result = checkpoint
    result.precision = .float16
    for spec in try network.graph(for: checkpoint.subtask).parameters where spec.role == .trained {
      guard let tensor = checkpoint.parameters[spec.name] else { continue }
      let rounded = tensor.values.map { Float(Float16($0)) }
      guard rounded.allSatisfy(\.isFinite) else {
        let largest = tensor.values.max { abs($0) < abs($1) } ?? 0
        throw CheckpointError.precision(name: spec.name, largest: largest)
      }
      result.parameters[spec.name] = Tensor(shape: tensor.shape, values: rounded)
    }
    guard let probe = checkpoint.probe, probe.input.shape.count == 3 else { return result }
    let characterizer = try NetworkCharacterizer(
      network, subtask: checkpoint.subtask, parameters: result.parameters, length: checkpoint.length,
      workers: Workers(count: 1))
    let shape = Array(probe.input.shape.dropFirst()), count = shape.reduce(1, *)
    let runs = try characterizer.run(
      (0..<probe.input.shape[0]).map {
        Tensor(shape: shape, values: Array(probe.input.values[$0 * count..<($0 + 1) * count]))
      })
    result.probe?.output = Tensor(shape: probe.output.shape, values: runs.flatMap(\.output))
    result.probe?.features = Tensor(shape: probe.features.shape, values: runs.flatMap(\.features))
    return result
  }
}
