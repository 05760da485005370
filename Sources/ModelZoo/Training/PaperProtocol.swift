import Diffusion

/// How WADNet's authors trained: a network for each of 43 lengths and 5 folds, each on a set of fixed size.
///
/// Mean squared error or cross entropy, Adam at 0.001, batches of 512, the rate cut to a fifth where the validation loss
/// stops falling and the end at the third such cut, the weights with the best validation score.
/// - Source: Li, Yao and Huang (2021), section 2.3 and Table 1, and their published code.
public enum PaperProtocol {
  /// Parts that the training set is split into.
  public static let folds = 5
  /// Epochs after which a run ends in any case.
  static let mostEpochs = 100
  /// Held-back trajectories that a run is judged by, at most.
  static let validationCount = 20_000
  /// Trajectories of the external set that w is found on.
  public static let externalCount = 100_000

  /// Trajectories in the training set of a length.
  ///
  /// Table 1 prints 105 and 250 twice and has no 110, which the published code has: the 105 among the 2,000,000 is 110.
  public static func count(length: Int) -> Int {
    switch length {
    case ...105: 5_000_000
    case ...250: 2_000_000
    case ...375: 1_500_000
    default: 1_000_000
    }
  }

  /// Settings of the recipe for one network; what the user sets comes after them.
  /// - Parameters:
  ///   - network: the architecture.
  ///   - task: what the network is to answer.
  ///   - length: points of the trajectories that it is for.
  ///   - count: trajectories in the set, of which a fold is held back.
  ///   - fold: from 1, of `folds`; nil for a split of 80 to 20.
  ///   - folds: parts that the set is cut into.
  public static func assignments(
    _ network: some NetworkArchitecture, task: ChallengeTask, length: Int, count: Int, fold: Int?, folds: Int = folds
  ) -> [String] {
    var data = Recipe.DataChoice()
    data.count = count
    if let fold { (data.folds, data.fold) = (folds, fold) }
    let epoch = FixedSimulatedData.epochCount(data)
    var result = [
      "lengths.list=[\(length)]", "data.count=\(count)", "data.folds=\(data.folds)", "data.fold=\(data.fold)",
      "loss.kind=\(task == .exponent ? "mse" : "cross-entropy")", "optimizer.kind=adam", "optimizer.beta2=0.999",
      "schedule.kind=plateau", "schedule.rate=0.001", "clipping=0", "average=0", "batch.least=512", "batch.most=512",
      "budget=\(epoch * mostEpochs)", "validation.every=\(epoch)", "validation.count=\(validationCount)",
    ]
    // One length needs no statistics by length.
    if network.knowsSetting("statisticsLengths") { result.append("configuration.statisticsLengths=[]") }
    return result
  }

  /// Finds w on an external set, and how sure the networks of a folder are together.
  /// - Parameters:
  ///   - folder: with weight files for lengths and folds.
  ///   - network: the architecture.
  ///   - items: trajectories that no network learnt from; those too short for all networks are left out.
  ///   - title: where the trajectories came from, for a person to read.
  public static func serving(
    folder: String, _ network: some NetworkArchitecture, on items: [LabelledTrajectory], title: String
  ) throws -> Serving {
    try network.fittedServing(
      Weights(folder: folder), policy: .windows, isRectified: true, on: items, title: title)
  }
}
