import Diffusion
import Foundation
import HDF5
import Testing
import WADNet

@testable import ModelZoo

/// A network that was trained elsewhere, with its predictions for 2,000 trajectories: import, preprocessing, statistics by
/// length and inference in one. Skipped where the files don't lie beside the checkout.
@Suite struct ReferenceNetworkTests {
  private static let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")
  private static let network = shared.appendingPathComponent("training/wadnet-exponent-1d.h5").path
  private static let data = shared.appendingPathComponent("andi/dev.h5").path
  private static var isThere: Bool {
    [network, data].allSatisfy { FileManager.default.fileExists(atPath: $0) }
  }

  @Test(
    .enabled(if: isThere, "the reference network and its data are not beside the checkout"),
    arguments: [("by_length", 0.1672), ("pooled", 0.1958)])
  func predictionsAreTheStoredOnes(statistics: String, score: Double) throws {
    let subtask = Subtask(task: .exponent, dimension: 1)
    let settings: [String: Setting] = statistics == "pooled" ? ["statisticsLengths": .list([])] : [:]
    let checkpoint = try StateDictImport(Self.network).checkpoint(WADNet(), subtask, settings: settings)
    let source = try TrajectoryHDF5(path: Self.data, task: .exponent, dimension: 1)
    let items = try source.trajectories(0..<source.count)
    let found = try WADNet().characterizer(for: subtask, checkpoint: checkpoint).predictions(
      for: items.map(\.trajectory))
    let stored: [Double] = try HDF5File.open(Self.network).root.dataset("predictions/\(statistics)").read()
    var errors: [Double] = [], worst = 0.0
    for ((prediction, expected), item) in zip(zip(found, stored), items) {
      guard case .exponent(let exponent) = prediction else { continue }
      worst = max(worst, abs(exponent - min(2, max(0.05, expected))))
      errors.append(abs(exponent - item.truth.exponent!))
    }
    #expect(errors.count == 2000)
    #expect(worst < 1e-4, "\(worst)")
    #expect(abs(mean(errors) - score) < 5e-5, "\(mean(errors))")
  }
}
