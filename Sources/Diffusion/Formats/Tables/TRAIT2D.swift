extension TableFormat {
  /// TRAIT2D: `t,x,y`, with `id` where a file has several tracks, in seconds and metres.
  static let trait2D = TableFormat(
    title: "TRAIT2D", names: [.track: ["id"], .frame: ["t"], .x: ["x"], .y: ["y"]], mayLackTrack: true,
    hasTimes: true, lengthUnit: "m", timeUnit: "s")
}
