import Cluster
import Diffusion
import LayerGraph
import ModelZoo

extension TrainingRun {
  /// Batches, what the run is judged by, and recorded trajectories that are held back.
  func sources(_ workers: Workers) throws -> (any TrainingData, ValidationSet, [LabelledTrajectory]) {
    let choice = recipe.data
    if choice.count > 0 {
      let data = FixedSimulatedData(recipe, workers: workers)
      return (data, try data.validation(communicator), [])
    }
    guard !choice.path.isEmpty else {
      return (
        SimulatedTrainingData(recipe, workers: workers),
        ValidationSet(recipe, workers: workers, communicator: communicator), []
      )
    }
    let all = try communicator.together {
      try TrajectoryTrial.check(choice.path)
      let source = try TrajectoryFile.open(
        choice.path, reference: choice.reference.isEmpty ? nil : choice.reference, task: recipe.task,
        dimension: recipe.dimension)
      return try source.trajectories(0..<source.count)
    }
    var checksum = Checksum()
    for item in all { checksum.add(item.trajectory.positions) }
    try communicator.requireSame("training data", "\(choice.path): \(all.count) trajectories, checksum \(checksum)")
    let (training, held) =
      choice.folds > 0
      ? RecordedTrainingData.fold(all, number: choice.fold - 1, of: choice.folds, seed: recipe.seed)
      : RecordedTrainingData.split(all, seed: recipe.seed)
    return (
      try RecordedTrainingData(recipe, trajectories: training, title: choice.path),
      try ValidationSet(held, subtask: recipe.subtask, title: choice.path, communicator: communicator), held
    )
  }
}
