import CKernels
import Foundation

/// Batch normalisation over trajectories and time.
///
/// In training it normalises with the batch's own mean and population variance, and the running statistics move by
/// `momentum` towards the batch's mean and sample variance. In inference it normalises with the running statistics, or,
/// where `lengths` are given, with statistics by length: a batch of one length has statistics of its own, so that
/// pooled ones spoil short and long trajectories. Between two lengths the mean is interpolated over the logarithm of
/// the length, the variance in its own logarithm; beyond the ends the nearest are taken.
/// - Input and output: `[channels]` or `[steps, channels]`.
/// - Parameters: `weight`, `bias`, `running_mean`, `running_var` `[channels]`, `num_batches_tracked` (a scalar); with
///   lengths also `mean_by_length` and `var_by_length` `[lengths, channels]`.
/// - Source: Ioffe and Szegedy (2015).
public struct BatchNorm: Layer, Equatable {
  /// Numbers at a point in time, each normalised alone.
  public let channels: Int
  /// Added to the variance under the root.
  public let epsilon: Float
  /// Share of the batch's statistics in the running ones after a step, 0 ... 1.
  public let momentum: Float
  /// Increasing numbers of points; empty for one set of running statistics.
  public let lengths: [Int]
  /// Whether training, too, normalises with the stored statistics and leaves them as they are.
  public let isFrozen: Bool

  /// Normalisation of `channels` numbers at each point in time, with PyTorch's constants as defaults.
  public init(
    _ channels: Int, epsilon: Float = 1e-5, momentum: Float = 0.1, lengths: [Int] = [], isFrozen: Bool = false
  ) {
    self.channels = channels
    self.isFrozen = isFrozen
    self.epsilon = epsilon
    self.momentum = momentum
    self.lengths = lengths
  }

  public var parameters: [ParameterSpec] {
    var specs = [
      ParameterSpec("weight", [channels], initial: .constant(1)),
      ParameterSpec("bias", [channels], initial: .constant(0)),
      ParameterSpec("running_mean", [channels], role: .statistic, initial: .constant(0)),
      ParameterSpec("running_var", [channels], role: .statistic, initial: .constant(1)),
      ParameterSpec("num_batches_tracked", [], role: .statistic, initial: .constant(0)),
    ]
    if !lengths.isEmpty {
      let shape = [lengths.count, channels]
      specs += [
        ParameterSpec("mean_by_length", shape, role: .statistic, initial: .constant(0), fallback: "running_mean"),
        ParameterSpec("var_by_length", shape, role: .statistic, initial: .constant(1), fallback: "running_var"),
      ]
    }
    return specs
  }

  public var usesBatchStatistics: Bool { !isFrozen }
  public var statisticsLengths: [Int] { lengths }

  public func outputShape(for inputs: [Shape]) throws -> Shape {
    let shape = try singleInput(inputs, layer: "BatchNorm")
    guard shape.channels == channels else {
      throw GraphError.shape(layer: "BatchNorm", expected: "[\(channels)] or [steps, \(channels)]", found: "\(shape)")
    }
    guard zip(lengths, lengths.dropFirst()).allSatisfy(<), lengths.allSatisfy({ $0 > 0 }) else {
      throw GraphError.value(name: "lengths of BatchNorm", expected: "positive and increasing", found: "\(lengths)")
    }
    return shape
  }

  public func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel {
    _ = try outputShape(for: inputs)
    return setting.training && !isFrozen
      ? BatchNormTrainingKernel(layer: self, table: setting.table)
      : BatchNormKernel(layer: self, length: setting.length, table: setting.table)
  }

  /// The scale and shift that normalise trajectories of `length` points with the stored statistics.
  func affine(_ parameters: LayerParameters, length: Int) -> (scale: [Float], shift: [Float]) {
    let (mean, inverse) = stored(parameters, length: length)
    let scale = (0..<channels).map { Double(parameters["weight"][$0]) * inverse[$0] }
    let shift = (0..<channels).map { Double(parameters["bias"][$0]) - mean[$0] * scale[$0] }
    return (scale.map(Float.init), shift.map(Float.init))
  }

