/// One operation of a network, described by its hyper-parameters alone.
///
/// A layer declares its parameters and its output shape, so that a graph is checked and a checkpoint is matched before
/// any arithmetic. Numbers live in a named store, and what computes is a `LayerKernel`, made for one shape of input.
public protocol Layer: Sendable {
  /// What it needs, with names inside the layer; empty for most operations.
  var parameters: [ParameterSpec] { get }

  /// Whether it walks through time step by step, so that trajectories beside each other make it faster.
  var isRecurrent: Bool { get }

  /// Whether its kernel in training is a `BatchStatisticsKernel`: a wall that the whole batch must reach.
  var usesBatchStatistics: Bool { get }

  /// Numbers of points for which it keeps statistics of their own; empty for most layers.
  var statisticsLengths: [Int] { get }

  /// The result's shape.
  /// - Throws: `GraphError` where the inputs do not fit.
  func outputShape(for inputs: [Shape]) throws -> Shape

  /// Multiplications with additions of one forward run for one trajectory, products with padding left out; 0 for layers
  /// without products.
  func multiplyAdds(for inputs: [Shape]) -> Int

  /// What computes this layer for inputs of these shapes.
  /// - Throws: `GraphError` where the inputs do not fit.
  func makeKernel(for inputs: [Shape], setting: KernelSetting) throws -> any LayerKernel
}

extension Layer {
  public var parameters: [ParameterSpec] { [] }
  public var isRecurrent: Bool { false }
  public var usesBatchStatistics: Bool { false }
  public var statisticsLengths: [Int] { [] }
  public func multiplyAdds(for inputs: [Shape]) -> Int { 0 }
}

/// What a kernel is made for.
public struct KernelSetting: Sendable {
  /// Whether `backward` will be called, so that transposed weights are packed and what it needs is saved.
  public let training: Bool
  /// The functions of one instruction set.
  public let table: KernelTable
  /// Length of the trajectory that entered the graph, in points: what tables over lengths are interpolated at.
  public let length: Int

  /// A setting for trajectories of `length` points, with the functions of one instruction set.
  public init(training: Bool, table: KernelTable, length: Int) {
    self.training = training
    self.table = table
    self.length = length
  }
}

/// The computing half of a layer: packed parameters and two functions on memory that a plan owns.
///
/// `load` is called before any run and never during one; `forward` and `backward` are called from several threads at
/// once, each with its own group, and so must not change the kernel.
public protocol LayerKernel: AnyObject, Sendable {
  /// Floats that `forward` hands to `backward` for a group of `batch` trajectories.
  func savedFloats(batch: Int) -> Int
  /// Floats of scratch memory that one call may use.
  func workspaceFloats(batch: Int) -> Int
  /// Floats in which `backward` sums parameter gradients, in any layout that suits it.
  var gradientFloats: Int { get }
  /// What its way back reads, so that nothing else is kept for it.
  var wayBack: WayBack { get }

  /// Takes over the packed parameters of a kernel of the same layer and scope, made for another number of steps.
  /// - Returns: whether that was possible; otherwise `load` is called.
  func share(with other: any LayerKernel) -> Bool
  /// Takes over the parameters, by the layer's own names.
  func load(_ parameters: LayerParameters)
  /// Writes the layer's result for one group.
  func forward(_ call: ForwardCall)
  /// Adds this group's parameter gradients and hands gradients to the inputs.
  func backward(_ call: BackwardCall)
  /// Turns sums as `backward` left them into gradients in the parameters' own layout, adding to them.
  func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients)
}

extension LayerKernel {
  public func savedFloats(batch: Int) -> Int { 0 }
  public func workspaceFloats(batch: Int) -> Int { 0 }
  public var gradientFloats: Int { 0 }
  public var wayBack: WayBack { WayBack() }
  public func share(with other: any LayerKernel) -> Bool { false }
  public func load(_ parameters: LayerParameters) {}
  public func finishGradients(_ sums: UnsafePointer<Float>, into gradients: LayerGradients) {}
}

/// What a kernel's `backward` needs and can do, so that training keeps and copies no more than it must.
public struct WayBack: Sendable {
  /// Whether it reads the numbers of `BackwardCall.inputs`.
  public var readsInputs = true
  /// Whether it reads the numbers of `BackwardCall.output`.
  public var readsOutput = true
  /// Whether each input's gradient is the output's and nothing else is to be done, as for a sum: `backward` isn't called.
  var passesGradient = false
  /// Whether it adds to `BackwardCall.InputGradient.addend` by itself.
  var takesAddend = false

  /// - Parameters:
  ///   - readsInputs: whether `backward` reads the numbers of `BackwardCall.inputs`.
  ///   - readsOutput: whether it reads those of `BackwardCall.output`.
  public init(readsInputs: Bool = true, readsOutput: Bool = true) {
    self.readsInputs = readsInputs
    self.readsOutput = readsOutput
  }
  init(readsInputs: Bool, readsOutput: Bool, passesGradient: Bool = false, takesAddend: Bool) {
    self.init(readsInputs: readsInputs, readsOutput: readsOutput)
    self.passesGradient = passesGradient
    self.takesAddend = takesAddend
  }
}

