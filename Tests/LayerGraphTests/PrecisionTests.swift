import CKernels
import LayerGraph
import Testing

/// Inference with products of bfloat16, where this processor has them.
@Suite struct PrecisionTests {
  static let table = try? KernelTable.inference(.bfloat16)

  @Test(.enabled(if: table != nil, "this processor has no products of bfloat16"))
  func productsAreNearAtEverySize() throws {
    let table = try #require(Self.table), exact = try KernelTable.named("avx512")
    for (number, size) in [1, 2, 15, 16, 17, 18, 31, 32, 33, 64, 96, 130].enumerated() {
      for columns in [1, 15, 16, 32, 33, 64, 100] {
        let product = ProductCase(
          rows: 13, operandColumns: [size], layout: ZK_PLAIN, columns: columns, seed: number)
        let near = product.run(table).out, right = product.run(exact).out
        #expect(near.count == right.count && !right.isEmpty)
        // Narrow and odd operands are not rounded at all.
        if size < 16 || size % 2 == 1 {
          #expect(near == right, "\(size) x \(columns)")
        } else {
          let error = zip(near, right).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
          let scale = right.reduce(0) { $0 + Double($1) * Double($1) }
          #expect(error > 0 && error < 4e-5 * scale, "\(size) x \(columns): \((error / scale).squareRoot())")
        }
      }
    }
  }

  @Test func whatIsMissingIsSaid() {
    #expect("\(GraphError.precision(.bfloat16))".contains("--precision float32"))
    #expect(Precision.inference == .float32)
  }
}
