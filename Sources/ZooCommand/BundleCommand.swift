import ArgumentParser
import Foundation
import ModelZoo

/// `zoo bundle`: weight files as members of one.
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "Puts weight files together into one: an ensemble, or networks for several lengths.",
    discussion: """
      Examples:
        zoo bundle fold1.h5 fold2.h5 fold3.h5 --output exponent-1d.h5
        zoo bundle nets/wadnet/exponent-1d --output exponent-1d.h5
        zoo bundle exponent-1d.h5 --precision float16 --output small.h5

      Members for the same lengths are averaged; their spread is told with each answer. Intervals and temperatures hold \
      for the files that they were fitted with: `zoo calibrate` fits those of the bundle.
      """)

  @Argument(help: "Weight files, or folders of them.")
  var files: [String]
  @Option(help: "How networks of some lengths serve the others: whole, windows, mix or zeros.")
  var lengthPolicy: LengthPolicy?
  @Option(help: "Bits of stored parameters: float32, or float16 for half the size.")
  var precision: Checkpoint.Precision?
  @Option(help: "The file to write.")
  var output: String
  @OptionGroup var replacement: ReplacementOption

  func run() throws {
    try replacement.check(output, besides: files)
    let parts = try files.map(Weights.init(at:))
    var members = parts.flatMap(\.members)
    if let precision {
      guard let network = try ZooProgram.registry.architecture(parts[0].architecture) as? any NetworkArchitecture else {
        throw SettingsError.value(owner: "--precision", reason: "'\(parts[0].architecture)' is no network")
      }
      members = try members.map { member in
        if precision == .float16 { return try network.halved(member) }
        var whole = member
        whole.precision = .float32
        return whole
      }
    }
    var serving = parts.count == 1 ? parts[0].serving : Serving()
    if let lengthPolicy, lengthPolicy != serving.policy { serving = Serving(policy: lengthPolicy) }
    let weights = try Weights(members, serving: serving, source: files.joined(separator: ", "))
    // Members that don't go together are found before anything is written.
    _ = try ZooProgram.registry.architecture(weights.architecture).characterizer(for: weights.subtask, weights: weights)
    try weights.write(to: output)
    say(
      "\(output): \(members.count) network\(members.count == 1 ? "" : "s"), \(weights.architecture), "
        + "\(weights.subtask).")
  }
}
