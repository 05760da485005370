import Cluster
import Testing

/// What the environment says of how the program was started.
@Suite struct LaunchTests {
  @Test func mpirunsVariablesAreRead() {
    let launch = Launch(environment: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"])
    #expect(launch.count == 4 && launch.rank == 2 && launch.launcher == "OMPI_COMM_WORLD_SIZE=4")
    #expect(Launch(environment: ["PMI_SIZE": "3", "PMI_RANK": "0"]).count == 3)
    #expect(Launch(environment: ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"]).rank == 1)
  }

  @Test(arguments: [
    [:], ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"],
    // A batch script may start two tasks; it is none of them itself.
    ["SLURM_NTASKS": "2", "SLURM_PROCID": "0"],
    ["OMPI_COMM_WORLD_SIZE": "2"], ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "2"],
    ["OMPI_COMM_WORLD_SIZE": "many", "OMPI_COMM_WORLD_RANK": "0"],
    ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "ZOO_RANKS": "separate"],
  ])
  func aProcessByItselfIsOne(environment: [String: String]) {
    let launch = Launch(environment: environment)
    #expect(launch.count == 1 && launch.rank == 0)
  }

  @Test func withoutMPISeveralProcessesAreAnError() {
    #if !MPI
      let launch = Launch(environment: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"])
      #expect(throws: ClusterError.notBuilt(count: 4, launcher: "OMPI_COMM_WORLD_SIZE=4")) {
        try Communicator.start(launch)
      }
    #endif
  }
}
