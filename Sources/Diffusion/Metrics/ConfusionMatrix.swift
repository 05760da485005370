/// How often each diffusion model was taken for each.
public struct ConfusionMatrix: Sendable, Equatable {
  /// `counts[truth][predicted]`, in the order of `DiffusionModel.allCases`.
  public private(set) var counts: [[Int]]

  /// No trajectory yet.
  public init() {
    let classes = DiffusionModel.allCases.count
    counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
  }

  /// Counts answers; both lists have the same length and order.
  public init(predicted: [DiffusionModel], truth: [DiffusionModel]) {
    precondition(predicted.count == truth.count, "\(predicted.count) predictions for \(truth.count) trajectories")
    self.init()
    for (said, right) in zip(predicted, truth) { add(predicted: said, truth: right) }
  }

  /// Counts one more answer.
  public mutating func add(predicted: DiffusionModel, truth: DiffusionModel) {
    counts[truth.rawValue][predicted.rawValue] += 1
  }

  /// Share of a model's trajectories that were recognised; nil where there are none.
  public func recall(_ model: DiffusionModel) -> Double? {
    let all = counts[model.rawValue].reduce(0, +)
    return all == 0 ? nil : Double(counts[model.rawValue][model.rawValue]) / Double(all)
  }

  /// Share of a model's answers that were right; nil where it was never the answer.
  public func precision(_ model: DiffusionModel) -> Double? {
    let said = counts.reduce(0) { $0 + $1[model.rawValue] }
    return said == 0 ? nil : Double(counts[model.rawValue][model.rawValue]) / Double(said)
  }

  /// Harmonic mean of precision and recall; nil where neither is there.
  public func f1(_ model: DiffusionModel) -> Double? {
    let right = counts[model.rawValue][model.rawValue]
    let all = counts[model.rawValue].reduce(0, +) + counts.reduce(0) { $0 + $1[model.rawValue] }
    return all == 0 ? nil : 2 * Double(right) / Double(all)
  }
}
