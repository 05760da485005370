extension TableFormat {
  /// trackpy, and DeepSPT, whose columns have the same names: `particle`, `frame`, `x`, `y` in pixels.
  static let trackpy = TableFormat(
    title: "trackpy", names: [.track: ["particle"], .frame: ["frame"], .x: ["x"], .y: ["y"], .z: ["z"]])
}
