import LayerGraph

/// A trained network: all that is needed to run it, check it and say where it came from.
public struct Checkpoint: Sendable, Equatable {
  /// One stored run: `zoo check` replays it.
  public struct Probe: Sendable, Equatable {
    /// `[trajectories, steps, dimension]`, what enters the graph.
    public var input: Tensor
    /// `[trajectories, outputs]`, what leaves it: exponents or logits.
    public var output: Tensor
    /// `[trajectories, features]`, the value before the head.
    public var features: Tensor

    /// A run of several trajectories of one length.
    public init(input: Tensor, output: Tensor, features: Tensor) {
      self.input = input
      self.output = output
      self.features = features
    }
  }

  /// How the parameters were made; what is unknown stays nil.
  public struct Training: Sendable, Equatable, Codable {
    /// The recipe's text.
    public var recipe: String?
    /// Where the training data came from.
    public var data: String?
    /// What all random numbers derived from.
    public var seed: UInt64?
    /// Trajectories seen in all.
    public var trajectoriesSeen: Int?
    /// "mae" or "f1".
    public var validationMetric: String?
    /// Of the stored weights, in the metric's own unit.
    public var validationScore: Double?
    /// Instruction set and precision.
    public var arithmetic: String?

    /// Nothing known.
    public init() {}
  }

  /// Bits of stored parameters; what is computed with has 32.
  public enum Precision: String, Codable, Sendable, CaseIterable {
    /// 32 bits, as computed: IEEE single precision.
    case float32
    /// 16 bits, IEEE half precision: 65504 at most, three decimal digits.
    case float16
  }

  /// The architecture's id.
  public var architecture: String
  /// What it was trained for.
  public var subtask: Subtask
  /// The architecture's configuration as JSON with sorted keys.
  public var configuration: String
  /// The architecture's card when the file was made.
  public var card: Card
  /// All numbers, with the graph's keys as names.
  public var parameters: Parameters
  /// Points of the trajectories that it was trained at, or takes; nil for a network for all lengths.
  public var lengths: ClosedRange<Int>?
  /// A stored run; nil where none was made.
  public var probe: Probe?
  /// How the parameters were made; nil where that is unknown.
  public var training: Training?
  /// How it answers where it is the only network of its file.
  public var serving = Serving()
  /// How its parameters are stored.
  public var precision = Precision.float32

  /// The one length that it was trained at, or the longest of a range.
  public var length: Int? {
    get { lengths?.upperBound }
    set { lengths = newValue.map { $0...$0 } }
  }

  /// A checkpoint from its parts. `NetworkArchitecture.checkpoint` makes one with a stored run.
  public init(
    architecture: String, subtask: Subtask, configuration: String, card: Card, parameters: Parameters,
    probe: Probe? = nil, training: Training? = nil
  ) {
    self.architecture = architecture
    self.subtask = subtask
    self.configuration = configuration
    self.card = card
    self.parameters = parameters
    self.probe = probe
    self.training = training
  }
}
