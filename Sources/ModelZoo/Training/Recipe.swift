import Diffusion
import LayerGraph
import Yams

/// All that a training run is decided by: the same recipe gives the same weights.
public struct Recipe: Codable, Sendable, Equatable {
  /// The id of the architecture.
  public var architecture = "wadnet"
  /// What is to be learnt.
  public var task = ChallengeTask.exponent
  /// 1, 2 or 3.
  public var dimension = 1
  /// Hyper-parameters that differ from the architecture's own.
  public var configuration: [String: Setting] = [:]
  /// What all random numbers derive from.
  public var seed: UInt64 = 1
  /// Trajectories to be seen in all.
  public var budget = 3_000_000
  /// Points of the trajectories.
  public var lengths = Lengths()
  /// Trajectories in a batch.
  public var batch = Batch()
  /// What is made small.
  public var loss = LossChoice()
  /// How gradients change parameters.
  public var optimizer = OptimizerChoice()
  /// How the learning rate goes.
  public var schedule = ScheduleChoice()
  /// Largest norm of all gradients together; 0 for none.
  public var clipping = 1.0
  /// Decay of the moving average of the weights; 0 for none.
  public var average = 0.999
  /// How often a simulated trajectory is used, each time with another cut, noise and signs.
  public var reuse = 8
  /// How the run is judged.
  public var validation = Validation()
  /// Parts that a batch is cut into, fewer where it is small: as many as there may be ranks. Another number gives other
  /// roundings.
  public var shards = TrainingPlan.usualShards
  /// Labelled trajectories to learn from; empty for simulations as it goes.
  public var data = DataChoice()
  /// A checkpoint whose parameters training starts from, where names and shapes fit; empty for none.
  public var start = ""
  /// Equal parts of a trajectory after each of which a recurrent network's answer is judged in training; 1 for its end
  /// alone. Answers that are wanted early teach long memory sooner.
  public var prefixes = 1
  /// Bits of stored parameters.
  public var precision = Checkpoint.Precision.float32

  /// The defaults: WADNet, the exponent, one dimension.
  public init() {}

  /// A file or folder of labelled trajectories, or a simulated set of fixed size, of which a fifth, or one of `folds` parts, is held back for validation.
  public struct DataChoice: Codable, Sendable, Equatable {
    /// As `TrajectoryFile.open` takes it; empty for none.
    public var path = ""
    /// The reference file of an AnDi text file; empty for the one beside it.
    public var reference = ""
    /// Trajectories of a simulated set that never grows, in place of new ones as it goes; 0 for none. Its length is the
    /// one of `lengths.list`.
    public var count = 0
    /// Parts in K-fold training; 0 for a split of 80 to 20.
    public var folds = 0
    /// The part that is held back, from 1.
    public var fold = 0
  }

  /// Points of the trajectories in a batch, which all have the same length.
  public struct Lengths: Codable, Sendable, Equatable {
    /// The shortest.
    public var from = 10
    /// The longest.
    public var to = 999
    /// The density of a batch's length falls as length to the minus this.
    public var power = 0.5
    /// Share of the budget over which the longest length grows to `to`.
    public var growth = 0.1
    /// These lengths only, equally likely; empty for the range.
    public var list: [Int] = []
  }

  /// Trajectories in a batch: `points` over the length, within `least` and `most`.
  public struct Batch: Codable, Sendable, Equatable {
    /// Points in a batch, whatever their length.
    public var points = 32_000
    /// Trajectories in a batch, at least.
    public var least = 32
    /// Trajectories in a batch, at most.
    public var most = 512
  }

  /// mse, mae or huber for exponents; cross-entropy for models. Empty: huber or cross-entropy.
  public struct LossChoice: Codable, Sendable, Equatable {
    /// mse, mae, huber or cross-entropy; empty for the task's own.
    public var kind = ""
    /// Where huber turns from square to linear.
    public var delta = 0.1
    /// Label smoothing.
    public var smoothing = 0.0
  }

  /// An optimiser and its constants; each reads those that it has.
  public struct OptimizerChoice: Codable, Sendable, Equatable {
    /// sgd, adam or adamw.
    public var kind = "adamw"
    /// Of sgd: share of the velocity that stays from step to step.
    public var momentum = 0.9
    /// Of adam and adamw: decay of the first moment.
    public var beta1 = 0.9
    /// Of adam and adamw: decay of the second moment.
    public var beta2 = 0.99
    /// Of adam and adamw: added to the root of the second moment.
    public var epsilon = 1e-8
    /// Of adamw: share of a parameter that goes in a step, times the rate.
    public var weightDecay = 1e-4
  }

  /// A schedule of the learning rate.
  public struct ScheduleChoice: Codable, Sendable, Equatable {
    /// cosine, trapezoid, or plateau for the paper's.
    public var kind = "cosine"
    /// The largest learning rate.
    public var rate = 2e-3
    /// Share of the budget over which the rate rises.
    public var warmUp = 0.02
    /// Of trapezoid: share of the budget over which the rate falls, at its end.
    public var coolDown = 0.2
    /// The last rate, as a share of the first.
    public var floor = 0.005

    /// The rate when `progress` (0 ... 1) of the budget is used; the plateau schedule has its own account.
    func rate(at progress: Double) -> Double {
      kind == "trapezoid"
        ? TrapezoidSchedule(peak: rate, floor: floor, warmUp: warmUp, coolDown: coolDown).rate(at: progress)
        : CosineSchedule(peak: rate, floor: floor, warmUp: warmUp).rate(at: progress)
    }
  }

  /// Simulated trajectories that the weights are judged by during the run.
  public struct Validation: Codable, Sendable, Equatable {
    /// How many; they are the same at each validation.
    public var count = 2000
    /// Trajectories seen between two validations; an epoch, for the plateau schedule.
    public var every = 100_000
    /// What their random numbers derive from; training never sees these.
    public var seed: UInt64 = 20_210_901
  }
}

extension Recipe {
  /// Task and dimension together.
  public var subtask: Subtask { Subtask(task: task, dimension: dimension) }

  /// Reads a recipe: a YAML text, in which what is not named keeps its default.
  /// - Parameters:
  ///   - text: YAML lines; what they leave out has a default.
  ///   - assignments: `name=value` or `name.part=value`, which win over the text.
  /// - Throws: `SettingsError`.
  public init(yaml text: String = "", assignments: [String] = []) throws {
    var names = try Settings.names(inYAML: text, of: "the recipe")
    for assignment in assignments { names = Settings.joined(names, try Settings.names(inAssignment: assignment)) }
    // The decoder's own words for it name no member.
    if let seed = names["seed"] as? Int, seed < 0 {
      throw SettingsError.value(owner: "the recipe", reason: "seed must be 0 or more, not \(seed)")
    }
    self = try Settings.changed(Recipe(), by: names, of: "the recipe")
    try check()
  }

  /// The whole recipe as YAML, defaults included.
  public var yaml: String {
    let encoder = YAMLEncoder()
    encoder.options.sortKeys = true
    return (try? encoder.encode(self)) ?? ""
  }
}
