import Diffusion
import LayerGraph
import ModelZoo

/// UPV-MAT: two convolutions and bidirectional LSTM layers on positions, a net for each range of lengths.
///
/// - Source: Garibo-i-Orts, Baeza-Bosca, Garcia-March and Conejero (2021), "Efficient recurrent neural network methods
///   for anomalously diffusing single particle short and noisy trajectories", J. Phys. A: Math. Theor. 54 504002, and
///   their published models.
public struct UPVMAT: PublishedNets {
  /// Hyper-parameters.
  public struct Configuration: Codable, Sendable, Equatable {
    /// Points that enter; zeros stand in front of shorter trajectories, and of longer ones the last points are read.
    public var points = 20
    /// Channels that each of the two convolutions gives.
    public var filters = 64
    /// Points that each convolution sees at once.
    public var kernelSize = 8
    /// Units of each direction of each LSTM layer.
    public var units = 32
    /// The share of numbers set to zero behind each LSTM layer but the last, 0 to 1; in training only.
    public var dropout: Float = 0.1
    /// Whether the x axis alone is read, as by the published nets for exponents in 2D and 3D.
    public var readsFirstAxis = false

    /// The defaults: nets for up to 20 points, on all axes.
    public init() {}
  }

  public var configuration: Configuration

  /// - Parameter configuration: hyper-parameters; those for up to 20 points by default.
  public init(configuration: Configuration = Configuration()) { self.configuration = configuration }
  public func with(configuration: Configuration) -> UPVMAT { UPVMAT(configuration: configuration) }

  public var card: Card {
    Card(
      id: "upv-mat", title: "UPV-MAT",
      summary: "Two convolutions and bidirectional LSTM layers on the positions, with zeros in front of short ones.",
      reference: "Garibo-i-Orts O, Baeza-Bosca A, Garcia-March M A and Conejero J A (2021) J. Phys. A: Math. Theor. 54 "
        + "504002, doi:10.1088/1751-8121/ac3707",
      weightsLicence: "Apache-2.0, published by the authors; not shipped: zoo import upv-mat FOLDER",
      lengths: 10...20_000)
  }

  private var trajectoryInput: TrajectoryInput {
    TrajectoryInput(configuration.readsFirstAxis ? .firstAxis : .positions, rows: configuration.points)
  }
  public func input(_ trajectory: Trajectory) -> Tensor { trajectoryInput.tensor(trajectory) }
  /// Rows that enter the first convolution: `configuration.points`, whatever the trajectory's length.
  public func inputSteps(points: Int) -> Int { trajectoryInput.steps(points: points) }

  /// Two convolutions, two to four bidirectional LSTM layers by task and dimension, and dense layers at the end.
  public func kerasModel(for subtask: Subtask) throws -> KerasModel {
    var convolution = KerasLayer.Convolution(filters: configuration.filters, kernelSize: configuration.kernelSize)
    convolution.activation = .relu
    var layers = [KerasLayer("conv1d", .convolution(convolution)), KerasLayer("conv1d_1", .convolution(convolution))]
    // Layers whose sequences are handed on, each with a dropout behind.
    let inner = subtask.task == .exponent ? 3 : subtask.dimension == 1 ? 1 : 2
    for index in 0...inner {
      var recurrence = KerasLayer.Recurrence(units: configuration.units)
      recurrence.returnsSequences = index < inner
      let number = index == 0 ? "" : "_\(index)"
      layers.append(KerasLayer("bidirectional" + number, .bidirectional(recurrence, merge: .concat)))
      if index < inner { layers.append(KerasLayer("dropout" + number, .dropout(rate: configuration.dropout))) }
    }
    switch (subtask.task, subtask.dimension) {
    case (.exponent, _): layers.append(KerasLayer("dense", .dense(units: 1, activation: .linear, hasBias: true)))
    case (.model, 1): layers.append(KerasLayer("dense", .dense(units: 5, activation: .softmax, hasBias: true)))
    case (.model, _):
      layers.append(KerasLayer("dense", .dense(units: 40, activation: .relu, hasBias: true)))
      layers.append(KerasLayer("dense_1", .dense(units: 5, activation: .softmax, hasBias: true)))
    }
    return KerasModel(
      inputChannels: trajectoryInput.channels(dimension: subtask.dimension), inputSteps: configuration.points,
      layers: layers)
  }

  // MARK: What the authors publish

  /// The authors' repository.
  public var publishedSource: String { "the repository OscarGariboiOrts/ANDI_Challenge on GitHub" }
  /// Zeros stand in front of short trajectories; exponents stay as they are (w is 1).
  public var publishedServing: Serving { Serving(policy: .zeros, rectification: 1) }

  private static let edges = [10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 600, 800, 1000]

  /// For exponents twelve files by range of lengths, of the same names in each dimension; for models one a dimension.
  public var publishedNets: [PublishedNet] {
    (1...3).flatMap { dimension in
      zip(Self.edges, Self.edges.dropFirst()).map { low, high in
        PublishedNet(
          file: "task1_len_\(low)_\(high).h5", subtask: Subtask(task: .exponent, dimension: dimension),
          lengths: low...high)
      }
    }
      + (1...3).map {
        PublishedNet(file: "task2_dim\($0).h5", subtask: Subtask(task: .model, dimension: $0), lengths: 10...1000)
      }
  }

  /// UPV-MAT with the points that the file's input has, and the first axis alone for exponents in 2D and 3D.
  public func configured(for net: PublishedNet, reading model: KerasModel) -> UPVMAT {
    var network = self
    network.configuration.points = model.inputSteps ?? net.lengths.upperBound
    network.configuration.readsFirstAxis = net.subtask.task == .exponent && net.subtask.dimension > 1
    return network
  }
}
