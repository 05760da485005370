import Foundation
import Testing

@testable import Plotting

@Suite struct ScaleTests {
  @Test(
    arguments: [
      [0.15069, 0.36], [-0.4, 0], [5, 5], [0, 0], [1e-9, 3e-9], [-1e12, 3e12], [0.9999, 1.0001], [],
      [.nan, 2, .infinity],
    ] as [[Double]])
  func roundBoundsHoldTheValues(values: [Double]) throws {
    let scale = Scale.linear(around: values)
    guard case .linear(let range) = scale else { return #expect(Bool(false)) }
    for value in values where value.isFinite { #expect(range.contains(value)) }
    for most in [2, 3, 5, 9] {
      let ticks = scale.ticks(most: most)
      #expect(ticks.count <= most && !ticks.isEmpty)
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
      for tick in ticks { #expect((-1e-9...1 + 1e-9).contains(scale.fraction(tick.value))) }
    }
  }

  @Test(arguments: [[0.115, 6.9], [1, 10], [1, 1e9], [3, 3.1], [1e-12, 1e12], [0, -5]] as [[Double]])
  func logarithmicTicksLieInside(values: [Double]) {
    let scale = Scale.logarithmic(around: values)
    for most in [2, 4, 8] {
      let ticks = scale.ticks(most: most)
      #expect(!ticks.isEmpty && ticks.count <= max(most, 2))
      for tick in ticks { #expect((-1e-9...1 + 1e-9).contains(scale.fraction(tick.value))) }
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks)")
    }
  }

  /// Times per trajectory of 0.4 µs to 60 µs once had the labels 0.0005 and 0.0006 on top of each other.
  @Test(
    arguments: [[0.0004, 0.06], [0.00048, 0.0065], [0.9, 9.9], [0.11, 0.99], [0.3, 40], [1, 700]] as [[Double]])
  func logarithmicTicksAreApart(values: [Double]) {
    let scale = Scale.logarithmic(around: values)
    for most in 2...9 {
      let places = scale.ticks(most: most).map { scale.fraction($0.value) }
      for (place, next) in zip(places, places.dropFirst()) { #expect(next - place > 0.99 / Double(most), "\(places)") }
    }
  }

  @Test func ticksSayTheirValue() {
    #expect(Scale.linear(0...2).ticks(most: 5).map(\.label) == ["0.0", "0.5", "1.0", "1.5", "2.0"])
    #expect(Scale.linear(0...1_000_000).ticks(most: 3).map(\.label) == ["0", "500 k", "1 M"])
    #expect(Scale.linear(-0.2...0).ticks(most: 3).map(\.label) == ["−0.2", "−0.1", "0.0"])
    #expect(Scale.linear(0...1).ticks(most: 5).map(\.label) == ["0.00", "0.25", "0.50", "0.75", "1.00"])
    #expect(Scale.logarithmic(1...1000).ticks(most: 4).map(\.label) == ["1", "10", "100", "1000"])
    #expect(Scale.categories(["a", "b"]).ticks(most: 1).map(\.label) == ["a", "b"])
  }

  @Test func scalesAreOrderedPlaces() {
    #expect(Scale.linear(1...3).fraction(2) == 0.5)
    #expect(abs(Scale.logarithmic(1...100).fraction(10) - 0.5) < 1e-12)
    #expect(Scale.categories(["a", "b"]).fraction(1) == 0.75)
  }
}
