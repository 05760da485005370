import Foundation

/// Opens trajectories of any format that is known, with their labels.
public enum TrajectoryFile {
  /// - Parameters:
  ///   - path: an HDF5 file, an AnDi text file such as `task1.txt`, or a folder that holds `task1.txt` and `ref1.txt`.
  ///   - reference: the labels of an AnDi text file; by default the file beside it with "ref" in place of "task".
  ///   - task: what the labels are about.
  ///   - dimension: of the trajectories wanted.
  ///   - needsLabels: whether it is an error that there are none.
  /// - Throws: `FormatError` or `HDF5Error`.
  public static func open(
    _ path: String, reference: String? = nil, task: ChallengeTask, dimension: Int, needsLabels: Bool = true
  ) throws -> any TrajectorySource {
    func guessed(_ reference: String) -> String? {
      needsLabels || FileManager.default.fileExists(atPath: reference) ? reference : nil
    }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FormatError.system(file: path, reason: "there is no such file")
    }
    if isFolder.boolValue {
      return try AnDiSource(
        path: "\(path)/task\(task.number).txt", reference: reference ?? guessed("\(path)/ref\(task.number).txt"),
        task: task, dimension: dimension)
    }
    if isHDF5(path) {
      return try TrajectoryHDF5(path: path, task: task, dimension: dimension, needsLabels: needsLabels)
    }
    let url = URL(fileURLWithPath: path)
    let beside = url.deletingLastPathComponent().appendingPathComponent(
      url.lastPathComponent.replacingOccurrences(of: "task", with: "ref"))
    let labels = reference ?? (beside.path == url.path ? nil : guessed(beside.path))
    guard labels != nil || !needsLabels else {
      throw FormatError.system(
        file: path, reason: "labels are needed: name their file with --reference, e.g. --reference ref1.txt")
    }
    return try AnDiSource(path: path, reference: labels, task: task, dimension: dimension)
  }

  /// Whether a file starts as HDF5 files do.
  public static func isHDF5(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 8)) == Data([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
  }
}
