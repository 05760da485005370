import CKernels
import Foundation

/// The functions of one instruction set, chosen once when the program starts.
public struct KernelTable: Sendable, Equatable, CustomStringConvertible {
  private let address: UInt

  /// The C functions.
  public var functions: UnsafePointer<zk_kernels> { UnsafePointer(bitPattern: address)! }

  package init(_ pointer: UnsafePointer<zk_kernels>) { address = UInt(bitPattern: pointer) }

  /// "reference", "portable", "avx2" or "avx512".
  public var name: String { String(cString: functions.pointee.name) }
  public var description: String { name }

  /// The tables that this processor runs, slowest first.
  public static let available: [KernelTable] = {
    var count: Int32 = 0
    let tables = zk_tables(&count)
    return (0..<Int(count)).compactMap { index in
      tables.flatMap { $0[index] }.flatMap { zk_supported($0) != 0 ? KernelTable($0) : nil }
    }
  }()

  /// The table of a name.
  /// - Throws: `GraphError.instructionSet` where this machine has none of that name.
  public static func named(_ name: String) throws -> KernelTable {
    guard let table = available.first(where: { $0.name == name }) else {
      throw GraphError.instructionSet(name: name, available: available.map(\.name))
    }
    return table
  }

  /// The table that `ZOO_ISA` names, else the fastest.
  /// - Throws: `GraphError.instructionSet` where `ZOO_ISA` names none of this machine's.
  public static func chosen() throws -> KernelTable {
    if let name = ProcessInfo.processInfo.environment["ZOO_ISA"], !name.isEmpty { return try named(name) }
    return available[available.count - 1]
  }
}
