/// Which input steps a convolution along time reads, and where it reads padding.
///
/// Output step t reads input step t + offset for each tap. Steps are divided into runs in which the same taps lie inside
/// the trajectory, so that padding costs nothing: a tap outside is not multiplied.
struct Taps: Sendable {
  /// Consecutive output steps in which the same taps are inside.
  struct Run: Sendable, Equatable {
    let steps: Range<Int>
    let taps: [Int]
  }

  let offsets: [Int]
  let inputSteps: Int
  let outputSteps: Int
  let runs: [Run]

  init(offsets: [Int], inputSteps: Int, outputSteps: Int) {
    self.offsets = offsets
    self.inputSteps = inputSteps
    self.outputSteps = outputSteps
    let ranges = offsets.map { Self.steps(inside: $0, inputSteps: inputSteps, outputSteps: outputSteps) }
    let edges = Set(ranges.flatMap { [$0.lowerBound, $0.upperBound] } + [0, outputSteps]).sorted()
    runs = zip(edges, edges.dropFirst()).map { lower, upper in
      Run(steps: lower..<upper, taps: ranges.indices.filter { ranges[$0].contains(lower) })
    }
  }

  /// Output steps at which the tap with this offset reads inside the trajectory; empty ranges start at 0.
  static func steps(inside offset: Int, inputSteps: Int, outputSteps: Int) -> Range<Int> {
    let lower = max(0, -offset)
    let upper = min(outputSteps, inputSteps - offset)
    return lower < upper ? lower..<upper : 0..<0
  }

  /// Output steps at which a tap is inside.
  func steps(of tap: Int) -> Range<Int> {
    Self.steps(inside: offsets[tap], inputSteps: inputSteps, outputSteps: outputSteps)
  }

  /// Taps inside the trajectory, over all output steps.
  var count: Int { runs.reduce(0) { $0 + $1.steps.count * $1.taps.count } }

  /// The taps of the gradient by the input: what wrote to step s came from s - offset.
  var transposed: Taps {
    Taps(offsets: offsets.map { -$0 }, inputSteps: outputSteps, outputSteps: inputSteps)
  }
}
