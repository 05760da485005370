import CKernels
import Foundation

/// How many multiply-adds a second the processor makes at best, measured and not looked up.
public enum MultiplyAddPeak {
  /// Operations a second (two for each multiply-add) of independent multiply-adds on full vectors.
  /// - Parameters:
  ///   - table: the instruction set.
  ///   - workers: threads that measure at once.
  ///   - seconds: about how long to measure.
  public static func measure(_ table: KernelTable, workers: Workers, seconds: Double = 0.02) -> Double {
    let functions = table.functions.pointee
    let operations = 2 * Double(functions.fma_vectors_per_iteration) * Double(functions.lanes)
    var iterations = 10_000
    while true {
      let count = iterations
      let begun = DispatchTime.now().uptimeNanoseconds
      workers.run(workers.count) { _, _ in
        // What depends on the loop is kept, so that the loop is.
        if functions.fma_loop(count).isNaN { fatalError("the loop's numbers are finite") }
      }
      let spent = Double(DispatchTime.now().uptimeNanoseconds - begun) * 1e-9
      if spent > seconds / 2 { return operations * Double(count) * Double(workers.count) / spent }
      iterations *= 4
    }
  }
}
