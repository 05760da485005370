/// Memory of training plans, one after another: what a plan used, the next one uses again.
///
/// Fresh memory costs more than some steps do: the operating system clears it page by page. One plan at a time may use it.
public final class TrainingMemory {
  enum Use: Hashable {
    /// A value, or its gradient, that crosses from phase to phase.
    case value(Int), gradient(Int)
    /// Gradient sums of a shard, and of all shards.
    case sums(Int), total
    /// What a phase keeps from the way there to the way back.
    case kept(Int)
    /// All else, of a worker.
    case arena(Int)
  }

  private var buffers: [Use: AlignedBuffer] = [:]

  /// No memory yet; it grows to what the largest plan needs.
  public init() {}

  /// At least `count` floats, with whatever stands in them.
  func buffer(_ use: Use, count: Int) -> AlignedBuffer {
    if let known = buffers[use], known.count >= count { return known }
    // The old one goes first, so that both are never there.
    buffers[use] = nil
    let new = AlignedBuffer(count: count)
    buffers[use] = new
    return new
  }
}
