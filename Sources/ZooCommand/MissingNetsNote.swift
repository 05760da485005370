import ModelZoo

/// What users are told where published nets that would have answered were not imported.
enum MissingNetsNote {
  /// One line for each subtask, on standard error.
  /// - Parameter points: lengths of the trajectories, where they are known.
  static func say(
    _ model: String, _ subtasks: [Subtask], _ weights: WeightStore, points: ClosedRange<Int> = 0...Int.max
  ) throws {
    let asked = Subtask.all.filter(subtasks.contains)
    for missing in try ZooProgram.registry.model(model).missingNets(asked, weights, points: points) {
      warn(missing.sentence)
    }
  }
}
