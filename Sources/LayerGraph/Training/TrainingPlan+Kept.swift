/// What is kept from the way there to the way back, so that phases before the last wall need not run twice.
extension TrainingPlan {
  /// What plans may keep: 1 GB.
  public static let usualMostKept = 1 << 28

  /// The groups of a phase, each of which keeps a block.
  struct KeptGroups {
    /// For each shard, the number of its first group.
    let first: [Int]
    /// Floats of all groups together.
    let floats: Int
  }

  /// The phases that fit into `most` floats, the later ones first.
  /// - Parameter memories: of the phases before the one with the output.
  static func keptGroups(
    _ memories: [PhaseMemory], shards: [Range<Int>], own: Range<Int>, most: Int
  ) -> [Int: KeptGroups] {
    var room = most
    var kept: [Int: KeptGroups] = [:]
    for (phase, memory) in memories.enumerated().reversed() {
      var first: [Int] = [], groups = 0
      for (number, shard) in shards.enumerated() {
        first.append(groups)
        if own.contains(number) { groups += InferencePlan.groups(of: shard.count, atMost: memory.batch).count }
      }
      let floats = groups * memory.keptFloats
      if floats > room { continue }
      room -= floats
      kept[phase] = KeptGroups(first: first, floats: floats)
    }
    return kept
  }
}
