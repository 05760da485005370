import CKernels

/// Batch normalisation in training: statistics of the whole batch, taken at the wall between two phases.
final class BatchNormTrainingKernel: BatchStatisticsKernel, @unchecked Sendable {
  private let layer: BatchNorm
  private let table: KernelTable
  private var weight: [Float] = []
  private var bias: [Float] = []
  private var mean: [Double] = []
  private var variance: [Double] = []
  private var rows = 1
  private var scale: [Float] = []
  private var shift: [Float] = []
  private var meanFloat: [Float] = []
  private var gradientMean: [Float] = []
  private var slope: [Float] = []

  init(layer: BatchNorm, table: KernelTable) {
    self.layer = layer
    self.table = table
  }

  private var channels: Int { layer.channels }
  private func inverse(_ channel: Int) -> Double { 1 / (variance[channel] + Double(layer.epsilon)).squareRoot() }

  func load(_ parameters: LayerParameters) {
    weight = (0..<channels).map { parameters["weight"][$0] }
    bias = (0..<channels).map { parameters["bias"][$0] }
  }

  // Statistics: sums, then sums of squares.
  var statisticsCount: Int { 2 * channels }

  func accumulateStatistics(_ input: GroupRows, into sums: UnsafeMutablePointer<Double>) {
    table.functions.pointee.column_moments(
      Int32(input.rows), Int32(channels), input.data, channels, sums, sums + channels)
  }

  func finishStatistics(_ sums: [Double], rows: Int) {
    self.rows = rows
    mean = (0..<channels).map { sums[$0] / Double(rows) }
    variance = (0..<channels).map { max(0, sums[channels + $0] / Double(rows) - mean[$0] * mean[$0]) }
    meanFloat = mean.map(Float.init)
    let scales = (0..<channels).map { Double(weight[$0]) * inverse($0) }
    scale = scales.map(Float.init)
    shift = (0..<channels).map { Float(Double(bias[$0]) - mean[$0] * scales[$0]) }
  }

  func updateStatistics(_ statistics: LayerGradients) {
    let momentum = Double(layer.momentum), sample = rows > 1 ? Double(rows) / Double(rows - 1) : 1
    let runningMean = statistics["running_mean"], runningVariance = statistics["running_var"]
    for channel in 0..<channels {
      runningMean[channel] = Float(Double(runningMean[channel]) * (1 - momentum) + momentum * mean[channel])
      runningVariance[channel] =
        Float(Double(runningVariance[channel]) * (1 - momentum) + momentum * variance[channel] * sample)
    }
    statistics["num_batches_tracked"][0] += 1
  }

  func storeStatistics(_ statistics: LayerGradients, length: Int) {
    guard let row = layer.lengths.firstIndex(of: length) else { return }
    for channel in 0..<channels {
      statistics["mean_by_length"][row * channels + channel] = Float(mean[channel])
      statistics["var_by_length"][row * channels + channel] = Float(variance[channel])
    }
  }

  func forward(_ call: ForwardCall) {
    table.functions.pointee.scale_shift(
      Int32(call.output.rows), Int32(channels), call.inputs[0].data, channels, scale, shift, call.output.data, channels)
  }

  // Gradients: sums of dy, then of dy x.
  func accumulateGradients(input: GroupRows, outputGradient: GroupRows, into sums: UnsafeMutablePointer<Double>) {
    table.functions.pointee.column_products(
      Int32(input.rows), Int32(channels), outputGradient.data, channels, input.data, channels, sums, sums + channels)
  }

  func finishGradients(_ sums: [Double], into gradients: LayerGradients) {
    let weightGradient = gradients["weight"], biasGradient = gradients["bias"]
    gradientMean = []
    slope = []
    for channel in 0..<channels {
      let byWeight = (sums[channels + channel] - mean[channel] * sums[channel]) * inverse(channel)
      weightGradient[channel] += Float(byWeight)
      biasGradient[channel] += Float(sums[channel])
      gradientMean.append(Float(sums[channel] / Double(rows)))
      slope.append(Float(inverse(channel) * byWeight / Double(rows)))
    }
  }

  func inputGradient(input: GroupRows, outputGradient: GroupRows, into target: BackwardCall.InputGradient) {
    table.functions.pointee.normalise_gradient(
      Int32(input.rows), Int32(channels), input.data, channels, outputGradient.data, channels, scale, gradientMean,
      slope, meanFloat, target.rows.data, channels, target.accumulates ? 1 : 0)
  }

  func backward(_ call: BackwardCall) { preconditionFailure("a wall's gradient is taken between phases") }
}
