import ArgumentParser
import Cluster
import Foundation
import LayerGraph
import ModelZoo
import Synchronization

/// A command whose work ranks share; of all others the first rank does everything.
protocol RankedCommand {}

/// The program as one of several ranks: who speaks, and how all end together.
enum RankedProgram {
  private static let shared = Mutex(Communicator.alone)

  static var communicator: Communicator { shared.withLock { $0 } }

  /// Runs a command on all ranks and ends the program; an error is told by one rank alone.
  static func main(_ body: () throws -> Void) -> Never {
    let launch = Launch()
    // Open MPI's mpirun gives ranks, even a single one, a terminal of its own, and passes on what they print there to
    // wherever it is asked to.
    if ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] != nil { setenv("NO_COLOR", "1", 0) }
    do {
      let communicator = try Communicator.start(launch)
      shared.withLock { $0 = communicator }
      if !communicator.isAlone { try settle(communicator) }
      try body()
      end(communicator, nil)
    } catch let error as ClusterError where communicator.isAlone && launch.count > 1 {
      // The ranks don't know each other: the first one speaks, and all fail.
      if launch.rank == 0 { Zoo.exit(withError: error) }
      usleep(500_000)
      exit(EXIT_FAILURE)
    } catch {
      end(communicator, error)
    }
  }

  /// Makes this process one of many: one voice on standard output, and processors shared with ranks beside it.
  private static func settle(_ communicator: Communicator) throws {
    if !communicator.isFirst {
      let nowhere = open("/dev/null", O_WRONLY)
      if nowhere >= 0 {
        dup2(nowhere, STDOUT_FILENO)
        close(nowhere)
      }
    }
    let neighbours = try communicator.gather(communicator.host).filter { $0 == communicator.host }.count
    let processors = ProcessInfo.processInfo.activeProcessorCount
    // Ranks that were bound to processors of their own see only these.
    if neighbours > 1, processors == sysconf(Int32(_SC_NPROCESSORS_ONLN)) {
      setenv("ZOO_THREADS", "\(max(1, processors / neighbours))", 0)
    }
  }

  /// Checks that all ranks would give the same numbers.
  /// - Parameter libraries: files with architectures that are added.
  static func requireSameProgram(_ libraries: [String]) throws {
    let communicator = communicator
    try communicator.requireSame("version", zooVersion)
    var checksum = Checksum()
    checksum.add(file: "/proc/self/exe")
    try communicator.requireSame("build of the program", "checksum \(checksum)")
    let plugins = libraries.map { library in
      var checksum = Checksum()
      checksum.add(file: library)
      return "\(library), checksum \(checksum)"
    }
    try communicator.requireSame("plugins", plugins.joined(separator: "\n"))
    let table = try communicator.together { try KernelTable.chosen() }
    // Instruction sets round differently; ZOO_ISA chooses one that all machines have.
    try communicator.requireSame("instruction set (ZOO_ISA chooses one that all machines have)", table.name)
  }

  private static func end(_ communicator: Communicator, _ error: (any Error)?) -> Never {
    let outcome: Communicator.Outcome =
      switch error {
      case nil: .done
      case let error as ClusterError where error == .elsewhere: .failedElsewhere
      case .some: .failed
      }
    let outcomes = communicator.finish(outcome)
    // Of those that failed by themselves the lowest rank speaks; where a rank never came, its work hangs on this one's.
    let speaker = outcomes.map { $0.firstIndex(of: .failed) ?? $0.firstIndex(of: .failedElsewhere) }
    if let error, speaker == nil || speaker == communicator.rank {
      let told = communicator.isFirst || communicator.isAlone ? error : tell(error, communicator)
      guard outcomes == nil else { Zoo.exit(withError: told) }
      if outcome == .failedElsewhere { usleep(2_000_000) }
      // Lower ranks first: the first one to speak ends all others.
      usleep(UInt32(min(communicator.rank, 100)) * 20_000)
      communicator.abort(Zoo.fullMessage(for: told), status: Zoo.exitCode(for: told).rawValue)
    }
    // mpirun ends all when one rank fails, so that only the one that speaks may.
    exit(EXIT_SUCCESS)
  }

  private static func tell(_ error: any Error, _ communicator: Communicator) -> any Error {
    guard Zoo.exitCode(for: error) == .failure else { return error }
    return ClusterError.rank(communicator.rank, host: communicator.host, reason: "\(error)")
  }
}
