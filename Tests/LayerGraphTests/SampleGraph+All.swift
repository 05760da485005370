import LayerGraph

extension SampleGraph {
  static let all: [SampleGraph] = {
    do {
      return try [
        skips(), sharedLayers(), wall(), wallFirst(), walls(), concatenation(), gru(), lstm(), bidirectionalLSTM(),
        normalisedPooling(), dilatedTaps(), gatedTower(), frozenWall(), recurrentBetweenWalls(), usedTwice(),
        classifier(), dropout(), sideBranches(), earlyValues(), sumsOfSums(),
      ]
    } catch {
      preconditionFailure("a sample graph is wrong: \(error)")
    }
  }()

  static let smooth = all.filter { $0.name != "dropout" }
  static let withoutBatchStatistics = all.filter(\.isTheSameInTraining)

  private static func skips() throws -> SampleGraph {
    try SampleGraph("skips") { graph in
      let a = try graph.add(Conv1D(2, to: 5, kernelSize: 3), as: "a", to: graph.input)
      let b = try graph.add(Activation(.tanh), as: "b", to: a)
      let c = try graph.add(Conv1D(5, to: 5, kernelSize: 2, padding: .causal), as: "c", to: b)
      let sum = try graph.add(Sum(), as: "sum", to: a, b, c)
      let last = try graph.add(LastStep(), as: "last", to: sum)
      return try graph.add(Dense(5, to: 2), as: "head", to: last)
    }
  }

