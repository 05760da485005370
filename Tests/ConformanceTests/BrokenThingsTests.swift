import Diffusion
import Foundation
import LayerGraph
import ModelZoo
import Synchronization
import Testing
import ZooConformance

/// The suite finds what is wrong: checks that can't fail would be worth nothing.
@Suite struct BrokenThingsTests {
  /// Names of the checks that fail.
  private func failures(_ architecture: any Architecture, weights: String = "/nowhere") -> [String] {
    ArchitectureChecks(architecture, weights: WeightStore(folders: [weights])).results().filter(\.isFailure).map(\.name)
  }

  private func steps(_ trajectory: Trajectory) -> Double {
    trajectory.positions.isEmpty ? 1 : min(1.9, 0.1 + Double(trajectory.count) / 3000)
  }

  @Test func aRightMethodPasses() {
    #expect(failures(BrokenMethod { $0.map { .exponent(steps($0)) } }) == [])
    #expect(failures(BrokenNetwork()) == [])
  }

  @Test func anIncompleteCardIsFound() {
    let one = Subtask(task: .exponent, dimension: 1)
    for card in [
      Card(id: "broken", title: "", summary: "s", reference: "r", subtasks: [one]),
      Card(id: "broken", title: "t", summary: "", reference: "r", subtasks: [one]),
      Card(id: "broken", title: "t", summary: "s", reference: "", subtasks: [one]),
      Card(id: "broken", title: "t", summary: "s", reference: "r", subtasks: [one, one]),
      Card(id: "broken", title: "t", summary: "s", reference: "r", subtasks: []),
      Card(id: "broken", title: "t", summary: "s", reference: "r", subtasks: [one], lengths: 0...10),
    ] {
      #expect(failures(BrokenMethod(card: card) { $0.map { _ in .exponent(1) } }).contains("its card says who it is"))
    }
  }

  @Test func answersOutsideTheirRangeAreFound() {
    #expect(failures(BrokenMethod { $0.map { _ in .exponent(7) } }).contains("predictions are in range"))
    #expect(failures(BrokenMethod { $0.map { _ in .exponent(.nan) } }).contains("predictions are in range"))
    #expect(failures(BrokenMethod { $0.dropFirst().map { _ in .exponent(1) } }).contains("predictions are in range"))
    let other: @Sendable ([Trajectory]) -> [Prediction] = { $0.map { _ in .model(probabilities: [1, 0, 0, 0, 0]) } }
    #expect(failures(BrokenMethod(answer: other)).contains("predictions are in range"))
    var method = BrokenMethod { $0.map { _ in .model(probabilities: [0.5, 0.3, 0, 0, 0.1]) } }
    method.card = Card(
      id: "broken", title: "t", summary: "s", reference: "r", subtasks: [Subtask(task: .model, dimension: 1)])
    #expect(failures(method).contains("predictions are in range"))
  }

  @Test func answersThatChangeAreFound() {
    final class Counter: Sendable { let calls = Atomic<Int>(0) }
    let counter = Counter()
    let method = BrokenMethod { trajectories in
      let call = counter.calls.add(1, ordering: .relaxed).newValue
      return trajectories.map { _ in .exponent(1 + Double(call % 7) / 10) }
    }
    #expect(failures(method).contains("the same question has the same answer"))
  }

  @Test func answersInAnotherOrderAreFound() {
    let method = BrokenMethod { $0.sorted { $0.count < $1.count }.map { .exponent(steps($0)) } }
    #expect(failures(method).contains("the order of trajectories is kept"))
  }

  @Test func answersThatDependOnTheOthersAreFound() {
    let method = BrokenMethod { trajectories in
      trajectories.map { _ in .exponent(1 + 0.5 / Double(trajectories.count)) }
    }
    #expect(failures(method) == ["a batch equals singles"])
  }

  @Test func brokenPromisesAreFound() {
    for invariance in Card.Invariance.allCases {
      var method = BrokenMethod { trajectories in
        trajectories.map { trajectory in
          let places = trajectory.positions, spread = (places.max() ?? 0) - (places.min() ?? 0)
          return .exponent(1 + 0.5 * sin(invariance == .shift ? places[0] : spread))
        }
      }
      method.card = Card(
        id: "broken", title: "t", summary: "s", reference: "r", subtasks: [Subtask(task: .exponent, dimension: 1)],
        lengths: 2...5000, invariances: [invariance])
      #expect(failures(method).contains("predictions stay where the card says so"))
    }
  }

  @Test func wrongTrajectoriesThatAreAnsweredAreFound() {
    let method = BrokenMethod(looks: false) { $0.map { _ in .exponent(1) } }
    #expect(failures(method) == ["wrong trajectories are errors"])
  }

  @Test func aSubtaskThatIsNotRefusedIsFound() {
    let method = BrokenMethod(refuses: false) { $0.map { _ in .exponent(1) } }
    #expect(Set(failures(method)) == ["refuses what it does not answer"])
  }

  @Test func answersToExtremesAreLookedAt() {
    for extreme: @Sendable (Trajectory) -> Bool in [
      { $0.count == 2 }, { $0.count == 5000 }, { Set($0.positions).count == 1 },
      { $0.positions.contains { abs($0) > 1e15 } }, { $0.positions.allSatisfy { abs($0) < 1e-290 } },
    ] {
      let method = BrokenMethod { $0.map { .exponent(extreme($0) ? .nan : 1) } }
      #expect(failures(method) == ["extreme trajectories have answers or typed errors"])
    }
    let typed = BrokenMethod { trajectories in
      guard trajectories.allSatisfy({ Set($0.positions).count > 1 }) else {
        throw CharacterizerError.notFinite(index: 0)
      }
      return trajectories.map { _ in .exponent(1) }
    }
    #expect(failures(typed) == [])
  }

  @Test func aCheckThatThrowsDoesNotStopTheOthers() {
    struct Refusal: Error {}
    let results = ArchitectureChecks(
      BrokenMethod { _ in throw Refusal() }, weights: WeightStore(folders: ["/nowhere"])
    ).results()
    let whole = ArchitectureChecks(
      BrokenMethod { $0.map { _ in .exponent(1) } }, weights: WeightStore(folders: ["/nowhere"])
    ).results()
    #expect(results.map(\.name) == whole.map(\.name))
    #expect(results.contains { $0.isFailure } && results.contains { $0.outcome == .passed })
  }
}