/// The kernel of a layer whose result in training depends on the whole batch.
///
/// Statistics are summed per shard, added in shard order, and finished once between two phases, forwards and backwards.
public protocol BatchStatisticsKernel: LayerKernel {
  /// Numbers that are summed over the batch, in each direction.
  var statisticsCount: Int { get }
  /// Adds a group's contribution.
  func accumulateStatistics(_ input: GroupRows, into sums: UnsafeMutablePointer<Double>)
  /// Takes the sums over the batch, which has `rows` rows in all.
  func finishStatistics(_ sums: [Double], rows: Int)
  /// Moves running statistics.
  func updateStatistics(_ statistics: LayerGradients)
  /// Stores the batch's statistics as those of one of the layer's `statisticsLengths`.
  func storeStatistics(_ statistics: LayerGradients, length: Int)
  /// Adds a group's contribution to the sums that the gradients need.
  func accumulateGradients(input: GroupRows, outputGradient: GroupRows, into sums: UnsafeMutablePointer<Double>)
  /// Takes these sums and adds the parameters' gradients.
  func finishGradients(_ sums: [Double], into gradients: LayerGradients)
  /// The gradient of a group's input.
  func inputGradient(input: GroupRows, outputGradient: GroupRows, into target: BackwardCall.InputGradient)
}

/// Read access to a layer's parameters by the layer's own names.
public struct LayerParameters {
  let lookup: (String) -> UnsafePointer<Float>

  /// The numbers of a parameter, row-major.
  public subscript(name: String) -> UnsafePointer<Float> { lookup(name) }
}

/// Write access to a layer's parameter gradients or statistics, by the layer's own names.
public struct LayerGradients {
  let lookup: (String) -> UnsafeMutablePointer<Float>

  /// Row-major like the parameter.
  public subscript(name: String) -> UnsafeMutablePointer<Float> { lookup(name) }
}

/// The numbers of a group of trajectories: `steps * batch` rows of `channels` floats, row `t * batch + b`.
public struct GroupRows: @unchecked Sendable {
  /// The first number of the first row.
  public let data: UnsafeMutablePointer<Float>
  /// Points in time; 1 for a vector.
  public let steps: Int
  /// Trajectories in the group.
  public let batch: Int
  /// Numbers in a row.
  public let channels: Int

  /// Rows that lie one behind the other from `data` on.
  public init(data: UnsafeMutablePointer<Float>, steps: Int, batch: Int, channels: Int) {
    self.data = data
    self.steps = steps
    self.batch = batch
    self.channels = channels
  }

  /// Rows in all: `steps * batch`.
  public var rows: Int { steps * batch }
  /// All floats.
  public var count: Int { rows * channels }
}

/// One forward run of a layer over one group.
public struct ForwardCall {
  /// What the layer reads, in its order.
  public let inputs: [GroupRows]
  /// Where the result goes; what stands there before is undefined.
  public let output: GroupRows
  /// `savedFloats`, where a way back follows; nil in inference and where training runs forwards alone.
  public let saved: UnsafeMutablePointer<Float>?
  /// `workspaceFloats`.
  public let workspace: UnsafeMutablePointer<Float>
  /// What random layers derive their numbers from.
  public let randomness: Randomness
  /// Threads that may share out this layer's work; one in most runs.
  public let team: Team
}

/// A source of random numbers that depends on the run, the step, the node and the trajectory, never on threads.
public struct Randomness: Sendable {
  /// Differs from run to run, from step to step and from node to node.
  public let key: UInt64
  /// The group's first trajectory inside the batch.
  public let firstTrajectory: Int

  /// A source for one node, one step and the group that begins at this trajectory.
  public init(key: UInt64, firstTrajectory: Int) {
    self.key = key
    self.firstTrajectory = firstTrajectory
  }
}

/// One backward run of a layer over one group.
public struct BackwardCall {
  /// What the layer read, in its order; numbers only where `LayerKernel.wayBack` says that they are read.
  public let inputs: [GroupRows]
  /// What it wrote; numbers only where `LayerKernel.wayBack` says that they are read.
  public let output: GroupRows
  /// The gradient of the loss with respect to what it wrote; of the output's shape.
  public let outputGradient: GroupRows
  /// Where each input's gradient goes; nil where nobody needs it.
  public let inputGradients: [InputGradient?]
  /// `gradientFloats`, to be added to.
  public let parameterGradients: UnsafeMutablePointer<Float>
  /// What `forward` left for the way back: `savedFloats`.
  public let saved: UnsafeMutablePointer<Float>
  /// Scratch memory: `workspaceFloats`.
  public let workspace: UnsafeMutablePointer<Float>
  /// What the way there drew its random numbers from, so that the way back draws the same.
  public let randomness: Randomness

  /// A place for an input's gradient, which other layers may have added to before.
  public struct InputGradient {
    /// Of the input's shape.
    public let rows: GroupRows
    /// Whether to add to what stands there; otherwise what stands there is undefined and must be overwritten.
    public let accumulates: Bool
    /// What is to be added to, where it stands somewhere else; only for kernels that say that they take it.
    var addend: UnsafePointer<Float>?

    init(rows: GroupRows, accumulates: Bool, addend: UnsafePointer<Float>? = nil) {
      self.rows = rows
      self.accumulates = accumulates
      self.addend = addend
    }
  }
}
