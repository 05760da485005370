import Diffusion
import LayerGraph

extension NetworkArchitecture {
  func networkCharacterizer(
    _ subtask: Subtask, parameters: Parameters, length: Int?, workers: Workers
  ) throws -> NetworkCharacterizer {
    try NetworkCharacterizer(self, subtask: subtask, parameters: parameters, length: length, workers: workers)
  }

  /// A checkpoint of these parameters with a stored run on some trajectories of one length.
  public func checkpoint(
    _ subtask: Subtask, parameters: Parameters, probe trajectories: [Trajectory]
  ) throws -> Checkpoint {
    var checkpoint = Checkpoint(
      architecture: card.id, subtask: subtask, configuration: configurationText, card: card, parameters: parameters)
    let inputs = trajectories.map(input)
    guard let first = inputs.first else { return checkpoint }
    let results = try networkCharacterizer(
      subtask, parameters: parameters, length: trajectories.first?.count, workers: Workers(count: 1)
    ).run(inputs)
    func tensor(_ shape: [Int], _ rows: [[Float]]) -> Tensor {
      Tensor(shape: [rows.count] + shape, values: rows.flatMap { $0 })
    }
    checkpoint.probe = Checkpoint.Probe(
      input: tensor(first.shape, inputs.map(\.values)), output: tensor([subtask.outputs], results.map(\.output)),
      features: tensor([results[0].features.count], results.map(\.features)))
    return checkpoint
  }
}
