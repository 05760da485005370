import Foundation
import Testing

/// Weight files of other programs that were cut short, have changed bytes, or swapped shapes: a sentence and exit code 1;
/// or, where only numbers were hit, a network; never a crash, never a hang.
///
/// ZOO_DAMAGED_FILES=300 tries as many of each format, and prints what became of them.
@Suite(.serialized) struct DamagedForeignTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let count = Int(ProcessInfo.processInfo.environment["ZOO_DAMAGED_FILES"] ?? "") ?? 12

  /// A layout, a file that has it, and how it is imported.
  enum Format: String, CaseIterable {
    case keras2Whole = "stack_keras2_whole.h5"
    case keras2Weights = "stack_keras2_weights.h5"
    case keras3Weights = "stack_keras3.weights.h5"
    case kerasArchive = "stack_keras3.keras"
    case stateDictHDF5 = "wadnet-small-2d.h5"
    case safetensors = "wadnet-small-2d.safetensors"

    var arguments: [String] {
      switch self {
      case .keras2Whole, .kerasArchive: ["--task", "model", "--dimension", "3"]
      case .keras2Weights, .keras3Weights:
        ["--task", "model", "--dimension", "3", "--config", ForeignTests.fixture("stack_keras2_whole.h5")]
      case .stateDictHDF5, .safetensors:
        [
          "--architecture", "wadnet", "--task", "exponent", "--dimension", "2", "--set", "filters=8", "--set",
          "depth=5", "--set", "hidden=16",
        ]
      }
    }
  }

  @Test(arguments: Format.allCases)
  func damagedFilesAreSentences(format: Format) async throws {
    let base = folder.path, file = URL(fileURLWithPath: ForeignTests.fixture(format.rawValue))
    let whole = Array(try Data(contentsOf: file))
    let right = try #require(try Self.outcome(whole, format, "\(base)/whole"))
    guard case .imported(let numbers, false) = right else {
      Issue.record("the whole file is \(right)")
      return
    }
    var counts: [String: Int] = [:]
    try await withThrowingTaskGroup(of: String.self) { group in
      for seed in 0..<Self.count {
        group.addTask {
          let damage = Damage.allCases[seed % Damage.allCases.count]
          let bytes = damage.applied(to: whole, seed: seed)
          try #require(bytes != whole)
          let outcome = try Self.outcome(bytes, format, "\(base)/\(seed)")
          switch outcome {
          case .refused(let sentence):
            return "\(damage): " + (sentence.contains("process of its own") ? "stopped libhdf5" : "refused")
          case .imported(let found, let isOdd):
            // What is cut short or of another shape can't pass for the whole.
            #expect(damage == .structure || damage == .anywhere, "\(seed), \(damage)")
            return "\(damage): "
              + (found == numbers ? "read, the same numbers" : isOdd ? "read, odd to the lint" : "read, other numbers")
          case nil: return "\(damage): wrong"
          }
        }
      }
      for try await outcome in group { counts[outcome, default: 0] += 1 }
    }
    if Self.count > 50 {
      print(
        "\(format.rawValue), \(Self.count) files: \(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
    }
    #expect(counts["\(Damage.cut): refused"] == (Self.count + 3) / 4)
  }

  // MARK: What comes of it

  enum Outcome {
    case refused(String)
    /// With the numbers, as safetensors, and whether the lint found something.
    case imported([UInt8], isOdd: Bool)
  }

  /// Nil where the program did neither end with one sentence nor with a network.
  private static func outcome(_ bytes: [UInt8], _ format: Format, _ place: String) throws -> Outcome? {
    let path = place + "-" + format.rawValue, output = place + "-out.h5", numbers = place + "-out.safetensors"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let run = try Run(["import", path, "--output", output] + format.arguments)
    if run.status == 1 {
      let isOne = run.errors.hasPrefix("Error: ") && run.errors.split(separator: "\n").count == 1
      #expect(isOne && run.errors.count < 4000 && run.output.isEmpty, "\(place): \(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
      return isOne ? .refused(run.errors) : nil
    }
    #expect(run.status == 0 && run.errors.isEmpty, "\(place): \(run.status) \(run.errors)")
    guard run.status == 0 else { return nil }
    #expect(try Run(["export", output, "--output", numbers]).status == 0)
    defer { for file in [path, output, numbers] { try? FileManager.default.removeItem(atPath: file) } }
    return .imported(
      Array(try Data(contentsOf: URL(fileURLWithPath: numbers))), isOdd: !run.output.contains("lint: no non-finite"))
  }
}
