import KerasNetwork
import ModelZoo
import PlainLSTM
import RANDI
import TAMSD
import UPVMAT
import WADNet

/// The architectures of this package, in the order in which they are listed: what the `zoo` executable is built with,
/// and what the tests run over.
public let builtInArchitectures: [any Architecture] = [
  WADNet(),
  PlainLSTM(),
  TAMSD(),
  RANDI(),
  UPVMAT(),
  KerasNetwork(),
]
