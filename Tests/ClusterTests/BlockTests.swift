import Cluster
import Testing

/// Blocks of work on one rank; Tests/cluster.sh has those on several.
@Suite struct BlockTests {
  private func results(_ count: Int, _ work: @escaping @Sendable (Int) throws -> [UInt8]) throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    try BlockScheduler(.alone, count: count, work: work).run { next in
      while let bytes = try next() { found.append(bytes) }
    }
    return found
  }

  @Test func resultsComeInOrder() throws {
    #expect(try results(5) { [UInt8($0)] } == [[0], [1], [2], [3], [4]])
    #expect(try results(0) { [UInt8($0)] } == [])
  }

  @Test func aFailureNamesItsBlock() throws {
    struct Broken: Error {}
    do {
      _ = try results(5) { if $0 == 3 { throw Broken() } else { [] } }
      Issue.record("there was no failure")
    } catch let failure as BlockFailure {
      #expect(failure.block == 3 && failure.error is Broken)
    }
  }

  @Test func aBlockIsAboutItsQuestion() throws {
    struct Broken: Error {}
    var left: [UInt8] = [7, 8, 9], found: [[UInt8]] = []
    let scheduler = BlockScheduler(.alone) {
      guard !left.isEmpty else { throw Broken() }
      return [left.removeFirst()]
    } work: {
      [UInt8($0)] + $1
    }
    do {
      try scheduler.run { next in
        while let bytes = try next() { found.append(bytes) }
      }
      Issue.record("there was no failure")
    } catch let failure as BlockFailure {
      #expect(failure.block == 3 && failure.error is Broken)
    }
    #expect(found == [[0, 7], [1, 8], [2, 9]])
  }

  @Test func whatIsPackedComesOut() {
    var writer = ByteWriter()
    writer.append(-7)
    writer.append([1.5, -.infinity, 0.1])
    writer.append("grüße")
    writer.append([Float]())
    writer.append(true)
    var reader = ByteReader(writer.bytes)
    let number = reader.next(Int.self), numbers = reader.nextArray(Double.self), text = reader.nextText()
    let nothing = reader.nextArray(Float.self), flag = reader.next(Bool.self)
    #expect(number == -7 && numbers == [1.5, -.infinity, 0.1] && text == "grüße" && nothing == [] && flag)
    #expect(reader.isAtEnd)
  }

  @Test func checksumsTellContentsApart() {
    func checksum(_ numbers: [Float]) -> Checksum {
      var checksum = Checksum()
      checksum.add(numbers)
      return checksum
    }
    let all = [[], [0], [0, 0], [0, 1], [1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 1]].map(checksum)
    #expect(Set(all.map(\.description)).count == all.count)
    #expect(checksum([1, 2, 3]) == checksum([1, 2, 3]))
  }

  @Test(arguments: [1, 2, 3, 8]) func oneRankHasAllOfEverything(items: Int) throws {
    #expect(Communicator.alone.part(of: items, for: 0) == 0..<items)
    #expect(try Communicator.alone.gather(items) == [items])
    #expect(try Communicator.alone.broadcast([1, 2]) == [1, 2])
    #expect(try Communicator.alone.together { items } == items)
  }
}
