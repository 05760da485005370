extension TableFormat {
  /// The results table of MOSAIC ParticleTracker in ImageJ: ` ,Trajectory,Frame,x,y,z,m0,...`, in pixels.
  static let mosaicTable = TableFormat(
    title: "MOSAIC ParticleTracker table",
    names: [.track: ["trajectory"], .frame: ["frame"], .x: ["x"], .y: ["y"], .z: ["z"]], markers: ["m0"])
}
