import Cluster
import Diffusion

extension Communicator {
  /// Sources whose trajectories are made by all ranks; all call this, `body` runs on the first one.
  ///
  /// Each source must be read once, from the first trajectory to the last, in pieces of `size`, one source after the other.
  public func sharing(
    _ sources: [any TrajectorySource], size: Int, _ body: ([any TrajectorySource]) throws -> Void
  ) throws {
    if isAlone { return try body(sources) }
    let blocks = sources.flatMap { source in
      stride(from: 0, to: source.count, by: size).map { (source, $0..<min(source.count, $0 + size)) }
    }
    let scheduler = BlockScheduler(self, count: blocks.count) { number in
      let (source, range) = blocks[number]
      var writer = ByteWriter()
      for item in try source.trajectories(range) { item.write(to: &writer) }
      return writer.bytes
    }
    do {
      try scheduler.run { next in
        try withoutActuallyEscaping(next) { next in
          try body(sources.map { OrderedSource($0, size: size, next: next) })
        }
      }
    } catch let failure as BlockFailure { throw failure.error }
  }
}

/// Trajectories that come block by block.
private final class OrderedSource: TrajectorySource, @unchecked Sendable {
  private let source: any TrajectorySource
  private let size: Int
  private let next: () throws -> [UInt8]?
  private var place = 0

  init(_ source: any TrajectorySource, size: Int, next: @escaping () throws -> [UInt8]?) {
    self.source = source
    self.size = size
    self.next = next
  }

  var task: ChallengeTask { source.task }
  var dimension: Int { source.dimension }
  var count: Int { source.count }
  var title: String { source.title }

  func trajectories(_ range: Range<Int>) throws -> [LabelledTrajectory] {
    precondition(
      range == place..<min(count, place + size), "blocks of \(size) are read one after the other, not \(range)")
    place = range.upperBound
    guard let bytes = try next() else { preconditionFailure("there is no block \(range)") }
    var reader = ByteReader(bytes)
    return try range.map { _ in try LabelledTrajectory(from: &reader) }
  }
}

extension LabelledTrajectory {
  func write(to writer: inout ByteWriter) {
    writer.append(trajectory.dimension)
    writer.append(trajectory.positions)
    truth.write(to: &writer)
  }

  init(from reader: inout ByteReader) throws {
    let trajectory = try Trajectory(dimension: reader.next(), positions: reader.nextArray())
    self.init(trajectory: trajectory, truth: GroundTruth(from: &reader))
  }
}

extension GroundTruth {
  func write(to writer: inout ByteWriter) {
    writer.append(exponent ?? .nan)
    writer.append(model?.rawValue ?? -1)
    writer.append(sigma ?? [])
    writer.append(coefficient ?? [])
  }

  init(from reader: inout ByteReader) {
    let exponent = reader.next(Double.self), model = reader.next(Int.self)
    let sigma = reader.nextArray(Double.self), coefficient = reader.nextArray(Double.self)
    self.init(exponent: exponent.isNaN ? nil : exponent, model: model < 0 ? nil : DiffusionModel(rawValue: model))
    self.sigma = sigma.isEmpty ? nil : sigma
    self.coefficient = coefficient.isEmpty ? nil : coefficient
  }
}
