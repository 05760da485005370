import CKernels

/// The arithmetic that all convolutions and dense layers share: products with taps, forwards and backwards.
///
/// Weights stand as `[tap][input][column]` in the forward matrix and as `[tap][column][input]` in the one of the
/// gradient, so that a tap is a run of rows and padding is left out by leaving out operands.
final class TapProduct: @unchecked Sendable {
  let table: KernelTable
  let taps: Taps
  let inputs: Int
  let columns: Int
  private var forwardMatrix: PackedMatrix
  private var backwardMatrix: PackedMatrix?
  private let backwardTaps: Taps
  /// Where taps have biases of their own: all biases in natural order, and their packed sum for each run of steps.
  private var tapBiases: TapBiases?

  /// - Parameter layout: ZK_PLAIN, or ZK_GATED with `columns` twice the filters.
  init(taps: Taps, inputs: Int, columns: Int, layout: zk_layout, hasBias: Bool, setting: KernelSetting) {
    table = setting.table
    self.taps = taps
    self.inputs = inputs
    self.columns = columns
    let count = taps.offsets.count
    forwardMatrix = PackedMatrix(table, layout: layout, rows: count * inputs, columns: columns, hasBias: hasBias)
    backwardMatrix =
      setting.training
      ? PackedMatrix(table, layout: ZK_PLAIN, rows: count * columns, columns: inputs, hasBias: false) : nil
    backwardTaps = taps.transposed
  }

  /// Uses the packed weights of a product of the same layer for another number of steps.
  func share(with other: TapProduct) {
    tapBiases = other.tapBiases.map { TapBiases($0.natural, taps: taps, columns: columns, of: forwardMatrix) }
    forwardMatrix = other.forwardMatrix
    backwardMatrix = other.backwardMatrix
  }

