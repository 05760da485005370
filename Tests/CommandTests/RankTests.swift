import Testing

/// Started as one of several ranks; what they do together is in Tests/cluster.sh.
@Suite struct RankTests {
  #if !MPI
    @Test func withoutMPIOneOfSeveralRanksSaysSo() throws {
      func run(_ rank: String, _ more: [String: String] = [:]) throws -> Run {
        let environment = ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": rank]
        return try Run(["list"], environment: environment.merging(more) { $1 })
      }
      let first = try run("0"), second = try run("1")
      #expect(first.status == 1 && first.output.isEmpty)
      #expect(first.errors.contains("started as 2 processes") && first.errors.contains("--traits MPI"))
      #expect(second.status == 1 && second.output.isEmpty && second.errors.isEmpty)
      let separate = try run("1", ["ZOO_RANKS": "separate"])
      #expect(separate.status == 0 && separate.output.contains("wadnet"))
    }
  #endif
}
