extension TableFormat {
  /// Experiments of the second AnDi Challenge: `traj_idx,frame,x,y`, all written as floats, in pixels.
  static let andi2 = TableFormat(
    title: "AnDi 2", names: [.track: ["traj_idx"], .frame: ["frame"], .x: ["x"], .y: ["y"], .z: ["z"]])
}
