import Diffusion
import ModelZoo
import Plotting

/// A page with every result figure of the WADNet paper, for several methods side by side.
///
/// - Source: figures as in Li, Yao and Huang (2021), Figures 3 to 9; calibration as in Guo et al. (2017).
public struct EvaluationReport: Sendable {
  /// The lowest-scoring trajectories of a model, with what was said.
  public struct Worst: Sendable {
    /// The method that was wrong about them.
    public let model: String
    /// The question and the dimension that were asked about.
    public let subtask: Subtask
    /// Worst first, each with what is known of it, its points and the answer.
    public let items: [(facts: EvaluationRecords.Facts, trajectory: Trajectory, prediction: Prediction)]

    /// The worst trajectories of one method in one subtask.
    public init(
      model: String, subtask: Subtask,
      items: [(facts: EvaluationRecords.Facts, trajectory: Trajectory, prediction: Prediction)]
    ) {
      self.model = model
      self.subtask = subtask
      self.items = items
    }
  }

  /// Feature vectors of trajectories of one length in two dimensions.
  public struct Projection: Sendable {
    /// The method whose network gave the features.
    public let model: String
    /// The task that the network answers, and the dimension of the trajectories.
    public let subtask: Subtask
    /// Points of each trajectory.
    public let length: Int
    /// Where the features of each trajectory lie in the plane; axes have no unit.
    public let places: [SIMD2<Float>]
    /// Of each place.
    public let models: [DiffusionModel]

    /// Places with the models that generated their trajectories.
    ///
    /// - Precondition: there are as many places as models.
    public init(
      model: String, subtask: Subtask, length: Int, places: [SIMD2<Float>], models: [DiffusionModel]
    ) {
      precondition(places.count == models.count, "\(places.count) places for \(models.count) models")
      self.model = model
      self.subtask = subtask
      self.length = length
      self.places = places
      self.models = models
    }
  }

  /// The best validation metric of weights that were trained at one length.
  public struct LengthScore: Sendable, Equatable {
    /// The method that the weights belong to.
    public let model: String
    /// The task and the dimension that they were trained for.
    public let subtask: Subtask
    /// Points of the trajectories that they were trained with.
    public let length: Int
    /// Mean absolute error of the exponent (lower is better), or micro-F1 within 0...1 (higher is better).
    public let score: Double

    /// The score of the weights for one length.
    public init(model: String, subtask: Subtask, length: Int, score: Double) {
      self.model = model
      self.subtask = subtask
      self.length = length
      self.score = score
    }
  }

  /// Where the trajectories came from.
  public var data: String
  /// One for each subtask.
  public var cells: [EvaluationRecords]
  /// Scores from elsewhere.
  public var published: [Evaluation.Row] = []
  /// Courses of training runs.
  public var curves: [TrainingCurve] = []
  /// Scores of networks for single lengths; empty where no method has them.
  public var lengthScores: [LengthScore] = []
  /// One for each method and subtask whose trajectories are drawn.
  public var worst: [Worst] = []
  /// Features in the plane, a panel each; where empty, `projectionNote` says why.
  public var projections: [Projection] = []
  /// Why there are no projections, as a sentence.
  public var projectionNote = "No network's features were projected."

  /// A report on evaluated subtasks; all other parts are empty until they are set.
  public init(data: String, cells: [EvaluationRecords]) {
    self.data = data
    self.cells = cells
  }

  /// The page.
  public var page: Page {
    Page(
      title: "How well diffusion is characterised",
      lead: [
        "Data: \(data). Methods: \(names.joined(separator: ", ")). All of them saw the same trajectories.",
        "Intervals hold the score with a probability of 95 % (bootstrap over trajectories). "
          + "Figure numbers are those of Li, Yao and Huang (2021).",
      ],
      summaries: ChallengeTask.allCases.compactMap(summary),
      sections: [
        Page.Section(id: "scores", title: "Scores", figures: leaderboard),
        Page.Section(id: "exponent", title: "Anomalous exponent", figures: exponentFigures),
        Page.Section(id: "model", title: "Diffusion model", figures: modelFigures),
        Page.Section(id: "calibration", title: "Calibration", figures: calibration),
        Page.Section(id: "features", title: "Features", figures: [features]),
        Page.Section(id: "worst", title: "Worst trajectories", figures: worstFigures),
        Page.Section(id: "time", title: "Time", figures: [time]),
        Page.Section(id: "training", title: "Training", figures: training),
      ])
  }

  // MARK: What figures share

  /// Methods in the order of rows.
  var names: [String] {
    var seen: Set<String> = []
    return cells.flatMap { $0.rows.map(\.model) }.filter { seen.insert($0).inserted }
  }

  /// Which colour and marker a method has on the whole page.
  func style(_ name: String) -> Int { names.firstIndex(of: name) ?? Self.publishedStyle }
  static let publishedStyle = 6

  /// Cells of a task.
  func cells(_ task: ChallengeTask) -> [EvaluationRecords] { cells.filter { $0.subtask.task == task } }

  /// Methods of a cell with predictions.
  func answered(_ cell: EvaluationRecords) -> [(index: Int, row: Evaluation.Row)] {
    cell.rows.enumerated().filter { !cell.predictions(row: $0.offset).isEmpty && $0.element.value != nil }
      .map { ($0.offset, $0.element) }
  }

  /// Panels in a row where each method has one for each dimension: a row a dimension.
  func columns(_ task: ChallengeTask) -> Int? {
    let counts = Set(cells(task).map { answered($0).count })
    return counts == [2] ? 2 : nil
  }

  /// What a panel without data says.
  func absence(_ task: ChallengeTask) -> Page.Panel {
    .absent(
      task == .exponent ? "Anomalous exponent" : "Diffusion model",
      reason: cells(task).isEmpty
        ? "This task was not evaluated." : "No method answered it, or no trajectory has a label for it.")
  }
}

extension ChallengeTask {
  var metric: String { self == .exponent ? "MAE" : "F1" }
  var metricName: String { self == .exponent ? "mean absolute error" : "micro-F1" }
}

extension Subtask {
  /// For a heading: "Exponent, 2D".
  var title: String { "\(task == .exponent ? "Exponent" : "Model"), \(dimension)D" }
}
