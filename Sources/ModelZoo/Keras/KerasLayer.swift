import LayerGraph

/// A layer as Keras describes it: a name, a kind and its options.
public struct KerasLayer: Sendable, Codable, Equatable {
  /// Unique in its model; the scope of its parameters.
  public var name: String
  public var kind: Kind

  public init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// Options of one LSTM layer.
  public struct Recurrence: Sendable, Codable, Equatable {
    public var units: Int
    public var activation = KerasActivation.tanh
    public var recurrentActivation = KerasActivation.sigmoid
    public var hasBias = true
    /// Whether all steps are handed on, or the last one alone.
    public var returnsSequences = false
    /// Whether time is read from its end; what is handed on stays in that order.
    public var goesBackwards = false

    public init(units: Int) { self.units = units }
  }

  /// How the two directions of a bidirectional layer become one result.
  public enum Merge: String, Sendable, Codable, CaseIterable {
    case concat, sum, mul, ave
  }

  /// What the layer computes.
  public enum Kind: Sendable, Codable, Equatable {
    case dense(units: Int, activation: KerasActivation, hasBias: Bool)
    case convolution(Convolution)
    case lstm(Recurrence)
    case bidirectional(Recurrence, merge: Merge)
    case batchNormalization(epsilon: Float, hasScale: Bool, hasShift: Bool)
    case layerNormalization(epsilon: Float, hasScale: Bool, hasShift: Bool)
    case dropout(rate: Float)
    case activation(KerasActivation)
    case globalAveragePooling
  }

  /// Options of a convolution over time.
  public struct Convolution: Sendable, Codable, Equatable {
    public var filters: Int
    public var kernelSize: Int
    public var stride = 1
    public var dilation = 1
    public var padding = Padding.valid
    public var activation = KerasActivation.linear
    public var hasBias = true

    public init(filters: Int, kernelSize: Int) {
      self.filters = filters
      self.kernelSize = kernelSize
    }
  }

  /// Keras's classes that there is something for.
  public static let supported = [
    "InputLayer", "Conv1D", "Dense", "LSTM", "Bidirectional", "BatchNormalization", "LayerNormalization", "Dropout",
    "SpatialDropout1D", "Activation", "ReLU", "Softmax", "GlobalAveragePooling1D",
  ]

  /// Keras's name of the class.
  public var className: String {
    switch kind {
    case .dense: "Dense"
    case .convolution: "Conv1D"
    case .lstm: "LSTM"
    case .bidirectional: "Bidirectional"
    case .batchNormalization: "BatchNormalization"
    case .layerNormalization: "LayerNormalization"
    case .dropout: "Dropout"
    case .activation: "Activation"
    case .globalAveragePooling: "GlobalAveragePooling1D"
    }
  }

  /// The class as Keras 3 writes it in names of groups.
  var snakeName: String {
    switch kind {
    case .dense: "dense"
    case .convolution: "conv1d"
    case .lstm: "lstm"
    case .bidirectional: "bidirectional"
    case .batchNormalization: "batch_normalization"
    case .layerNormalization: "layer_normalization"
    case .dropout: "dropout"
    case .activation: "activation"
    case .globalAveragePooling: "global_average_pooling1d"
    }
  }
}
