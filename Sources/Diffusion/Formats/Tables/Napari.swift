extension TableFormat {
  /// A tracks layer of napari as a table: `TrackID,t,x,y,z`, in pixels and frames.
  static let napari = TableFormat(
    title: "napari tracks",
    names: [.track: ["trackid", "track_id"], .frame: ["t"], .x: ["x"], .y: ["y"], .z: ["z"]])
}
