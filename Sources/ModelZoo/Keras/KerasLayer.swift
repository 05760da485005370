import LayerGraph

/// A layer as Keras describes it: a name, a kind and its options.
public struct KerasLayer: Sendable, Codable, Equatable {
  /// Unique in its model; the scope of its parameters.
  public var name: String
  /// What it computes, with its options.
  public var kind: Kind

  /// - Parameters:
  ///   - name: unique in the model.
  ///   - kind: what the layer computes.
  public init(_ name: String, _ kind: Kind) {
    self.name = name
    self.kind = kind
  }

  /// Options of one LSTM layer.
  public struct Recurrence: Sendable, Codable, Equatable {
    /// Numbers in the state, and in what is handed on, of one direction.
    public var units: Int
    /// For the candidate and the cell's output; tanh by default, as in Keras.
    public var activation = KerasActivation.tanh
    /// For the three gates; sigmoid by default, as in Keras.
    public var recurrentActivation = KerasActivation.sigmoid
    /// Whether the four sums before the activations have a bias.
    public var hasBias = true
    /// Whether all steps are handed on, or the last one alone.
    public var returnsSequences = false
    /// Whether time is read from its end; what is handed on stays in that order.
    public var goesBackwards = false

    /// Keras's defaults for this many units: tanh and sigmoid, with bias, the last step alone, forwards.
    public init(units: Int) { self.units = units }
  }

  /// How the two directions of a bidirectional layer become one result.
  public enum Merge: String, Sendable, Codable, CaseIterable {
    /// Keras's names: side by side (twice the units), or number by number the sum, the product or the mean.
    case concat, sum, mul, ave
  }

  /// What the layer computes.
  public enum Kind: Sendable, Codable, Equatable {
    /// A linear map of each step's channels to `units`, then the activation.
    case dense(units: Int, activation: KerasActivation, hasBias: Bool)
    /// A convolution over time, with its activation.
    case convolution(Convolution)
    /// An LSTM layer that reads in one direction.
    case lstm(Recurrence)
    /// Two LSTM layers of the same options, one in each direction, and how their results are joined.
    case bidirectional(Recurrence, merge: Merge)
    /// Normalisation of each channel by running statistics; without scale it is 1, without shift 0.
    case batchNormalization(epsilon: Float, hasScale: Bool, hasShift: Bool)
    /// Normalisation over the channels of each step; without scale it is 1, without shift 0.
    case layerNormalization(epsilon: Float, hasScale: Bool, hasShift: Bool)
    /// Numbers set to zero with probability `rate`, 0 to 1, in training only.
    case dropout(rate: Float)
    /// An activation as a layer of its own.
    case activation(KerasActivation)
    /// The mean over all steps: one number for each channel.
    case globalAveragePooling
  }

  /// Options of a convolution over time.
  public struct Convolution: Sendable, Codable, Equatable {
    /// Channels that come out.
    public var filters: Int
    /// Steps that the kernel touches.
    public var kernelSize: Int
    /// Steps from one result to the next; 1 keeps all.
    public var stride = 1
    /// Steps between the ones that the kernel touches; 1 for neighbours.
    public var dilation = 1
    /// What stands beyond the ends; nothing by default, so that the length shrinks.
    public var padding = Padding.valid
    /// Applied to the result; none by default.
    public var activation = KerasActivation.linear
    /// Whether each filter adds a number of its own.
    public var hasBias = true

    /// Keras's defaults: stride and dilation 1, no padding, no activation, with bias.
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
