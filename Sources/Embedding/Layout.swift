import Foundation

/// Positions in the plane that move until the graph and the picture agree: edges pull, chance encounters push.
///
/// One thread: an update needs those before it, and so the picture is the same on any machine with the same arithmetic.
/// - Source: McInnes, Healy and Melville (2018), section 3.2 and algorithm 5.
struct Layout {
  let curve: DistanceCurve
  let epochs: Int
  let negativeSamples: Int

  /// No coordinate moves farther than this by one force at full rate.
  private static let mostMotion: Float = 4

  /// An edge from one of its ends, and when it pulls next; times are epochs.
  private struct Pull {
    var from, to: Int32
    var interval, next: Float
  }

  /// - Parameter positions: `[point, 2]`, changed in place.
  func run(_ graph: FuzzyGraph, positions: inout [Float], random: inout SplitMix64) {
    let count = graph.starts.count - 1
    var pulls = pulls(graph)
    let attraction = ForceTable { square in
      // The gradient of log(1 / (1 + a d^2b)).
      let power = curve.a * pow(square, curve.b)
      return -2 * curve.b * power / (square * (1 + power))
    }
    let repulsion = ForceTable { square in
      // The gradient of log(1 - 1 / (1 + a d^2b)), kept from infinity.
      2 * curve.b / ((0.001 + square) * (1 + curve.a * pow(square, curve.b)))
    }
    positions.withUnsafeMutableBufferPointer { y in
      pulls.withUnsafeMutableBufferPointer { pulls in
        for epoch in 0..<epochs {
          let rate = 1 - Float(epoch) / Float(epochs)
          for index in pulls.indices where pulls[index].next <= Float(epoch) {
            pulls[index].next += pulls[index].interval
            let i = 2 * Int(pulls[index].from), j = 2 * Int(pulls[index].to)
            var x0 = y[i], x1 = y[i + 1]
            let d0 = x0 - y[j], d1 = x1 - y[j + 1], square = d0 * d0 + d1 * d1
            if square > 0 {
              let force = attraction(square)
              let m0 = rate * Self.limited(force * d0), m1 = rate * Self.limited(force * d1)
              x0 += m0
              x1 += m1
              y[j] -= m0
              y[j + 1] -= m1
            }
            for _ in 0..<negativeSamples {
              let k = 2 * random.next(below: count)
              if k == i { continue }
              let d0 = x0 - y[k], d1 = x1 - y[k + 1], square = d0 * d0 + d1 * d1
              let force = repulsion(square)
              x0 += rate * Self.limited(force * d0)
              x1 += rate * Self.limited(force * d1)
            }
            y[i] = x0
            y[i + 1] = x1
          }
        }
      }
    }
  }

  /// Edges that pull at least once; one of weight w pulls w / w_max times an epoch.
  private func pulls(_ graph: FuzzyGraph) -> [Pull] {
    let largest = graph.weights.max() ?? 1
    var pulls: [Pull] = []
    pulls.reserveCapacity(graph.ends.count)
    for point in 0..<graph.starts.count - 1 {
      for edge in graph.starts[point]..<graph.starts[point + 1] {
        let interval = largest / graph.weights[edge]
        guard interval <= Float(epochs) else { continue }
        pulls.append(Pull(from: Int32(point), to: graph.ends[edge], interval: interval, next: interval - 1))
      }
    }
    return pulls
  }

  @inline(__always) private static func limited(_ motion: Float) -> Float {
    min(mostMotion, max(-mostMotion, motion))
  }
}
