import Diffusion
import LayerGraph
import ModelZoo

/// The exponent as the slope of the time-averaged mean squared displacement in a double logarithmic plot.
///
/// - Source: Li, Yao and Huang (2021), equation 2.
public struct TAMSD: Architecture {
  /// Which lags the line goes through.
  public var fit: MeanSquaredDisplacementFit

  /// The method with another fit than the usual one.
  public init(fit: MeanSquaredDisplacementFit = MeanSquaredDisplacementFit()) { self.fit = fit }

  public var card: Card {
    Card(
      id: "msd", title: "TA-MSD fit",
      summary: "Least-squares line through ln MSD over ln lag, up to a quarter of the points or 50 lags; no training.",
      reference: "Metzler R, Jeon J-H, Cherstvy A G and Barkai E (2014) Phys. Chem. Chem. Phys. 16 24128-64, "
        + "doi:10.1039/C4CP03465A",
      subtasks: (1...3).map { Subtask(task: .exponent, dimension: $0) }, lengths: 2...1_000_000,
      invariances: [.shift, .scale])
  }

  public func parameters(for subtask: Subtask) -> [ParameterSpec] { [] }

  public func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer {
    try card.require(subtask)
    return FitCharacterizer(fit: fit, lengths: card.lengths, dimension: subtask.dimension)
  }
}

/// Fits trajectories on all processors.
private struct FitCharacterizer: Characterizer {
  let fit: MeanSquaredDisplacementFit
  let lengths: ClosedRange<Int>
  let dimension: Int

  func predictions(for trajectories: [Trajectory]) throws -> [Prediction] {
    try checkInput(trajectories, dimension: dimension, lengths: lengths)
    var exponents = [Double](repeating: 0, count: trajectories.count)
    exponents.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let place = buffer.baseAddress
      Workers().run(trajectories.count) { index, _ in
        place?[index] = fit.estimate(trajectories[index]).exponent
      }
    }
    return exponents.map(Prediction.exponent)
  }
}
