import Diffusion

extension Architecture {
  /// What `Serving` keeps of these weights, fitted on labelled trajectories.
  /// - Parameters:
  ///   - weights: the weights of this architecture.
  ///   - policy: nil for the one that the weights have.
  ///   - isRectified: whether the constant w is found anew; else the one that there is is kept.
  ///   - items: trajectories that the weights never saw; those of lengths that are not answered are left out.
  ///   - title: where the trajectories came from, for a person to read.
  /// - Throws: `ServingError.tooFew`, or what making and running the method throws.
  public func fittedServing(
    _ weights: Weights, policy: LengthPolicy? = nil, isRectified: Bool = false, on items: [LabelledTrajectory],
    title: String
  ) throws -> Serving {
    let subtask = weights.subtask, isForAll = weights.isForAllLengths
    var serving = Serving(policy: weights.serving.policy, rectification: weights.serving.rectification)
    if let policy {
      // A constant holds for the policy that it was found with.
      if policy != serving.policy(isForAllLengths: isForAll) { serving.rectification = nil }
      serving.policy = policy
    }
    guard let networks = try served(weights, serving, subtask) else {
      throw ServingError.noNetworks(architecture: card.id, count: weights.members.count)
    }
    let items = items.filter { networks.lengths.contains($0.trajectory.count) }
    if isRectified, subtask.task == .exponent {
      let known = items.filter { $0.truth.exponent != nil }
      guard known.count >= Calibrator.least else {
        throw ServingError.tooFew(found: known.count, needed: Calibrator.least)
      }
      let outputs = try networks.outputs(for: known.map(\.trajectory)).map { $0[0] }
      serving.rectification = Calibrator.rectification(outputs, truth: known.compactMap(\.truth.exponent))
    }
    let method = networks.rectified(by: serving.rectification(subtask, isForAllLengths: isForAll))
    serving.calibration = try Calibrator.calibration(of: method, on: items, title: title)
    return serving
  }
}
