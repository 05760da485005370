/// One layer alone, forwards and backwards, outside any plan: what checks and tests of layers stand on.
///
/// Values are `[batch][steps][channels]`, as data come; the probe turns them into groups.
public final class LayerProbe {
  /// What a backward run gives.
  public struct Gradients {
    /// In the order and layout of the inputs.
    public let inputs: [[Float]]
    /// By the layer's own names.
    public let parameters: Parameters
  }

  /// The shape of the result for one trajectory.
  public let outputShape: Shape
  private let layer: any Layer
  private let kernel: any LayerKernel
  private let shapes: [Shape]
  private let batch: Int
  private let table: KernelTable
  private let store: ParameterStore
  private let isTraining: Bool
  private var inputs: [AlignedBuffer] = []
  private let output: AlignedBuffer
  private let saved: AlignedBuffer
  private let workspace: AlignedBuffer

  /// - Parameters:
  ///   - layer: what is probed.
  ///   - shapes: of the inputs for one trajectory.
  ///   - batch: trajectories that run together.
  ///   - parameters: by the layer's own names.
  ///   - table: the functions of one instruction set.
  ///   - training: whether layers that behave differently in training do so; without, there is no way back.
  public init(
    _ layer: any Layer, inputs shapes: [Shape], batch: Int, parameters: Parameters, table: KernelTable, training: Bool
  ) throws {
    self.layer = layer
    self.shapes = shapes
    self.batch = batch
    self.table = table
    isTraining = training
    outputShape = try layer.outputShape(for: shapes)
    kernel = try layer.makeKernel(
      for: shapes, setting: KernelSetting(training: training, table: table, length: shapes.first?.steps ?? 1))
    let mismatches = parameters.mismatches(with: layer.parameters)
    guard mismatches.isEmpty else { throw GraphError.parameters(graph: "\(type(of: layer))", mismatches: mismatches) }
    store = ParameterStore(layer.parameters)
    store.set(parameters.completed(for: layer.parameters))
    output = AlignedBuffer(count: outputShape.count * batch)
    saved = AlignedBuffer(count: kernel.savedFloats(batch: batch))
    workspace = AlignedBuffer(count: kernel.workspaceFloats(batch: batch))
    let store = store
    kernel.load(LayerParameters { store.pointer($0) })
  }

  /// Parameters and statistics as they are now.
  public var parameters: Parameters { store.parameters }

  private func rows(_ buffer: AlignedBuffer, _ shape: Shape) -> GroupRows {
    GroupRows(data: buffer.pointer, steps: shape.steps, batch: batch, channels: shape.channels)
  }

  private func group(_ values: [Float], _ shape: Shape) -> AlignedBuffer {
    let buffer = AlignedBuffer(count: values.count)
    table.functions.pointee.gather(
      Int32(shape.steps), Int32(batch), Int32(shape.channels), values, shape.count, buffer.pointer, shape.channels)
    return buffer
  }

  private func values(_ rows: GroupRows) -> [Float] {
    var result = [Float](repeating: 0, count: rows.count)
    table.functions.pointee.scatter(
      Int32(rows.steps), Int32(batch), Int32(rows.channels), rows.data, rows.channels, &result,
      rows.steps * rows.channels, 0)
    return result
  }

  private var randomness: Randomness { Randomness(key: 1, firstTrajectory: 0) }

  /// The layer's result.
  public func forward(_ values: [[Float]]) -> [Float] {
    forward(values) { [kernel] in kernel.forward($0) }
  }

  /// The result of another way to run the kernel, e.g. one with initial states.
  package func forward(_ values: [[Float]], run: (ForwardCall) -> Void) -> [Float] {
    inputs = zip(values, shapes).map { group($0, $1) }
    let rows = zip(inputs, shapes).map { self.rows($0, $1) }
    if let wall = kernel as? any BatchStatisticsKernel {
      var sums = [Double](repeating: 0, count: wall.statisticsCount)
      wall.accumulateStatistics(rows[0], into: &sums)
      wall.finishStatistics(sums, rows: rows[0].rows)
      let store = store
      wall.updateStatistics(LayerGradients { store.mutablePointer($0) })
    }
    run(
      ForwardCall(
        inputs: rows, output: self.rows(output, outputShape), saved: isTraining ? saved.pointer : nil,
        workspace: workspace.pointer, randomness: randomness, team: .alone))
    return self.values(self.rows(output, outputShape))
  }

  /// Gradients of the sum of `outputGradient` times the result of the last forward run.
  public func backward(_ outputGradient: [Float]) -> Gradients {
    backward(outputGradient) { [kernel] in kernel.backward($0) }
  }

  package func backward(_ outputGradient: [Float], run: (BackwardCall) -> Void) -> Gradients {
    let gradient = group(outputGradient, outputShape)
    let rows = zip(inputs, shapes).map { self.rows($0, $1) }
    let targets = shapes.map { AlignedBuffer(count: $0.count * batch) }
    let gradients = ParameterStore(layer.parameters)
    let places = LayerGradients { gradients.mutablePointer($0) }
    let outputRows = self.rows(gradient, outputShape)
    if let wall = kernel as? any BatchStatisticsKernel {
      var sums = [Double](repeating: 0, count: wall.statisticsCount)
      wall.accumulateGradients(input: rows[0], outputGradient: outputRows, into: &sums)
      wall.finishGradients(sums, into: places)
      wall.inputGradient(
        input: rows[0], outputGradient: outputRows,
        into: BackwardCall.InputGradient(rows: self.rows(targets[0], shapes[0]), accumulates: false))
    } else {
      let sums = AlignedBuffer(count: kernel.gradientFloats)
      run(
        BackwardCall(
          inputs: rows, output: self.rows(output, outputShape), outputGradient: outputRows,
          inputGradients: zip(targets, shapes).map {
            BackwardCall.InputGradient(rows: self.rows($0, $1), accumulates: false)
          }, parameterGradients: sums.pointer, saved: saved.pointer, workspace: workspace.pointer,
          randomness: randomness))
      kernel.finishGradients(sums.pointer, into: places)
    }
    let trained = Set(layer.parameters.filter { $0.role == .trained }.map(\.name))
    var result = Parameters()
    for name in gradients.names where trained.contains(name) { result[name] = gradients.parameters[name] }
    return Gradients(inputs: zip(targets, shapes).map { values(self.rows($0, $1)) }, parameters: result)
  }

  /// The kernel itself, for ways to run it that the protocol does not have.
  package var recurrentKernel: (any RecurrentKernel)? { kernel as? any RecurrentKernel }
}
