import Diffusion

extension Recipe {
  /// Makes sure that every value is a possible one.
  /// - Throws: `SettingsError` with the first that is not.
  func check() throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw SettingsError.value(owner: "the recipe", reason: reason) }
    }
    /// Not a number lies in no range.
    func require(_ name: String, _ value: Double, in range: any RangeExpression<Double>, _ words: String) throws {
      try require(range.contains(value), "\(name) must lie within \(words), not \(value)")
    }
    try require((1...3).contains(dimension), "dimension must be 1, 2 or 3, not \(dimension)")
    try require((1...1 << 40).contains(budget), "budget must lie within 1...\(1 << 40), not \(budget)")
    let longest = Observation.simulatedPoints
    try require(
      2 <= lengths.from && lengths.from <= lengths.to && lengths.to <= longest,
      "lengths must lie within 2...\(longest), not \(lengths.from)...\(lengths.to)")
    try require(
      lengths.list.allSatisfy { (2...longest).contains($0) }, "each of lengths.list must lie within 2...\(longest)")
    try require("lengths.power", lengths.power, in: -5.0...5, "-5...5")
    try require("lengths.growth", lengths.growth, in: 0.0...1, "0...1")
    try require(
      batch.points >= 1 && batch.least >= 1 && batch.least <= batch.most && batch.most <= 1 << 16,
      "batch must have 1 <= least <= most <= 65536 and points of 1 or more")
    try require("average", average, in: 0.0..<1, "0..<1")
    try require((1...1_000_000).contains(reuse), "reuse must lie within 1...1000000, not \(reuse)")
    try require("clipping", clipping, in: 0.0...1e30, "0...1e30")
    try require(
      (1...10_000_000).contains(validation.count) && validation.every >= 1,
      "validation.count must lie within 1...10000000 and validation.every be 1 or more")
    try require("schedule.rate", schedule.rate, in: Double.leastNonzeroMagnitude...1e30, "0...1e30 and not be 0")
    try require("schedule.warmUp", schedule.warmUp, in: 0.0..<1, "0..<1")
    try require("schedule.coolDown", schedule.coolDown, in: 0.0...1, "0...1")
    try require("schedule.floor", schedule.floor, in: 0.0...1, "0...1")
    try require("loss.delta", loss.delta, in: Double.leastNonzeroMagnitude...10, "0...10 and not be 0")
    try require("loss.smoothing", loss.smoothing, in: 0.0..<1, "0..<1")
    try require("optimizer.momentum", optimizer.momentum, in: 0.0..<1, "0..<1")
    try require("optimizer.beta1", optimizer.beta1, in: 0.0..<1, "0..<1")
    try require("optimizer.beta2", optimizer.beta2, in: 0.0..<1, "0..<1")
    try require("optimizer.epsilon", optimizer.epsilon, in: Double.leastNonzeroMagnitude...1, "0...1 and not be 0")
    try require("optimizer.weightDecay", optimizer.weightDecay, in: 0.0...1, "0...1")
    try require(
      data.folds == 0 || (data.folds >= 2 && (1...data.folds).contains(data.fold)),
      "data.folds must be 0 or 2 and more, and data.fold one of them")
    try require((0...100_000_000).contains(data.count), "data.count must lie within 0...100000000, not \(data.count)")
    try require(
      data.count == 0 || (data.path.isEmpty && lengths.list.count == 1 && data.count >= max(5, data.folds)),
      "data.count, a simulated set of fixed size, needs 5 trajectories or more and a fold's worth, one length in "
        + "lengths.list, and no data.path")
    try require((1...4096).contains(shards), "shards must lie within 1...4096, not \(shards)")
    try require((1...64).contains(prefixes), "prefixes must lie within 1...64, not \(prefixes)")
    _ = try lossFunction
    _ = try optimizerChoice
    try require(
      ["cosine", "trapezoid", "plateau"].contains(schedule.kind),
      "schedule.kind must be cosine, trapezoid or plateau, not '\(schedule.kind)'")
  }
}
