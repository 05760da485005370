import Cluster
import Diffusion
import Foundation

/// What came of one model on one block of trajectories; ranks send it to the first one.
struct BlockScores {
  /// Absolute errors, or 1 where the diffusion model was right; of trajectories with a label.
  private(set) var scores: [Double] = []
  /// Diffusion models by their numbers; empty for exponents.
  private(set) var predicted: [UInt8] = []
  private(set) var truth: [UInt8] = []
  private(set) var seconds = 0.0
  private(set) var error: String?

  /// Judges a block.
  /// - Parameters:
  ///   - first: the number of the block's first trajectory in its source.
  ///   - characterizer: nil where there is nothing to judge.
  init(_ block: [LabelledTrajectory], from first: Int, by characterizer: (any Characterizer)?) {
    guard let characterizer else { return }
    do {
      let begun = Date()
      let predictions = try characterizer.predictions(for: block.map(\.trajectory))
      seconds = Date().timeIntervalSince(begun)
      for (prediction, item) in zip(predictions, block) { take(prediction, item.truth) }
    } catch let error as CharacterizerError {
      self.error = "\(error.numbered { first + $0 })"
    } catch {
      self.error = "\(error)"
    }
  }

  private mutating func take(_ prediction: Prediction, _ known: GroundTruth) {
    switch prediction {
    case .exponent(let exponent):
      guard let right = known.exponent else { return }
      scores.append(abs(exponent - right))
    case .model(let probabilities):
      guard let right = known.model else { return }
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      predicted.append(UInt8(best))
      truth.append(UInt8(right.rawValue))
      scores.append(best == right.rawValue ? 1 : 0)
    }
  }

  func write(to writer: inout ByteWriter) {
    writer.append(scores)
    writer.append(predicted)
    writer.append(truth)
    writer.append(seconds)
    writer.append(error != nil)
    writer.append(error ?? "")
  }

  init(from reader: inout ByteReader) {
    scores = reader.nextArray()
    predicted = reader.nextArray()
    truth = reader.nextArray()
    seconds = reader.next()
    let isError = reader.next(Bool.self), text = reader.nextText()
    error = isError ? text : nil
  }
}
