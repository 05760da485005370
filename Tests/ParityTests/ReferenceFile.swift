import Foundation
import HDF5
import LayerGraph
import Testing

/// A file of reference numbers: cases with inputs and parameters, and all that must come out of them.
///
/// Paths under a group `expected` are the results; each has a tolerance for 32-bit arithmetic. Their format and where
/// they come from: Tests/Fixtures/parity/README.md.
final class ReferenceFile {
  let name: String
  private let root: HDF5Group
  /// What was compared, for writing it down.
  private var results: [String: (values: [Double], shape: [Int])] = [:]
  private(set) var failures: [String] = []

  init(_ path: String) throws {
    name = (path as NSString).lastPathComponent
    root = try HDF5File.open(path).root
  }

  /// The small files that are always there.
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/parity").path
  /// The whole set, beside the checkout where somebody has it.
  static let whole = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/parity").path
  static var hasWhole: Bool { FileManager.default.fileExists(atPath: whole) }
  /// A folder for results in the layout of the reference files; nil where nobody asks for them.
  static let output = ProcessInfo.processInfo.environment["ZOO_PARITY_OUTPUT"]

  func group(_ path: String) throws -> HDF5Group { path.isEmpty ? root : try root.group(path) }
  func contains(_ path: String) -> Bool { root.contains(path) }
  func children(_ path: String) throws -> [String] {
    contains(path) || path.isEmpty ? try group(path).childNames() : []
  }
  func floats(_ path: String) throws -> [Float] { try root.dataset(path).read(as: Float.self) }
  func doubles(_ path: String) throws -> [Double] { try root.dataset(path).read(as: Double.self) }
  func shape(_ path: String) throws -> [Int] { try root.dataset(path).shape }
  func tensor(_ path: String) throws -> Tensor { Tensor(shape: try shape(path), values: try floats(path)) }
  func integer(_ attribute: String, of path: String = "") throws -> Int { try group(path).integer(attribute) }
  func number(_ attribute: String, of path: String = "") throws -> Double { try group(path).number(attribute) }
  func string(_ attribute: String, of path: String = "") throws -> String { try group(path).string(attribute) }

  /// A group of tensors by name, e.g. a state dict.
  func parameters(_ path: String) throws -> Parameters {
    var result = Parameters()
    for name in try children(path) { result[name] = try tensor(path + "/" + name) }
    return result
  }

  /// Compares a result with what is expected at `path`.
  func expect(_ path: String, _ values: [Float]) throws { try expect(path, values.map(Double.init)) }

  func expect(_ path: String, _ values: [Double]) throws {
    let dataset = try root.dataset(path)
    let expected: [Double] = try dataset.read()
    results[path] = (values, dataset.shape)
    guard values.count == expected.count else {
      failures.append("\(path): \(values.count) values, expected \(expected.count)")
      return
    }
    let tolerance = try dataset.number("tol_f32")
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let scale = try dataset.hasAttribute("scale") ? dataset.number("scale") : largest
    let error = zip(values, expected).reduce(0.0) { worst, pair in
      pair.0.isFinite ? max(worst, abs(pair.0 - pair.1)) : .infinity
    }
    if !(error / (scale > 0 ? scale : 1) <= tolerance) {
      failures.append("\(path): error \(error / (scale > 0 ? scale : 1)), tolerance \(tolerance)")
    }
  }

  /// Paths under `expected` that nothing was compared with.
  func missing() throws -> [String] {
    var found: [String] = []
    func visit(_ path: String, isExpected: Bool) throws {
      for child in try children(path) {
        let whole = path.isEmpty ? child : path + "/" + child
        switch try group(path).kind(of: child) {
        case .group: try visit(whole, isExpected: isExpected || child == "expected")
        case .dataset: if isExpected, results[whole] == nil { found.append(whole) }
        case .other: break
        }
      }
    }
    try visit("", isExpected: false)
    return found
  }

  /// Ends a comparison: everything was compared, nothing failed. Writes the results where `ZOO_PARITY_OUTPUT` says.
  func finish(_ table: KernelTable) throws {
    #expect(failures.isEmpty, "\(table): \(failures.count) failures: \(failures.prefix(12).joined(separator: "; "))")
    let missing = try missing()
    #expect(missing.isEmpty, "\(table): not compared: \(missing.prefix(12).joined(separator: ", "))")
    guard let folder = Self.output else { return }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try AtomicFile.write(to: "\(folder)/\(table.name)-\(name)") { path in
      let file = try HDF5File.create(path)
      for (path, result) in results {
        var group = try file.root
        for part in path.split(separator: "/").dropLast().map(String.init) {
          group = group.contains(part) ? try group.group(part) : try group.createGroup(part)
        }
        try group.write(String(path.split(separator: "/").last!), result.values, shape: result.shape)
      }
      try file.flush()
    }
  }
}

/// Files to compare: the small ones, and the whole set where it is.
enum ReferenceSet: String, CaseIterable, CustomStringConvertible {
  case fixtures, whole

  var folder: String { self == .fixtures ? ReferenceFile.fixtures : ReferenceFile.whole }
  var isThere: Bool { self == .fixtures || ReferenceFile.hasWhole }
  var description: String { rawValue }

  /// Each instruction set with each set of files that is there.
  static let runs: [(KernelTable, ReferenceSet)] = KernelTable.available.flatMap { table in
    allCases.filter(\.isThere).map { (table, $0) }
  }
}

/// Swaps the last two axes: `[batch][channels][steps]` to `[batch][steps][channels]` and back.
func transposed(_ values: [Float], _ batch: Int, _ first: Int, _ second: Int) -> [Float] {
  var result = values
  for b in 0..<batch {
    for i in 0..<first {
      for j in 0..<second { result[(b * second + j) * first + i] = values[(b * first + i) * second + j] }
    }
  }
  return result
}
