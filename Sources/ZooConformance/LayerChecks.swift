import LayerGraph

/// Checks of single layers: those of LayerGraph, and anybody's own.
public enum LayerChecks {
  /// A layer with inputs that it is tried on.
  public struct Case: Sendable, CustomStringConvertible {
    /// What is tried.
    public let layer: any Layer
    /// Shapes for one trajectory, in the layer's order.
    public let inputs: [Shape]

    /// A layer on inputs of these shapes.
    public init(_ layer: any Layer, _ inputs: Shape...) {
      self.layer = layer
      self.inputs = inputs
    }

    public var description: String { "\(layer) on \(inputs)" }
  }

  /// Every layer of LayerGraph, with odd sizes.
  public static let library: [Case] = listed + activations

  /// Activations that have no kernel of their own.
  private static let activations = Activation.Function.allCases.dropFirst(3).map {
    Case(Activation($0), .sequence(steps: 4, channels: 5))
  }

  private static let listed: [Case] = [
    Case(Conv1D(3, to: 5, kernelSize: 3), .sequence(steps: 7, channels: 3)),
    Case(Conv1D(2, to: 17, kernelSize: 5, dilation: 2, padding: .causal), .sequence(steps: 9, channels: 2)),
    Case(Conv1D(4, to: 3, kernelSize: 2, padding: .valid, hasBias: false), .sequence(steps: 6, channels: 4)),
    Case(GatedConvolution(3, to: 4, kernelSize: 3, dilation: 2), .sequence(steps: 8, channels: 3)),
    Case(GatedConvolution(4, to: 17, kernelSize: 2, dilation: 16, padding: .causal), .sequence(steps: 5, channels: 4)),
    Case(Dense(5, to: 3), .vector(channels: 5)),
    Case(Dense(4, to: 17, hasBias: false), .sequence(steps: 3, channels: 4)),
    Case(LSTM(3, hidden: 5), .sequence(steps: 6, channels: 3)),
    Case(LSTM(2, hidden: 4, layers: 2, isBidirectional: true), .sequence(steps: 5, channels: 2)),
    Case(GRU(3, hidden: 6), .sequence(steps: 5, channels: 3)),
    Case(BatchNorm(4), .sequence(steps: 6, channels: 4)),
    Case(BatchNorm(4, isFrozen: true), .sequence(steps: 6, channels: 4)),
    Case(BatchNorm(3, lengths: [4, 8]), .sequence(steps: 6, channels: 3)),
    Case(LayerNorm(5), .sequence(steps: 3, channels: 5)),
    Case(Dropout(0.3), .sequence(steps: 6, channels: 5)),
    Case(Activation(.tanh), .sequence(steps: 4, channels: 5)),
    Case(Activation(.sigmoid), .vector(channels: 7)),
    Case(Activation(.relu), .sequence(steps: 4, channels: 5)),
    Case(Softmax(), .sequence(steps: 3, channels: 5)),
    Case(Sum(), .sequence(steps: 3, channels: 4), .sequence(steps: 3, channels: 4), .sequence(steps: 3, channels: 4)),
    Case(Concatenation(), .sequence(steps: 3, channels: 2), .sequence(steps: 3, channels: 5)),
    Case(LastStep(), .sequence(steps: 5, channels: 4)),
    Case(EvenSteps(3), .sequence(steps: 7, channels: 4)),
    Case(EvenSteps(4), .sequence(steps: 2, channels: 3)),
    Case(GlobalAveragePooling(), .sequence(steps: 5, channels: 4)),
    Case(ActivatedLSTM(3, hidden: 5, activation: .softsign), .sequence(steps: 6, channels: 3)),
    Case(ActivatedLSTM(2, hidden: 3, gateActivation: .hardSigmoid, hasBias: false), .sequence(steps: 5, channels: 2)),
    Case(Subsampling(stride: 2), .sequence(steps: 7, channels: 3)),
    Case(Subsampling(stride: 3, reach: 4), .sequence(steps: 8, channels: 2)),
    Case(TimeReversal(), .sequence(steps: 5, channels: 3)),
    Case(Multiplication(), .sequence(steps: 3, channels: 4), .sequence(steps: 3, channels: 4)),
    Case(Average(), .vector(channels: 5), .vector(channels: 5)),
  ]

  /// The result has the shape that the layer promises, and gradients are differences, in every instruction set.
  public static func results(of item: Case) -> [CheckResult] {
    KernelTable.available.map { table in
      check("gradients are central differences (\(table))", "\(item)") {
        let deviations = try GradientCheck.deviations(of: item.layer, inputs: item.inputs, table: table)
        try require(deviations.isEmpty, deviations.map(\.description).joined(separator: "; "))
      }
    }
  }
}