  /// The stored mean and inverse standard deviation for a length.
  func stored(_ parameters: LayerParameters, length: Int) -> (mean: [Double], inverse: [Double]) {
    let (mean, variance) = statistics(length: length) { parameters[$0] }
    return (mean, variance.map { 1 / ($0 + Double(epsilon)).squareRoot() })
  }

  /// The stored mean and variance for trajectories of `length` points.
  /// - Parameters:
  ///   - length: points of a trajectory, 1 or more.
  ///   - parameter: the numbers of a parameter, by its name in this layer.
  public func statistics(
    length: Int, _ parameter: (String) -> UnsafePointer<Float>
  ) -> (mean: [Double], variance: [Double]) {
    func row(_ name: String, _ index: Int) -> [Double] {
      (0..<channels).map { Double(parameter(name)[index * channels + $0]) }
    }
    guard !lengths.isEmpty else { return (row("running_mean", 0), row("running_var", 0)) }
    let upper = lengths.firstIndex { $0 >= length } ?? lengths.count - 1
    let lower = lengths[upper] > length ? max(0, upper - 1) : upper
    let lowMean = row("mean_by_length", lower), lowVariance = row("var_by_length", lower)
    guard lower < upper else { return (lowMean, lowVariance) }
    let share = log(Double(length) / Double(lengths[lower])) / log(Double(lengths[upper]) / Double(lengths[lower]))
    let highMean = row("mean_by_length", upper), highVariance = row("var_by_length", upper)
    let tiny = Double(Float.leastNormalMagnitude)
    return (
      zip(lowMean, highMean).map { $0 + share * ($1 - $0) },
      zip(lowVariance, highVariance).map { exp(log(max($0, tiny)) * (1 - share) + log(max($1, tiny)) * share) }
    )
  }
}

/// Stored statistics: a scale and a shift for each channel.
private final class BatchNormKernel: LayerKernel, @unchecked Sendable {
  private let layer: BatchNorm
  private let length: Int
  private let table: KernelTable
  private var scale: [Float] = []
  private var shift: [Float] = []
  private var mean: [Double] = []
  private var inverse: [Double] = []

  init(layer: BatchNorm, length: Int, table: KernelTable) {
    self.layer = layer
    self.length = length
    self.table = table
  }

  func load(_ parameters: LayerParameters) {
    (scale, shift) = layer.affine(parameters, length: length)
    (mean, inverse) = layer.stored(parameters, length: length)
  }

  func forward(_ call: ForwardCall) {
    table.functions.pointee.scale_shift(
      Int32(call.output.rows), Int32(layer.channels), call.inputs[0].data, layer.channels, scale, shift,
      call.output.data, layer.channels)
  }

  /// Sums of dy, then of dy times the normalised input.
  var gradientFloats: Int { 2 * layer.channels }

  func backward(_ call: BackwardCall) {
    let channels = layer.channels, rows = call.output.rows, gradient = call.outputGradient.data
    var sums = [Double](repeating: 0, count: channels), products = sums
    table.functions.pointee.column_products(
      Int32(rows), Int32(channels), gradient, channels, call.inputs[0].data, channels, &sums, &products)
    for channel in 0..<channels {
      call.parameterGradients[channel] += Float(sums[channel])
      let normalised = (products[channel] - mean[channel] * sums[channel]) * inverse[channel]
      call.parameterGradients[channels + channel] += Float(normalised)
    }
    guard let target = call.inputGradients[0] else { return }
    // Without batch statistics the gradient is the scale alone: the other terms of the formula are zero.
    let zeros = [Float](repeating: 0, count: channels)
    table.functions.pointee.normalise_gradient(
      Int32(rows), Int32(channels), call.inputs[0].data, channels, gradient, channels, scale, zeros, zeros, zeros,
      target.rows.data, channels, target.accumulates ? 1 : 0)
  }

  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {
    let weight = gradients["weight"], bias = gradients["bias"]
    for channel in 0..<layer.channels {
      bias[channel] += sums[channel]
      weight[channel] += sums[layer.channels + channel]
    }
  }
}
