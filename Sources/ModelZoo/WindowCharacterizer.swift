import Diffusion
import LayerGraph

/// Runs networks that were trained at one length each, by the window rule; several networks of a length are folds.
public struct WindowCharacterizer: Characterizer {
  private let rule: WindowRule
  private let networks: [Int: [NetworkCharacterizer]]
  private let subtask: Subtask
  private let longest: Int
  private let rectification: Double

  /// - Parameters:
  ///   - networks: by the length they were trained at; at least one.
  ///   - subtask: what they were trained for.
  ///   - longest: points that a trajectory may have.
  ///   - rectification: factor on exponents, see `WindowRule`.
  public init(_ networks: [Int: [NetworkCharacterizer]], subtask: Subtask, longest: Int, rectification: Double) {
    precondition(networks.values.contains { !$0.isEmpty }, "a window rule needs a network")
    rule = WindowRule(lengths: networks.filter { !$0.value.isEmpty }.map(\.key))
    self.networks = networks
    self.subtask = subtask
    self.longest = longest
    self.rectification = rectification
  }

  public func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try checkInput(
      trajectories, dimension: subtask.dimension, lengths: rule.lengths[0]...max(rule.lengths[0], longest))
    var sums = [[[Double]]](repeating: [], count: trajectories.count)
    let groups = Dictionary(grouping: trajectories.indices) { rule.length(for: trajectories[$0].count) ?? 0 }
    for length in groups.keys.sorted() {
      for network in networks[length] ?? [] {
        var inputs: [Tensor] = [], owners: [Int] = []
        for index in groups[length]! {
          let whole = network.input(trajectories[index])
          let width = whole.shape[1]
          for window in rule.windows(for: trajectories[index].count) {
            inputs.append(
              Tensor(
                shape: [window.count, width],
                values: Array(whole.values[window.lowerBound * width..<window.upperBound * width])))
            owners.append(index)
          }
        }
        for (owner, result) in zip(owners, try network.run(inputs)) {
          sums[owner].append(result.output.map(Double.init))
        }
      }
    }
    return try sums.enumerated().map { index, outputs in
      let mean = WindowRule.mean(outputs)
      guard mean.allSatisfy(\.isFinite) else { throw CharacterizerError.notFinite(index: index) }
      return Prediction(mean, task: subtask.task, rectification: rectification)
    }
  }
}
