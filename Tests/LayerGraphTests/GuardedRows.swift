import CKernels
import EmulatedKernels
import Foundation
import LayerGraph
import Testing

/// Memory for kernels, all of it given back by `release`, so that no pointer outlives what it points to.
final class Arena {
  private var mappings: [UnsafeMutableRawBufferPointer] = []
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

  /// Bytes that end where a page begins that may be neither read nor written.
  fileprivate func bytes(_ count: Int, front: Int) -> UnsafeMutableRawPointer {
    let page = Self.page
    let pages = (count + front + page - 1) / page
    let base = mmap(nil, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    mprotect(base + pages * page, page, PROT_NONE)
    mappings.append(UnsafeMutableRawBufferPointer(start: base, count: (pages + 1) * page))
    return base + pages * page - count
  }

  func release() {
    for mapping in mappings { munmap(mapping.baseAddress, mapping.count) }
    mappings = []
  }

  /// Rows with `gap` floats between them, filled with the number at a row and a column, or NaN.
  func rows(_ rows: Int, _ columns: Int, gap: Int = 0, fill: ((Int, Int) -> Float)? = nil) -> GuardedRows {
    GuardedRows(self, rows: rows, columns: columns, gap: gap, fill: fill)
  }

  /// Rows of random numbers.
  func rows(
    _ rows: Int, _ columns: Int, gap: Int = 0, _ random: inout Seeded, _ range: ClosedRange<Float> = -1...1
  ) -> GuardedRows {
    let values = random.floats(rows * columns, range)
    return self.rows(rows, columns, gap: gap) { values[$0 * columns + $1] }
  }

  /// Numbers in one row.
  func row(_ values: [Float]) -> GuardedRows { rows(1, values.count) { values[$1] } }
  /// NaN in one row.
  func room(_ count: Int) -> GuardedRows { rows(1, count) }

  /// The same rows with the same numbers.
  func copy(_ other: GuardedRows) -> GuardedRows {
    rows(other.rows, other.columns, gap: other.stride - other.columns) { other.pointer[$0 * other.stride + $1] }
  }

  func doubles(_ values: [Double]) -> UnsafeMutableBufferPointer<Double> {
    let pointer = bytes(values.count * 8, front: 0).bindMemory(to: Double.self, capacity: values.count)
    pointer.update(from: values, count: values.count)
    return UnsafeMutableBufferPointer(start: pointer, count: values.count)
  }
}

/// Rows of floats with watched surroundings, at an address that is a multiple of 4 bytes only.
///
/// Between rows and in front stand guard values that must survive; behind the last number a page begins that may not be
/// touched, so that a kernel that goes too far stops the process.
struct GuardedRows {
  let rows: Int
  let columns: Int
  let stride: Int
  let pointer: UnsafeMutablePointer<Float>
  private static let front = 5
  /// A NaN that no computation makes.
  private static let guardBits: UInt32 = 0x7FC5_A5A5

  fileprivate init(_ arena: Arena, rows: Int, columns: Int, gap: Int, fill: ((Int, Int) -> Float)?) {
    self.rows = rows
    self.columns = columns
    stride = columns + gap
    let count = rows == 0 ? 0 : (rows - 1) * stride + columns
    pointer = arena.bytes(count * 4, front: Self.front * 4).bindMemory(to: Float.self, capacity: count)
    for index in -Self.front..<count { pointer[index] = Float(bitPattern: Self.guardBits) }
    for row in 0..<rows {
      for column in 0..<columns { pointer[row * stride + column] = fill?(row, column) ?? .nan }
    }
  }

  /// The numbers without what stands between rows.
  var values: [Float] {
    (0..<rows).flatMap { row in (0..<columns).map { pointer[row * stride + $0] } }
  }
  var input: UnsafePointer<Float> { UnsafePointer(pointer) }

  /// Whether all guard values are still there.
  var isIntact: Bool {
    func isGuard(_ index: Int) -> Bool { pointer[index].bitPattern == Self.guardBits }
    return (-Self.front..<0).allSatisfy(isGuard)
      && (0..<max(0, rows - 1)).allSatisfy { row in (columns..<stride).allSatisfy { isGuard(row * stride + $0) } }
  }
}

/// The same numbers in the same order wherever the tests run.
struct Seeded {
  private var state: SplitMix64

  init(_ seed: Int) { state = SplitMix64(seed: UInt64(bitPattern: Int64(seed))) }

  mutating func float(_ range: ClosedRange<Float> = -1...1) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * state.nextUnit()
  }
  mutating func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in float(range) }
  }
  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &state) }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0...elements.count - 1)] }
  mutating func flip() -> Bool { state.next() & 1 == 1 }

}

extension KernelTable {
  static var reference: KernelTable { available[0] }
  /// All tables but the plain one; in emulation those that this processor doesn't have.
  static let fast =
    available.filter { $0.name != "reference" }
    + [("avx512", zk_emulated_avx512()), ("neon", zk_emulated_neon())].compactMap { name, emulated in
      available.contains { $0.name == name } ? nil : emulated.map(KernelTable.init)
    }
}

/// The largest distance between numbers, each divided by its allowance; infinite where one is NaN and the other not.
func excess(_ found: [Float], _ expected: [Float], allowed: (Int) -> Float) -> Float {
  guard found.count == expected.count else { return .infinity }
  return found.indices.reduce(0) { worst, index in
    let a = found[index], b = expected[index]
    if a == b || (a.isNaN && b.isNaN) { return worst }
    let ratio = abs(a - b) / allowed(index)
    return ratio.isNaN ? .infinity : max(worst, ratio)
  }
}

func excess(_ found: [Float], _ expected: [Float], allowed: Float) -> Float {
  excess(found, expected) { _ in allowed }
}

func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern }
}
