import Diffusion

extension Evaluation {
  /// What came of one model on one subtask.
  public struct Row: Sendable, Equatable {
    /// The architecture's id, or what a published score is called.
    public let model: String
    /// What was asked.
    public let subtask: Subtask
    /// Mean absolute error or micro-F1; nil where the model failed or does not answer this.
    public var value: Double?
    /// Bounds of the 95 % interval.
    public var interval: ClosedRange<Double>?
    /// What this row's value is from the best's of its subtask, on the same trajectories; nil where nothing can be
    /// compared.
    public var difference: PairedDifference?
    /// Trajectories that were judged.
    public var count = 0
    /// Spent on predictions, loading of weights apart.
    public var seconds: Double?
    /// Why the model failed.
    public var error: String?
    /// Which diffusion models were taken for which; nil for exponents.
    public var confusion: ConfusionMatrix?
    /// Of each trajectory that was judged, in order: its absolute error, or 1 where the diffusion model was right and 0
    /// where not. Empty for scores from elsewhere.
    public var scores: [Double] = []
    /// For exponents of calibrated methods: the share of true ones that lay in the stated intervals.
    public var coverage: [Estimate.Coverage: Double]?
    /// For exponents of calibrated methods: the mean width of the stated 95 % intervals.
    public var width: Double?
    /// Stated probabilities beside what was right; nil for exponents.
    public var reliability: Reliability?

    /// A row without a score yet.
    public init(model: String, subtask: Subtask) {
      self.model = model
      self.subtask = subtask
    }
  }
}
