extension TableFormat {
  /// MotilityLab's export from TrackMate and Imaris: `Tracking ID,Timepoint,Time (sec),X pos (µm),...`.
  static let motilityLab = TableFormat(
    title: "MotilityLab",
    names: [.track: ["tracking id"], .frame: ["timepoint"], .x: ["x pos"], .y: ["y pos"], .z: ["z pos"]],
    time: "time")
}
