/// The parameters of one graph in two runs of memory: what is trained, and statistics.
///
/// One run for all trained numbers lets an optimiser go over them in one sweep; gradients and moments use the same
/// layout. A store is changed by one thread at a time, between runs of plans.
public final class ParameterStore: @unchecked Sendable {
  /// Where a parameter stands.
  struct Place {
    let spec: ParameterSpec
    let offset: Int
  }

  let places: [String: Place]
  /// Keys in the order of the graph.
  public let names: [String]
  /// All trained numbers; padding between parameters stays zero.
  public let trained: AlignedBuffer
  let statistics: AlignedBuffer

  /// Zeros for the parameters of a graph.
  public init(_ specs: [ParameterSpec]) {
    var places: [String: Place] = [:]
    var trainedCount = 0, statisticsCount = 0
    for spec in specs {
      switch spec.role {
      case .trained:
        places[spec.name] = Place(spec: spec, offset: trainedCount)
        trainedCount += spec.count
      case .statistic:
        places[spec.name] = Place(spec: spec, offset: statisticsCount)
        statisticsCount += spec.count
      }
    }
    self.places = places
    names = specs.map(\.name)
    trained = AlignedBuffer(count: trainedCount)
    statistics = AlignedBuffer(count: statisticsCount)
  }

  /// A graph's parameters.
  /// - Throws: `GraphError.parameters` with everything that does not fit.
  public convenience init(_ graph: Graph, _ parameters: Parameters) throws {
    let specs = graph.parameters
    let mismatches = parameters.mismatches(with: specs)
    guard mismatches.isEmpty else { throw GraphError.parameters(graph: graph.name, mismatches: mismatches) }
    self.init(specs)
    set(parameters.completed(for: specs))
  }

  /// Another store of the same layout with the same numbers.
  public func copy() -> ParameterStore {
    let copy = ParameterStore(names.map { places[$0]!.spec })
    copy.assign(from: self)
    return copy
  }

  /// Takes over the numbers of a store of the same layout.
  public func assign(from other: ParameterStore) {
    trained.pointer.update(from: other.trained.pointer, count: trained.count)
    statistics.pointer.update(from: other.statistics.pointer, count: statistics.count)
  }

  /// Takes over named numbers; names that are not in the store are left out.
  /// - Precondition: shapes fit.
  public func set(_ parameters: Parameters) {
    for name in parameters.names {
      guard let tensor = parameters[name], let place = places[name] else { continue }
      precondition(tensor.values.count == place.spec.count, "the shape of '\(name)' does not fit")
      mutablePointer(name).update(from: tensor.values, count: tensor.values.count)
    }
  }

  /// Takes over the numbers of parameters that a store of another layout has as well.
  func copyShared(from other: ParameterStore) {
    for (name, place) in places {
      guard let source = other.places[name], source.spec.count == place.spec.count else { continue }
      mutablePointer(name).update(from: other.pointer(name), count: place.spec.count)
    }
  }

  /// Takes over the statistics that a store of another layout has as well.
  func copySharedStatistics(from other: ParameterStore) {
    for (name, place) in places where place.spec.role == .statistic && other.places[name] != nil {
      mutablePointer(name).update(from: other.pointer(name), count: place.spec.count)
    }
  }

  /// All numbers by name.
  public var parameters: Parameters {
    var result = Parameters()
    for name in names {
      let spec = places[name]!.spec
      result[name] = Tensor(
        shape: spec.shape, values: Array(UnsafeBufferPointer(start: pointer(name), count: spec.count)))
    }
    return result
  }

  /// The numbers of a parameter.
  /// - Precondition: the graph has it.
  public func pointer(_ name: String) -> UnsafePointer<Float> { UnsafePointer(mutablePointer(name)) }

  func mutablePointer(_ name: String) -> UnsafeMutablePointer<Float> {
    guard let place = places[name] else { preconditionFailure("no parameter '\(name)'") }
    return (place.spec.role == .trained ? trained : statistics).pointer + place.offset
  }
}
