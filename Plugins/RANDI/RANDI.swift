import Diffusion
import LayerGraph
import ModelZoo

/// RANDI: two LSTM layers on standardised displacements, a net for each of several lengths.
///
/// - Source: Argun, Volpe and Bo (2021), "Classification, inference and segmentation of anomalous diffusion with recurrent
///   neural networks", J. Phys. A: Math. Theor. 54 294003, section 3, and their published code.
public struct RANDI: PublishedNets {
  /// Hyper-parameters; the published ones are the defaults.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Displacements that enter the first layer together; 1, 2 or 4 in the published nets.
    public var stepsPerBlock = 1
    /// Units of the first LSTM layer.
    public var firstUnits = 250
    /// Units of the second, whose last step is read.
    public var secondUnits = 50
    /// Units of the linear layer in front of the classes.
    public var denseUnits = 20

    /// The defaults: the published sizes, one displacement at a time.
    public init() {}
  }

  public var configuration: Configuration

  /// - Parameter configuration: hyper-parameters; the published ones by default.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> RANDI { RANDI(configuration: configuration) }

  public var card: Card {
    Card(
      id: "randi", title: "RANDI",
      summary: "Two LSTM layers on standardised displacements; answers of the two nets nearest in length are mixed.",
      reference: "Argun A, Volpe G and Bo S (2021) J. Phys. A: Math. Theor. 54 294003, doi:10.1088/1751-8121/ac070a",
      weightsLicence: "MIT, published by the authors; not shipped: zoo import randi FOLDER",
      // Ten points give a block of every published size.
      lengths: 10...20_000, invariances: [.shift, .scale])
  }

  private var trajectoryInput: TrajectoryInput {
    TrajectoryInput(.standardisedDisplacements, stepsPerBlock: configuration.stepsPerBlock)
  }
  public func input(_ trajectory: Trajectory) -> Tensor { trajectoryInput.tensor(trajectory) }
  /// Blocks of `stepsPerBlock` displacements in a trajectory of this many points.
  public func inputSteps(points: Int) -> Int { trajectoryInput.steps(points: points) }

  /// Two LSTM layers and a linear output for exponents; for models a linear layer and a softmax behind them.
  public func kerasModel(for subtask: Subtask) throws -> KerasModel {
    var first = KerasLayer.Recurrence(units: configuration.firstUnits)
    first.returnsSequences = true
    let second = KerasLayer.Recurrence(units: configuration.secondUnits)
    var layers = [KerasLayer("lstm", .lstm(first)), KerasLayer("lstm_1", .lstm(second))]
    switch subtask.task {
    case .exponent: layers.append(KerasLayer("dense", .dense(units: 1, activation: .linear, hasBias: true)))
    case .model:
      layers.append(KerasLayer("dense", .dense(units: configuration.denseUnits, activation: .linear, hasBias: true)))
      layers.append(KerasLayer("dense_1", .dense(units: subtask.outputs, activation: .softmax, hasBias: true)))
    }
    return KerasModel(inputChannels: trajectoryInput.channels(dimension: subtask.dimension), layers: layers)
  }

  // MARK: What the authors publish

  /// The authors' repository.
  public var publishedSource: String { "the repository argunaykut/randi on GitHub" }
  /// Answers of the two nets nearest in length are mixed; exponents stay as they are (w is 1).
  public var publishedServing: Serving { Serving(policy: .mix, rectification: 1) }

  /// Training lengths by task and dimension.
  private static let lengths: [(subtask: Subtask, lengths: [Int])] = [
    (Subtask(task: .exponent, dimension: 1), [25, 50, 65, 75, 125, 165, 225, 325, 425, 525, 625, 725, 825, 925]),
    (Subtask(task: .exponent, dimension: 2), [25, 65, 125, 225, 325, 425, 525, 725, 925]),
    (Subtask(task: .exponent, dimension: 3), [25, 65, 125, 225, 525, 925]),
    (Subtask(task: .model, dimension: 1), [25, 65, 125, 225, 425, 825]),
    (Subtask(task: .model, dimension: 2), [25, 65, 125, 225, 425]),
    (Subtask(task: .model, dimension: 3), [25, 65, 125, 225, 425]),
  ]

  /// One file for each task, dimension and training length, 45 in all.
  public var publishedNets: [PublishedNet] {
    Self.lengths.flatMap { subtask, lengths in
      lengths.map { length in
        let kind = subtask.task == .exponent ? "inference" : "classification"
        return PublishedNet(
          file: "\(kind)_\(subtask.dimension)D_\(length).h5", subtask: subtask, lengths: length...length)
      }
    }
  }

  /// RANDI with the block size that the file's input asks for: its channels over the dimension, 1 at least.
  public func configured(for net: PublishedNet, reading model: KerasModel) -> RANDI {
    var network = self
    network.configuration.stepsPerBlock = max(1, model.inputChannels / net.subtask.dimension)
    return network
  }
}
