import Foundation
import Synchronization

/// Ctrl-C as a wish: the first one asks work to end in good order, the second one ends the program.
enum StopSignal {
  private static let asked = Atomic<Bool>(false)

  static var isAsked: Bool { asked.load(ordering: .relaxed) }

  /// From now on SIGINT and SIGTERM are wishes.
  static func listen() {
    // Whoever started this program may have blocked them, and the block is inherited.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM] {
      sigaddset(&wanted, number)
      signal(number) { number in
        StopSignal.asked.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }
}