  /// Sums that hand one gradient to several values, twice to the same one, and across a wall.
  private static func sumsOfSums() throws -> SampleGraph {
    try SampleGraph("sums of sums", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 4, kernelSize: 3), as: "a", to: graph.input)
      let b = try graph.add(Conv1D(4, to: 4, kernelSize: 3), as: "b", to: a)
      let twice = try graph.add(Sum(), as: "twice", to: b, a, b)
      let c = try graph.add(Activation(.tanh), as: "c", to: twice)
      let kept = try graph.add(Dropout(0), as: "kept", to: twice)
      let sum = try graph.add(Sum(), as: "sum", to: kept, a, c, twice)
      let norm = try graph.add(BatchNorm(4), as: "norm", to: sum)
      let both = try graph.add(Sum(), as: "both", to: norm, sum)
      let alone = try graph.add(Sum(), as: "alone", to: both)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: alone)
      return try graph.add(Dense(4, to: 2), as: "head", to: pooled)
    }
  }

  /// One layer at three places, two of them on sequences of another length.
  private static func sharedLayers() throws -> SampleGraph {
    try SampleGraph("shared layers") { graph in
      let lift = try graph.add(Conv1D(2, to: 4, kernelSize: 1), as: "lift", to: graph.input)
      let a = try graph.add(Conv1D(4, to: 4, kernelSize: 3), as: "a", to: lift, scope: "mix")
      let b = try graph.add(Conv1D(4, to: 4, kernelSize: 3, padding: .valid), as: "b", to: a, scope: "mix")
      let c = try graph.add(
        Conv1D(4, to: 4, kernelSize: 3, dilation: 2, padding: .causal), as: "c", to: b, scope: "mix")
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: c)
      let first = try graph.add(Dense(4, to: 4), as: "first", to: pooled, scope: "dense")
      let second = try graph.add(Activation(.sigmoid), as: "second", to: first)
      return try graph.add(Dense(4, to: 4), as: "third", to: second, scope: "dense")
    }
  }

  private static func wall() throws -> SampleGraph {
    try SampleGraph("one wall", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 6, kernelSize: 3), as: "a", to: graph.input)
      let normal = try graph.add(BatchNorm(6), as: "norm", to: a)
      let active = try graph.add(Activation(.tanh), as: "tanh", to: normal)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: active)
      return try graph.add(Dense(6, to: 1), as: "head", to: pooled)
    }
  }

  private static func wallFirst() throws -> SampleGraph {
    try SampleGraph("a wall at both ends", loss: .huber(delta: 0.5), isTheSameInTraining: false) { graph in
      let normal = try graph.add(BatchNorm(2), as: "norm", to: graph.input)
      let a = try graph.add(Conv1D(2, to: 3, kernelSize: 3), as: "a", to: normal)
      let last = try graph.add(LastStep(), as: "last", to: a)
      return try graph.add(BatchNorm(3), as: "norm2", to: last)
    }
  }

  /// Walls one behind the other and beside each other, with values that pass several of them.
  private static func walls() throws -> SampleGraph {
    try SampleGraph("several walls", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 4, kernelSize: 3), as: "a", to: graph.input)
      let n1 = try graph.add(BatchNorm(4), as: "n1", to: a)
      let b = try graph.add(Activation(.sigmoid), as: "b", to: n1)
      let n2 = try graph.add(BatchNorm(4), as: "n2", to: a)
      let c = try graph.add(Conv1D(4, to: 4, kernelSize: 3, dilation: 2), as: "c", to: b)
      let sum = try graph.add(Sum(), as: "sum", to: a, c, n2)
      let n3 = try graph.add(BatchNorm(4), as: "n3", to: sum)
      let d = try graph.add(Activation(.tanh), as: "d", to: n3)
      let skip = try graph.add(Concatenation(), as: "skip", to: d, a, b)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: skip)
      let e = try graph.add(Dense(12, to: 5), as: "e", to: pooled)
      let n4 = try graph.add(BatchNorm(5), as: "n4", to: e)
      return try graph.add(Dense(5, to: 2), as: "head", to: n4)
    }
  }

  private static func concatenation() throws -> SampleGraph {
    try SampleGraph("concatenation") { graph in
      let a = try graph.add(Conv1D(2, to: 3, kernelSize: 2), as: "a", to: graph.input)
      let b = try graph.add(Dense(2, to: 4), as: "b", to: graph.input)
      let joined = try graph.add(Concatenation(), as: "joined", to: b, a, graph.input, a)
      let last = try graph.add(LastStep(), as: "last", to: joined)
      let mean = try graph.add(GlobalAveragePooling(), as: "mean", to: joined)
      let both = try graph.add(Concatenation(), as: "both", to: last, mean)
      return try graph.add(Dense(24, to: 3), as: "head", to: both)
    }
  }

  private static func gru() throws -> SampleGraph {
    try SampleGraph("GRU") { graph in
      let a = try graph.add(Dense(2, to: 3), as: "a", to: graph.input)
      let r = try graph.add(GRU(3, hidden: 5), as: "gru", to: a)
      let c = try graph.add(Conv1D(5, to: 4, kernelSize: 3), as: "c", to: r)
      let last = try graph.add(LastStep(), as: "last", to: c)
      return try graph.add(Dense(4, to: 2), as: "head", to: last)
    }
  }

  private static func lstm() throws -> SampleGraph {
    try SampleGraph("stacked LSTM", loss: .meanAbsoluteError) { graph in
      let r = try graph.add(LSTM(2, hidden: 4, layers: 3, forgetBias: 1), as: "lstm", to: graph.input)
      let last = try graph.add(LastStep(), as: "last", to: r)
      return try graph.add(Dense(4, to: 1), as: "head", to: last)
    }
  }

  private static func bidirectionalLSTM() throws -> SampleGraph {
    try SampleGraph("bidirectional LSTM") { graph in
      let a = try graph.add(Conv1D(2, to: 3, kernelSize: 3), as: "a", to: graph.input)
      let r = try graph.add(LSTM(3, hidden: 4, layers: 2, isBidirectional: true), as: "lstm", to: a)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: r)
      return try graph.add(Dense(8, to: 2), as: "head", to: pooled)
    }
  }

  private static func normalisedPooling() throws -> SampleGraph {
    try SampleGraph("layer norm and pooling") { graph in
      let a = try graph.add(Conv1D(2, to: 7, kernelSize: 3), as: "a", to: graph.input)
      let normal = try graph.add(LayerNorm(7), as: "norm", to: a)
      let active = try graph.add(Activation(.sigmoid), as: "active", to: normal)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: active)
      let again = try graph.add(LayerNorm(7), as: "again", to: pooled)
      return try graph.add(Dense(7, to: 2), as: "head", to: again)
    }
  }

  /// More taps than one product takes, and taps that never lie inside the trajectory.
  private static func dilatedTaps() throws -> SampleGraph {
    try SampleGraph("many and distant taps", steps: 9) { graph in
      let lift = try graph.add(Dense(2, to: 3), as: "lift", to: graph.input)
      let a = try graph.add(Conv1D(3, to: 3, kernelSize: 19), as: "a", to: lift)
      let b = try graph.add(Conv1D(3, to: 3, kernelSize: 4, dilation: 16, hasBias: false), as: "b", to: a)
      let c = try graph.add(Conv1D(3, to: 3, kernelSize: 9, padding: .valid), as: "c", to: a)
      let last = try graph.add(LastStep(), as: "last", to: b)
      let other = try graph.add(LastStep(), as: "other", to: c)
      let sum = try graph.add(Sum(), as: "sum", to: last, other)
      return try graph.add(Dense(3, to: 1, hasBias: false), as: "head", to: sum)
    }
  }

  /// WADNet in small: gated layers with one shared mixing layer, then LSTMs.
  private static func gatedTower() throws -> SampleGraph {
    try SampleGraph("gated tower", steps: 8) { graph in
      var x = try graph.add(Conv1D(2, to: 4, kernelSize: 1), as: "lift", to: graph.input)
      var skips: [Graph.Value] = []
      for k in 0..<4 {
        let z = try graph.add(
          GatedConvolution(4, to: 4, kernelSize: 3, dilation: 1 << k), as: "gate\(k)", to: x)
        let mixed = try graph.add(Conv1D(4, to: 4, kernelSize: 1), as: "mix\(k)", to: z, scope: "mix")
        skips.append(mixed)
        x = try graph.add(Sum(), as: "sum\(k)", to: x, mixed)
      }
      let total = try graph.add(Sum(), as: "total", to: skips)
      let r = try graph.add(LSTM(4, hidden: 5, layers: 2), as: "lstm", to: total)
      let last = try graph.add(LastStep(), as: "last", to: r)
      return try graph.add(Dense(5, to: 1), as: "head", to: last)
    }
  }

  private static func frozenWall() throws -> SampleGraph {
    try SampleGraph("frozen batch norm") { graph in
      let a = try graph.add(Conv1D(2, to: 4, kernelSize: 3), as: "a", to: graph.input)
      let n = try graph.add(BatchNorm(4, lengths: [4, 16], isFrozen: true), as: "n", to: a)
      let active = try graph.add(Activation(.tanh), as: "active", to: n)
      let m = try graph.add(BatchNorm(4, lengths: [4, 16], isFrozen: true), as: "m", to: active, scope: "n")
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: m)
      return try graph.add(Dense(4, to: 2), as: "head", to: pooled)
    }
  }

  private static func recurrentBetweenWalls() throws -> SampleGraph {
    try SampleGraph("recurrent layers between walls", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 3, kernelSize: 3), as: "a", to: graph.input)
      let n = try graph.add(BatchNorm(3), as: "n", to: a)
      let r = try graph.add(LSTM(3, hidden: 4), as: "lstm", to: n)
      let m = try graph.add(BatchNorm(4), as: "m", to: r)
      let s = try graph.add(GRU(4, hidden: 3), as: "gru", to: m)
      let joined = try graph.add(Concatenation(), as: "joined", to: s, r)
      let last = try graph.add(LastStep(), as: "last", to: joined)
      return try graph.add(Dense(7, to: 1), as: "head", to: last)
    }
  }

  /// The same value twice into one layer.
  private static func usedTwice() throws -> SampleGraph {
    try SampleGraph("a value used twice") { graph in
      let a = try graph.add(Conv1D(2, to: 3, kernelSize: 3), as: "a", to: graph.input)
      let twice = try graph.add(Sum(), as: "twice", to: a, a)
      let joined = try graph.add(Concatenation(), as: "joined", to: twice, a, twice)
      let only = try graph.add(Sum(), as: "only", to: joined)
      let last = try graph.add(LastStep(), as: "last", to: only)
      return try graph.add(Dense(9, to: 2), as: "head", to: last)
    }
  }

  private static func classifier() throws -> SampleGraph {
    try SampleGraph("classifier", loss: .crossEntropy(smoothing: 0.1)) { graph in
      let a = try graph.add(Conv1D(2, to: 6, kernelSize: 3), as: "a", to: graph.input)
      let soft = try graph.add(Softmax(), as: "soft", to: a)
      let last = try graph.add(GlobalAveragePooling(), as: "pool", to: soft)
      return try graph.add(Dense(6, to: 5), as: "head", to: last)
    }
  }

  private static func dropout() throws -> SampleGraph {
    try SampleGraph("dropout", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 6, kernelSize: 3), as: "a", to: graph.input)
      let d = try graph.add(Dropout(0.4), as: "d", to: a)
      let r = try graph.add(LSTM(6, hidden: 4), as: "lstm", to: d)
      let e = try graph.add(Dropout(0.3), as: "e", to: r)
      let last = try graph.add(LastStep(), as: "last", to: e)
      return try graph.add(Dense(4, to: 2), as: "head", to: last)
    }
  }

  /// Values that wait long for their reader while others come and go.
  private static func earlyValues() throws -> SampleGraph {
    try SampleGraph("early values", features: "a") { graph in
      let a = try graph.add(Conv1D(2, to: 4, kernelSize: 3), as: "a", to: graph.input)
      let b = try graph.add(Dense(2, to: 4), as: "b", to: graph.input)
      let c = try graph.add(Activation(.tanh), as: "c", to: a)
      let d = try graph.add(Conv1D(4, to: 4, kernelSize: 3), as: "d", to: c)
      let e = try graph.add(Activation(.sigmoid), as: "e", to: d)
      let r = try graph.add(LSTM(4, hidden: 3), as: "lstm", to: e)
      let f = try graph.add(Dense(3, to: 4), as: "f", to: r)
      let sum = try graph.add(Sum(), as: "sum", to: f, b)
      let g = try graph.add(Activation(.tanh), as: "g", to: sum)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: g)
      return try graph.add(Dense(4, to: 2), as: "head", to: pooled)
    }
  }

  /// Branches that the output does not need, across walls, beside one that it does.
  private static func sideBranches() throws -> SampleGraph {
    try SampleGraph("side branches", isTheSameInTraining: false) { graph in
      let a = try graph.add(Conv1D(2, to: 4, kernelSize: 3), as: "a", to: graph.input)
      let n = try graph.add(BatchNorm(4), as: "n", to: a)
      let live = try graph.add(Sum(), as: "live", to: n, a)
      let m = try graph.add(BatchNorm(4), as: "m", to: live)
      let side = try graph.add(Concatenation(), as: "side", to: a, n, m)
      let sideNorm = try graph.add(BatchNorm(12), as: "sideNorm", to: side)
      try graph.add(GRU(12, hidden: 2), as: "unused", to: sideNorm)
      let late = try graph.add(Sum(), as: "late", to: live, a)
      let pooled = try graph.add(GlobalAveragePooling(), as: "pool", to: late)
      return try graph.add(Dense(4, to: 2), as: "head", to: pooled)
    }
  }
}
