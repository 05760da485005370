extension TableFormat {
  /// TrackMate's table of spots: one to four rows of names and units, `ø` or nothing where a spot has no track.
  static let trackMateSpots = TableFormat(
    title: "TrackMate spots table",
    names: [.track: ["track_id"], .frame: ["frame"], .x: ["position_x"], .y: ["position_y"], .z: ["position_z"]],
    moreHeaderRows: 3, time: "position_t")

  /// Which of TrackMate's other tables this is; their rows are no spots.
  static func otherTrackMateTable(_ names: [String]) -> String? {
    if names.contains("spot_source_id"), names.contains("spot_target_id") { return "edges" }
    let ofTracks = ["track_index", "number_spots", "track_duration", "track_start"].filter(names.contains)
    if names.contains("track_id"), !ofTracks.isEmpty, !names.contains("position_x") { return "tracks" }
    return nil
  }
}
