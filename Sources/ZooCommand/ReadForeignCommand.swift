import ArgumentParser
import HDF5
import ModelZoo

/// What `zoo import` runs in a process of its own, as a damaged file can crash libhdf5.
struct ReadForeignCommand: ParsableCommand {
  static let name = "read-foreign"
  static let configuration = CommandConfiguration(
    commandName: name, abstract: "Reads a weight file for another process.", shouldDisplay: false)

  @Argument(help: "The file to read.")
  var file: String
  @Argument(help: "The file to write what was read to.")
  var result: String

  func run() throws { try AtomicFile.write(try ForeignFile(contentsOf: file).packed(), to: result) }
}
