import Diffusion
import TAMSD
import Testing

@testable import ModelZoo

@Suite struct SymmetryTests {
  @Test(arguments: [(1, 2), (2, 8), (3, 48)]) func allAreThereOnce(dimension: Int, count: Int) throws {
    let all = Symmetry.all(dimension: dimension)
    #expect(all.count == count)
    #expect(Set(all.map { "\($0.order)\($0.signs)" }).count == count)
    let trajectory = SmallNetworks.trajectories(Subtask(task: .model, dimension: dimension), [5])[0]
    #expect(try all[0].applied(to: trajectory) == trajectory)
    #expect(try all[1].applied(to: trajectory).positions == trajectory.positions.map { -$0 })
    let copies = try all.map { try $0.applied(to: trajectory) }
    #expect(Set(copies.map(\.positions)).count == count)
    // Each copy has the same distances between its points.
    func lengths(_ trajectory: Trajectory) -> [Double] {
      (1..<5).map { t in
        (0..<dimension).reduce(0) { sum, axis in
          let x = Array(trajectory.component(axis))
          return sum + (x[t] - x[t - 1]) * (x[t] - x[t - 1])
        }
      }
    }
    for copy in copies { #expect(zip(lengths(copy), lengths(trajectory)).allSatisfy { abs($0 - $1) < 1e-9 }) }
  }

  /// A few already visit every order and every sign.
  @Test func theFirstOnesAreSpread() {
    let first = SymmetryChoice.first(12).symmetries(dimension: 3)
    #expect(Set(first.map(\.order)).count == 6)
    for axis in 0..<3 { #expect(Set(first.map { $0.signs[axis] }) == [1, -1]) }
    #expect(SymmetryChoice.first(100).symmetries(dimension: 2).count == 8)
    #expect(SymmetryChoice("all") == .all && SymmetryChoice("7") == .first(7))
    for text in ["0", "-1", "some", ""] { #expect(SymmetryChoice(text) == nil) }
  }

  @Test func answersAreAveraged() throws {
    let subtask = SmallNetworks.model
    let checkpoint = try SmallNetworks.checkpoint(subtask, seed: 3)
    let base = try SmallNetworks.characterizer(checkpoint)
    let trajectories = SmallNetworks.trajectories(subtask, [12, 30, 12])
    let symmetries = SymmetryChoice.all.symmetries(dimension: 2)
    let method = SymmetricCharacterizer(base, symmetries: symmetries)
    let found = try method.estimates(for: trajectories)
    for (index, trajectory) in trajectories.enumerated() {
      let copies = try base.predictions(for: symmetries.map { try $0.applied(to: trajectory) }).map(\.values)
      for model in 0..<5 {
        let mean = copies.reduce(0) { $0 + $1[model] } / 8
        #expect(abs(found[index].prediction.values[model] - mean) < 1e-12)
      }
      #expect(found[index].spread! > 0)
    }
    // A copy of the trajectory gets the same answer now, up to rounding.
    let turned = try method.predictions(for: [symmetries[5].applied(to: trajectories[1])])[0].values
    #expect(zip(turned, found[1].prediction.values).allSatisfy { abs($0 - $1) < 1e-9 })
  }

  /// The fit knows no direction, so nothing changes.
  @Test func aSymmetricMethodStaysWhatItIs() throws {
    let subtask = Subtask(task: .exponent, dimension: 2)
    let trajectories = SmallNetworks.trajectories(subtask, [50, 20])
    let plain = try TAMSD().characterizer(for: subtask, checkpoint: nil)
    let copies = SymmetricCharacterizer(plain, symmetries: SymmetryChoice.all.symmetries(dimension: 2))
    for (a, b) in zip(try plain.predictions(for: trajectories), try copies.estimates(for: trajectories)) {
      #expect(abs(a.values[0] - b.prediction.values[0]) < 1e-9 && b.spread! < 1e-9)
    }
  }
}
