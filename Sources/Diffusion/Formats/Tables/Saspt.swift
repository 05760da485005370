extension TableFormat {
  /// saspt and quot: `trajectory,frame,y,x` and more, in pixels; y usually comes before x.
  static let saspt = TableFormat(
    title: "saspt", names: [.track: ["trajectory"], .frame: ["frame"], .x: ["x"], .y: ["y"]], skipsNegative: true)
}
