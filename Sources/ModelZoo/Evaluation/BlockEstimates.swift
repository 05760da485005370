import Cluster
import Diffusion
import Foundation
import Synchronization

/// What models say of one block of trajectories; ranks send it to the first one, which judges it.
struct BlockEstimates {
  /// What one model says.
  enum Answer {
    case estimates([Estimate], seconds: Double)
    case failure(String)
    /// There is nothing to ask, or no longer.
    case none
  }

  /// What is true of each trajectory.
  private(set) var truths: [GroundTruth]
  /// The block itself; nil where nobody asks for it.
  private(set) var trajectories: [LabelledTrajectory]?
  /// In the order of the models.
  private(set) var answers: [Answer]

  func write(to writer: inout ByteWriter) {
    writer.append(truths.count)
    writer.append(trajectories != nil)
    if let trajectories {
      for item in trajectories { item.write(to: &writer) }
    } else {
      for truth in truths { truth.write(to: &writer) }
    }
    writer.append(answers.count)
    for answer in answers { answer.write(to: &writer) }
  }

  init(from reader: inout ByteReader) throws {
    let count = reader.next(Int.self)
    if reader.next(Bool.self) {
      let items = try (0..<count).map { _ in try LabelledTrajectory(from: &reader) }
      (trajectories, truths) = (items, items.map(\.truth))
    } else {
      truths = (0..<count).map { _ in GroundTruth(from: &reader) }
    }
    answers = (0..<reader.next(Int.self)).map { _ in Answer(from: &reader) }
  }
}

extension BlockEstimates {
  /// Asks models about blocks of a source. One that fails is not asked about later blocks.
  final class Questions: Sendable {
    private let source: any TrajectorySource
    private let size: Int
    private let keepsTrajectories: Bool
    private let characterizers: Mutex<[(any Characterizer)?]>

    /// - Parameters:
    ///   - size: trajectories in a block.
    ///   - keepsTrajectories: whether the block itself is wanted.
    ///   - characterizers: nil where there is nothing to ask.
    init(
      _ source: any TrajectorySource, size: Int, keepsTrajectories: Bool, characterizers: [(any Characterizer)?]
    ) {
      self.source = source
      self.size = size
      self.keepsTrajectories = keepsTrajectories
      self.characterizers = Mutex(characterizers)
    }

    /// The number of blocks.
    var count: Int { (source.count + size - 1) / size }

    /// From now on a model is not asked.
    func leaveOut(_ index: Int) { characterizers.withLock { $0[index] = nil } }

    /// Answers to a block; blocks come in increasing order on each rank.
    func estimates(ofBlock number: Int) throws -> BlockEstimates {
      let start = number * size
      let block = try source.trajectories(start..<min(source.count, start + size))
      let answers = characterizers.withLock { $0 }.enumerated().map { index, characterizer in
        let answer = characterizer.map { Answer(block, from: start, by: $0) } ?? .none
        if case .failure = answer { leaveOut(index) }
        return answer
      }
      return BlockEstimates(
        truths: block.map(\.truth), trajectories: keepsTrajectories ? block : nil, answers: answers)
    }
  }

  private init(truths: [GroundTruth], trajectories: [LabelledTrajectory]?, answers: [Answer]) {
    self.truths = truths
    self.trajectories = trajectories
    self.answers = answers
  }
}

extension BlockEstimates.Answer {
  /// - Parameter first: the number of the block's first trajectory in its source.
  fileprivate init(_ block: [LabelledTrajectory], from first: Int, by characterizer: any Characterizer) {
    do {
      let begun = Date()
      let estimates = try characterizer.estimates(for: block.map(\.trajectory))
      self = .estimates(estimates, seconds: Date().timeIntervalSince(begun))
    } catch let error as CharacterizerError {
      self = .failure("\(error.numbered { first + $0 })")
    } catch {
      self = .failure("\(error)")
    }
  }

  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .none: writer.append(UInt8(0))
    case .failure(let reason):
      writer.append(UInt8(1))
      writer.append(reason)
    case .estimates(let estimates, let seconds):
      writer.append(UInt8(2))
      writer.append(seconds)
      writer.append(estimates.count)
      for estimate in estimates { estimate.write(to: &writer) }
    }
  }

  fileprivate init(from reader: inout ByteReader) {
    switch reader.next(UInt8.self) {
    case 1: self = .failure(reader.nextText())
    case 2:
      let seconds = reader.next(Double.self)
      self = .estimates((0..<reader.next(Int.self)).map { _ in Estimate(from: &reader) }, seconds: seconds)
    default: self = .none
    }
  }
}