  /// Takes over weights as PyTorch has them, `[column][input][tap]`, in one or two blocks of columns.
  ///
  /// - Parameter tapBiases: `[column][tap]` for each block, added where a tap lies inside the trajectory.
  func load(
    _ blocks: [UnsafePointer<Float>], biases: [UnsafePointer<Float>]?, tapBiases: [UnsafePointer<Float>]? = nil
  ) {
    let count = taps.offsets.count, blockColumns = columns / blocks.count
    let size = count * inputs * columns
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * size + columns) { scratch in
      let forward = scratch.baseAddress!, backward = forward + size, bias = backward + size
      for (index, block) in blocks.enumerated() {
        for column in 0..<blockColumns {
          let natural = index * blockColumns + column
          for input in 0..<inputs {
            for tap in 0..<count {
              let value = block[(column * inputs + input) * count + tap]
              forward[(tap * inputs + input) * columns + natural] = value
              backward[(tap * columns + natural) * inputs + input] = value
            }
          }
        }
        if let biases { (bias + index * blockColumns).update(from: biases[index], count: blockColumns) }
      }
      if let tapBiases {
        var natural = Array(UnsafeBufferPointer(start: bias, count: columns))
        for tap in 0..<count {
          for block in tapBiases { natural += (0..<blockColumns).map { block[$0 * count + tap] } }
        }
        self.tapBiases = TapBiases(natural, taps: taps, columns: columns, of: forwardMatrix)
      }
      forwardMatrix.load(forward, bias: biases == nil ? nil : UnsafePointer(bias))
      backwardMatrix?.load(backward)
    }
  }

  /// Runs the product over all steps; `complete` fills in what the result of `firstRow` and later rows needs.
  func forward(_ input: GroupRows, team: Team, complete: (inout zk_product, _ firstRow: Int) -> Void) {
    if team.count == 1 {
      for (number, run) in taps.runs.enumerated() { forward(input, run: number, steps: run.steps, complete) }
      return
    }
    let pieces = taps.runs.enumerated().flatMap { number, run in
      run.steps.pieces(max(Self.leastRows / input.batch, taps.outputSteps / (2 * team.count))).map { (number, $0) }
    }
    team.run(pieces.count) { forward(input, run: pieces[$0].0, steps: pieces[$0].1, complete) }
  }

  /// Rows that are worth handing to another thread.
  private static let leastRows = 24

  /// The product over some steps of a run.
  private func forward(
    _ input: GroupRows, run number: Int, steps: Range<Int>, _ complete: (inout zk_product, _ firstRow: Int) -> Void
  ) {
    let most = Int(ZK_MAX_OPERANDS)
    let firstRow = steps.lowerBound * input.batch
    // More taps than a product takes are added up in several passes; only Conv1D without activation allows that.
    var rest = taps.runs[number].taps[...]
    var isFirst = true
    repeat {
      var product = forwardMatrix.product(rows: steps.count * input.batch)
      for tap in rest.prefix(most) {
        let step = steps.lowerBound + taps.offsets[tap]
        product.append(
          input.data + step * input.batch * inputs, stride: inputs, columns: inputs, weightRow: tap * inputs)
      }
      if let tapBiases { product.bias = tapBiases.pointer(number) }
      complete(&product, firstRow)
      if !isFirst {
        product.bias = nil
        product.addend = UnsafePointer(product.out)
        product.addend_stride = product.out_stride
      }
      table.functions.pointee.product(&product)
      rest = rest.dropFirst(most)
      isFirst = false
    } while !rest.isEmpty
  }

  /// Floats that `addGradients` sums into: `[tap][input][column]`, then the bias, then biases of taps.
  var gradientFloats: Int { taps.offsets.count * (inputs + 1) * columns + columns }

  /// The gradient of the input from that of the products' results (`[rows, columns]`).
  func inputGradient(of resultGradient: GroupRows, into target: BackwardCall.InputGradient) {
    guard let backwardMatrix else { preconditionFailure("the kernel was made for inference") }
    let most = Int(ZK_MAX_OPERANDS)
    let batch = resultGradient.batch
    for run in backwardTaps.runs {
      var rest = run.taps[...]
      var addend = target.accumulates ? UnsafePointer(target.rows.data) : target.addend
      repeat {
        var product = backwardMatrix.product(rows: run.steps.count * batch)
        for tap in rest.prefix(most) {
          let step = run.steps.lowerBound + backwardTaps.offsets[tap]
          product.append(
            resultGradient.data + step * batch * columns, stride: columns, columns: columns, weightRow: tap * columns)
        }
        product.out = target.rows.data + run.steps.lowerBound * batch * inputs
        product.out_stride = inputs
        if let addend {
          product.addend = addend + run.steps.lowerBound * batch * inputs
          product.addend_stride = inputs
        }
        table.functions.pointee.product(&product)
        rest = rest.dropFirst(most)
        addend = UnsafePointer(target.rows.data)
      } while !rest.isEmpty
    }
  }

  /// Adds the gradients of weights and bias over a group.
  func addGradients(input: GroupRows, resultGradient: GroupRows, sums: UnsafeMutablePointer<Float>) {
    let functions = table.functions.pointee
    for tap in taps.offsets.indices {
      let steps = taps.steps(of: tap)
      if steps.isEmpty { continue }
      var outer = zk_outer()
      outer.rows = Int32(steps.count * input.batch)
      outer.left = UnsafePointer(input.data + (steps.lowerBound + taps.offsets[tap]) * input.batch * inputs)
      outer.left_stride = inputs
      outer.left_columns = Int32(inputs)
      outer.right = UnsafePointer(resultGradient.data + steps.lowerBound * input.batch * columns)
      outer.right_stride = columns
      outer.right_columns = Int32(columns)
      outer.gradient = sums + tap * inputs * columns
      outer.gradient_stride = columns
      functions.outer(&outer)
    }
    let biasSums = sums + taps.offsets.count * inputs * columns
    guard tapBiases != nil else {
      functions.column_sums(Int32(resultGradient.rows), Int32(columns), resultGradient.data, columns, biasSums)
      return
    }
    // A run's sum belongs to the bias and to each of its taps.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { scratch in
      let part = scratch.baseAddress!
      for run in taps.runs {
        part.update(repeating: 0, count: columns)
        functions.column_sums(
          Int32(run.steps.count * input.batch), Int32(columns),
          resultGradient.data + run.steps.lowerBound * input.batch * columns, columns, part)
        functions.add(columns, biasSums, part, biasSums)
        for tap in run.taps {
          let place = biasSums + (1 + tap) * columns
          functions.add(columns, place, part, place)
        }
      }
    }
  }

  /// Adds sums to gradients in PyTorch's order, in one or two blocks of columns.
  func finish(
    _ sums: UnsafePointer<Float>, weights: [UnsafeMutablePointer<Float>], biases: [UnsafeMutablePointer<Float>]?,
    tapBiases: [UnsafeMutablePointer<Float>]? = nil
  ) {
    let count = taps.offsets.count, blockColumns = columns / weights.count
    for (index, block) in weights.enumerated() {
      for column in 0..<blockColumns {
        let natural = index * blockColumns + column
        for input in 0..<inputs {
          for tap in 0..<count {
            block[(column * inputs + input) * count + tap] += sums[(tap * inputs + input) * columns + natural]
          }
        }
        if let biases { biases[index][column] += sums[count * inputs * columns + natural] }
        if let tapBiases {
          for tap in 0..<count {
            tapBiases[index][column * count + tap] += sums[(count * inputs + 1 + tap) * columns + natural]
          }
        }
      }
    }
  }
}

extension Range<Int> {
  /// Nearly equal parts of about `size`, in order.
  func pieces(_ size: Int) -> [Range<Int>] {
    let count = Swift.max(1, (self.count + size / 2) / Swift.max(1, size))
    return (0..<count).map {
      lowerBound + self.count * $0 / count..<lowerBound + self.count * ($0 + 1) / count
    }
  }
}

/// Biases of columns and of their taps, added up for each run of steps in which the same taps are inside.
private final class TapBiases: @unchecked Sendable {
  /// The columns' own biases, then those of each tap.
  let natural: [Float]
  private let packed: AlignedBuffer
  private let stride: Int

  init(_ natural: [Float], taps: Taps, columns: Int, of matrix: PackedMatrix) {
    self.natural = natural
    let functions = matrix.table.functions.pointee
    stride = functions.packed_bias_floats(matrix.layout, Int32(columns)).roundedToCacheLine
    packed = AlignedBuffer(count: stride * taps.runs.count)
    for (number, run) in taps.runs.enumerated() {
      let sums = (0..<columns).map { column in
        run.taps.reduce(Double(natural[column])) { $0 + Double(natural[($1 + 1) * columns + column]) }
      }
      functions.pack_bias(matrix.layout, Int32(columns), sums.map(Float.init), packed.pointer + number * stride)
    }
  }

  func pointer(_ run: Int) -> UnsafePointer<Float> { UnsafePointer(packed.pointer + run * stride) }
}
