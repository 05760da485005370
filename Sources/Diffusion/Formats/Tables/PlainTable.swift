extension TableFormat {
  /// Tables of one's own whose names leave no doubt, in pixels and frames.
  static let plain = TableFormat(
    title: "table of tracks",
    names: [
      .track: ["track", "trajectory_id", "traj_id", "traj", "track id", "particle_id"], .frame: ["frame"], .x: ["x"],
      .y: ["y"], .z: ["z"],
    ])
}
