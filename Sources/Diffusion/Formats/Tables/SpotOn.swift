extension TableFormat {
  /// Spot-On: `trajectory,x,y,t,frame`, in micrometres and seconds.
  static let spotOn = TableFormat(
    title: "Spot-On", names: [.track: ["trajectory"], .frame: ["frame"], .x: ["x"], .y: ["y"]], markers: ["t"],
    time: "t", lengthUnit: "um", timeUnit: "s")
}
