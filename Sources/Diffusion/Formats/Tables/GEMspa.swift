extension TableFormat {
  /// GEMspa: `track_id,frame,z,y,x`, in pixels.
  static let gemspa = TableFormat(
    title: "GEMspa", names: [.track: ["track_id"], .frame: ["frame"], .x: ["x"], .y: ["y"], .z: ["z"]])
}
