import ArgumentParser
import ModelZoo

/// `--plugin`, which every command takes.
///
/// The registry must be whole before a command runs, so `ZooProgram` takes the option out of the arguments before they
/// are parsed. Here it stands for help and completions.
struct PluginOptions: ParsableArguments {
  @Option(
    name: .customLong("plugin"), parsing: .singleValue,
    help: "A shared library with architectures; may be given several times. Also ZOO_PLUGINS.")
  var libraries: [String] = []

  /// The values of `--plugin`, and the other arguments.
  /// - Throws: `ValidationError` where no value follows.
  static func split(_ arguments: [String]) throws -> (libraries: [String], others: [String]) {
    var libraries: [String] = [], others: [String] = []
    var index = 0
    while index < arguments.count, arguments[index] != "--" {
      let argument = arguments[index]
      index += 1
      guard argument == "--plugin" || argument.hasPrefix("--plugin=") else {
        others.append(argument)
        continue
      }
      var path = String(argument.dropFirst("--plugin=".count))
      if argument == "--plugin", index < arguments.count, !arguments[index].hasPrefix("-") {
        path = arguments[index]
        index += 1
      }
      guard !path.isEmpty else {
        throw ValidationError("--plugin needs the path of a shared library, e.g. --plugin ./libFoo.so.")
      }
      libraries.append(path)
    }
    return (libraries, others + arguments[index...])
  }
}
