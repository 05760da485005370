import Foundation

/// How this process was started, as the environment tells it.
public struct Launch: Sendable, Equatable {
  /// Processes that were started together; 1 for a process of its own.
  public let count: Int
  /// This process's number among them.
  public let rank: Int
  /// The variable that says so.
  public let launcher: String

  /// Reads the variables that mpirun, mpiexec and srun set for what they start.
  ///
  /// `SLURM_NTASKS` alone says what a job may start, not that anything was started: a batch script has it, too. A job
  /// step has `SLURM_STEP_NUM_TASKS`. `ZOO_RANKS=separate` makes each process one of its own.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let pairs = [
      ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
      ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
    ]
    if environment["ZOO_RANKS"] != "separate" {
      for (size, number) in pairs {
        guard let count = environment[size].flatMap(Int.init), count > 1,
          let rank = environment[number].flatMap(Int.init), (0..<count).contains(rank)
        else { continue }
        self.count = count
        self.rank = rank
        launcher = "\(size)=\(count)"
        return
      }
    }
    count = 1
    rank = 0
    launcher = ""
  }
}
