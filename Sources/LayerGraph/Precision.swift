import CKernels
import Synchronization

/// What the factors of products are rounded to in inference; training and statistics are float32 always.
public enum Precision: String, Sendable, CaseIterable {
  /// The reference.
  case float32
  /// 8 significant bits in wide products, sums in float32, where the processor has such instructions (AVX-512 BF16).
  /// Narrow products, as that of a trajectory's own displacements, stay float32.
  case bfloat16

  private static let chosen = Mutex(Precision.float32)

  /// Chooses for all inference plans that this process makes from now on.
  /// - Throws: `GraphError.precision` where this processor lacks the instructions.
  public static func useInInference(_ precision: Precision) throws {
    _ = try KernelTable.inference(precision)
    chosen.withLock { $0 = precision }
  }

  /// What inference plans use.
  public static var inference: Precision { chosen.withLock { $0 } }
}

extension KernelTable {
  /// The table for inference in some precision.
  /// - Throws: `GraphError.precision`, or as `chosen()`.
  public static func inference(_ precision: Precision = .inference) throws -> KernelTable {
    switch precision {
    case .float32: return try chosen()
    case .bfloat16:
      guard let table = zk_bfloat16() else { throw GraphError.precision(precision) }
      return KernelTable(table)
    }
  }
}
