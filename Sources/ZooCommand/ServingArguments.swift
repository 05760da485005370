import ArgumentParser
import ModelZoo

extension LengthPolicy: ExpressibleByArgument {}
extension Checkpoint.Precision: ExpressibleByArgument {}
extension SymmetryChoice: ExpressibleByArgument {
  /// "all", or a number from 1; nil for anything else.
  public init?(argument: String) { self.init(argument) }
}

/// How trained networks answer.
struct ServingArguments: ParsableArguments {
  @Option(
    help: """
      Average over this many symmetric copies of each trajectory (signs and order of components), or all: 2 of 1, 8 of 2, \
      48 of 3 dimensions.
      """)
  var symmetries = SymmetryChoice.first(1)
  @Option(
    help: """
      How networks of some lengths serve the others, in place of what the weights say: whole, windows (the first and the \
      last of the next smaller length), mix (of the neighbouring lengths) or zeros (in front).
      """)
  var lengthPolicy: LengthPolicy?

  var options: ServingOptions { ServingOptions(policy: lengthPolicy, symmetries: symmetries) }
}

extension SymmetryChoice {
  /// As the help shows the default: "all", or the number.
  public var defaultValueDescription: String {
    switch self {
    case .all: "all"
    case .first(let count): "\(count)"
    }
  }
}
