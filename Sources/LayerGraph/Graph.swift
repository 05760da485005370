/// A network as a directed acyclic graph of layers, from one input to features and an output.
///
/// Nodes are added in the order in which they run; names of nodes are the names of parameters in checkpoints. Two
/// nodes with the same scope share their parameters, and their gradients add up.
public struct Graph: Sendable {
  /// A value inside the graph: the input or the result of a node.
  public struct Value: Sendable, Hashable {
    /// Index of the node that makes it; -1 for the graph's input.
    public let node: Int
  }

  /// One application of a layer.
  public struct Node: Sendable {
    /// Unique in the graph.
    public let name: String
    /// What is applied.
    public let layer: any Layer
    /// What it is applied to, in the layer's order.
    public let inputs: [Value]
    /// What stands in front of the layer's own parameter names; nodes with the same scope share parameters.
    public let scope: String
    /// Scopes for single groups of a layer's parameters, e.g. "filter" and "gate", in place of `scope.group`.
    public let groups: [String: String]

    /// The whole key of one of the layer's parameters.
    public func key(of parameter: String) -> String {
      for (group, path) in groups where parameter.hasPrefix(group + ".") {
        return path + parameter.dropFirst(group.count)
      }
      return scope.isEmpty ? parameter : scope + "." + parameter
    }
  }

  /// The network's name in messages.
  public let name: String
  /// Numbers that enter at each point in time: the dimension of the trajectory.
  public let inputChannels: Int
  /// The layers in the order in which they run.
  public private(set) var nodes: [Node] = []
  /// The value before the head: what `features` means in predictions. Set by `finish`.
  public private(set) var features: Value
  /// The last value: what losses and predictions read. Set by `finish`.
  public private(set) var output: Value

  /// A graph without layers; features and output are the input until `finish` says otherwise.
  public init(name: String, inputChannels: Int) {
    self.name = name
    self.inputChannels = inputChannels
    features = Value(node: -1)
    output = Value(node: -1)
  }

  /// The result of the node with this name; nil where there is none.
  public func value(named name: String) -> Value? {
    nodes.firstIndex { $0.name == name }.map(Value.init(node:))
  }

  /// The trajectory itself: a sequence of `inputChannels` numbers.
  public var input: Value { Value(node: -1) }

  /// Adds a layer behind `inputs` and returns its result.
  ///
  /// - Parameters:
  ///   - layer: what is applied.
  ///   - name: unique; the scope of its parameters as well, unless `scope` says otherwise.
  ///   - inputs: values of this graph, in the layer's order.
  ///   - scope: shares the parameters of every other node with this scope; their layers must be equal.
  ///   - groups: whole scopes for groups of parameters, see `Node.groups`.
  /// - Throws: `GraphError.name` where the name is taken or the scope belongs to a layer with other parameters.
  @discardableResult
  public mutating func add(
    _ layer: any Layer, as name: String, to inputs: Value..., scope: String? = nil, groups: [String: String] = [:]
  ) throws -> Value {
    try add(layer, as: name, to: inputs, scope: scope, groups: groups)
  }

  /// Adds a layer behind a list of inputs; see `add(_:as:to:scope:groups:)`.
  @discardableResult
  public mutating func add(
    _ layer: any Layer, as name: String, to inputs: [Value], scope: String? = nil, groups: [String: String] = [:]
  ) throws -> Value {
    guard !nodes.contains(where: { $0.name == name }) else {
      throw GraphError.name(name, reason: "a node has it already")
    }
    for value in inputs where value.node < -1 || value.node >= nodes.count {
      throw GraphError.name(name, reason: "one of its inputs is no value of this graph")
    }
    let node = Node(name: name, layer: layer, inputs: inputs, scope: scope ?? name, groups: groups)
    let keys = Set(layer.parameters.map { node.key(of: $0.name) })
    for other in nodes where !keys.isDisjoint(with: other.layer.parameters.map { other.key(of: $0.name) }) {
      guard other.layer.parameters == layer.parameters else {
        throw GraphError.name(node.scope, reason: "the node '\(other.name)' has it for other parameters")
      }
    }
    nodes.append(node)
    return Value(node: nodes.count - 1)
  }

  /// Says which values are the features (what the head reads) and the output.
  public mutating func finish(features: Value, output: Value) {
    self.features = features
    self.output = output
  }

  /// All parameters with their whole keys, shared ones once, in the order of the nodes.
  public var parameters: [ParameterSpec] {
    var seen: Set<String> = []
    var specs: [ParameterSpec] = []
    for node in nodes {
      for var spec in node.layer.parameters {
        spec.name = node.key(of: spec.name)
        spec.fallback = spec.fallback.map { node.key(of: $0) }
        if seen.insert(spec.name).inserted { specs.append(spec) }
      }
    }
    return specs
  }

  /// The same graph with some layers replaced by others with the same parameters and shapes.
  public func replacingLayers(_ replacement: (any Layer) -> any Layer) -> Graph {
    var graph = self
    graph.nodes = nodes.map { node in
      Node(
        name: node.name, layer: replacement(node.layer), inputs: node.inputs, scope: node.scope, groups: node.groups)
    }
    return graph
  }

  /// The same graph without dropout.
  public var withoutDropout: Graph { replacingLayers { $0 is Dropout ? Dropout(0) : $0 } }

  /// Lengths for which any layer keeps statistics of their own, increasing.
  public var statisticsLengths: [Int] { Set(nodes.flatMap(\.layer.statisticsLengths)).sorted() }

  /// Numbers that training changes.
  public var trainedParameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role == .trained ? $1.count : 0) }
  }

  /// Shapes of every node's result for trajectories of `steps` points, in the order of the nodes.
  ///
  /// - Throws: `GraphError.shape` or `.inputCount` from the first layer whose input does not fit, or
  ///   `.value` from the first one whose hyper-parameters make no sense; with the node's name.
  public func shapes(steps: Int) throws -> [Shape] {
    guard steps >= 1 else {
      throw GraphError.value(name: "The number of steps", expected: "1 or more", found: "\(steps)")
    }
    var shapes: [Shape] = []
    for node in nodes {
      let inputs = node.inputs.map { $0.node < 0 ? inputShape(steps: steps) : shapes[$0.node] }
      do {
        shapes.append(try node.layer.outputShape(for: inputs))
      } catch let error as GraphError {
        throw error.naming(node: node.name)
      }
    }
    return shapes
  }

  /// Multiplications with additions of one forward run for a trajectory of `steps` points.
  /// - Throws: `GraphError` where the graph does not take this length.
  public func multiplyAdds(steps: Int) throws -> Int {
    let shapes = try shapes(steps: steps)
    return nodes.reduce(0) { sum, node in
      sum + node.layer.multiplyAdds(for: node.inputs.map { $0.node < 0 ? inputShape(steps: steps) : shapes[$0.node] })
    }
  }

  /// The shape of the input for trajectories of `steps` points.
  public func inputShape(steps: Int) -> Shape { .sequence(steps: steps, channels: inputChannels) }
}
