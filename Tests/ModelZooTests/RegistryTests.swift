import Diffusion
import Foundation
import LayerGraph
import TAMSD
import Testing

@testable import ModelZoo

@Suite struct RegistryTests {
  @Test func duplicatesAndOddNamesAreErrors() {
    #expect(throws: RegistryError.duplicate(id: "msd", titles: ["TA-MSD fit", "TA-MSD fit"])) {
      try Registry([TAMSD(), TAMSD()])
    }
    #expect(throws: RegistryError.malformedID("A b")) { try Registry([Named(id: "A b")]) }
    #expect(throws: RegistryError.malformedID("")) { try Registry([Named(id: "")]) }
  }

  @Test func theNearestNameIsOffered() throws {
    let registry = try Registry([Named(id: "wadnet"), Named(id: "lstm"), Named(id: "msd")])
    for (typed, nearest) in [("wavnet", "wadnet"), ("LSTM", "lstm"), ("tamsd", "msd"), ("ms", "msd")] {
      #expect(throws: RegistryError.unknown(id: typed, nearest: nearest, registered: registry.ids)) {
        try registry.architecture(typed)
      }
    }
    #expect(throws: RegistryError.unknown(id: "convolutional", nearest: nil, registered: registry.ids)) {
      try registry.architecture("convolutional")
    }
  }

  @Test func weightsAreLookedForInEveryPlace() throws {
    let folder = try TemporaryFolder()
    let store = WeightStore(folders: [folder.file("a"), folder.file("b")])
    let subtask = Subtask(task: .exponent, dimension: 2)
    do {
      _ = try store.files("lstm", subtask)
      Issue.record("no error")
    } catch {
      for part in ["/a/lstm/exponent-2d.h5", "/b/lstm/exponent-2d.h5", "--weights", "zoo train --architecture lstm"] {
        #expect("\(error)".contains(part))
      }
    }
    #expect(WeightStore(named: "/x").folders == ["/x"])
    #expect(WeightStore().folders.contains { $0.hasSuffix("/Weights") })
  }

  @Test func aNamedFileThatHoldsNoWeightsSaysWhy() throws {
    let folder = try TemporaryFolder()
    let subtask = Subtask(task: .exponent, dimension: 2)
    func failure(_ path: String) -> String {
      do {
        _ = try WeightStore(named: path).weights("lstm", subtask)
        return "no error"
      } catch { return "\(error)" }
    }
    try folder.write(Array("hello".utf8), to: "letter.h5")
    #expect(failure(folder.file("letter.h5")).hasPrefix("\(folder.file("letter.h5")) is no Zoo checkpoint"))
    let checkpoint = try SmallNetworks.checkpoint(seed: 1)
    try checkpoint.write(to: folder.file("cut.h5"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("cut.h5")))
    try folder.write(Array(whole.dropLast(100)), to: "cut.h5")
    #expect(failure(folder.file("cut.h5")).contains("cut.h5 is damaged"))
    #expect(failure(folder.file("none.h5")).contains("\(folder.file("none.h5")), which does not exist"))
  }

  private struct Named: Architecture {
    let id: String
    var card: Card { Card(id: id, title: id, summary: "s", reference: "r") }
    func parameters(for subtask: Subtask) throws -> [ParameterSpec] { [] }
    func characterizer(for subtask: Subtask, checkpoint: Checkpoint?) throws -> any Characterizer {
      throw RegistryError.malformedID(id)
    }
  }
}
