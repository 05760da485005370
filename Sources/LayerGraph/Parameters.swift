/// Numbers for parameters, by dotted key, in the order in which a graph declares them.
public struct Parameters: Sendable, Equatable {
  /// Keys in order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// No parameters.
  public init() {}

  /// The tensor of a key; setting appends a new key at the end.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { names.append(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
  }

  /// Numbers in all tensors together.
  public var count: Int { tensors.values.reduce(0) { $0 + $1.values.count } }

  /// New parameters, drawn from `seed` in the order of `specs`: the same seed gives the same numbers.
  public init(initialising specs: [ParameterSpec], seed: UInt64) {
    for (index, spec) in specs.enumerated() {
      // Hashed, since seeds that differ by the generator's own step give the same numbers one place further.
      var random = SplitMix64(seed: SplitMix64.mix(SplitMix64.mix(seed) &+ UInt64(index)))
      self[spec.name] = Tensor(shape: spec.shape, values: Self.initialValues(of: spec, random: &random))
    }
  }

  private static func initialValues(of spec: ParameterSpec, random: inout SplitMix64) -> [Float] {
    func uniform(_ bound: Float) -> [Float] {
      (0..<spec.count).map { _ in bound * (2 * random.nextUnit() - 1) }
    }
    switch spec.initial {
    case .constant(let value): return [Float](repeating: value, count: spec.count)
    case .uniform(let bound): return uniform(bound)
    case .uniformWithOffset(let bound, let rows, let value):
      var values = uniform(bound)
      let rowLength = spec.count / max(1, spec.shape.first ?? 1)
      for index in rows.lowerBound * rowLength..<rows.upperBound * rowLength { values[index] += value }
      return values
    case .values(let values): return values
    }
  }

  /// Everything that keeps these parameters from being those of `specs`, all at once; empty if they fit.
  ///
  /// Missing parameters that name a fallback count as present. Non-finite numbers are named with their count.
  public func mismatches(with specs: [ParameterSpec]) -> [String] {
    var found: [String] = []
    let expected = Set(specs.map(\.name))
    for spec in specs {
      guard let tensor = tensors[spec.name] else {
        if spec.fallback.flatMap({ tensors[$0] }) == nil { found.append("'\(spec.name)' is missing") }
        continue
      }
      if tensor.shape != spec.shape {
        found.append("'\(spec.name)' has shape \(tensor.shape), expected \(spec.shape)")
      }
      let bad = tensor.values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
      if bad > 0 { found.append("'\(spec.name)' holds \(bad) non-finite of \(tensor.values.count) numbers") }
    }
    for name in names where !expected.contains(name) { found.append("'\(name)' is not expected") }
    return found
  }

  /// These parameters in the order of `specs`, with missing ones filled from their fallback's numbers.
  ///
  /// - Precondition: `mismatches(with: specs)` is empty.
  public func completed(for specs: [ParameterSpec]) -> Parameters {
    var result = Parameters()
    for spec in specs {
      if let tensor = tensors[spec.name] {
        result[spec.name] = tensor
      } else if let source = spec.fallback.flatMap({ tensors[$0] }) {
        let repeats = spec.count / max(1, source.values.count)
        result[spec.name] = Tensor(
          shape: spec.shape, values: (0..<repeats).flatMap { _ in source.values })
      }
    }
    return result
  }
}

/// A small generator for initial values and dropout: one multiplication-free state, good mixing, any seed.
///
/// Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators".
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence that belongs to `seed`; every number is a good one.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Uniform in 0..<1 with 24 bits.
  public mutating func nextUnit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// The output function alone: a hash of a counter.
  @inlinable public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
