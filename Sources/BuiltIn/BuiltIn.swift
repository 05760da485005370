import ModelZoo
import PlainLSTM
import TAMSD
import WADNet

/// The architectures of this package, in the order in which they are listed: what the `zoo` executable is built with,
/// and what the tests run over.
public let builtInArchitectures: [any Architecture] = [
  WADNet(),
  PlainLSTM(),
  TAMSD(),
]
