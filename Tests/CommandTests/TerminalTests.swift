import Foundation
import Testing

/// `zoo eval` on a pseudo-terminal, where it emphasises, and elsewhere, where it does not.
@Suite struct TerminalTests {
  /// What the program writes to a terminal.
  private func onTerminal(_ arguments: [String], environment: [String: String]) throws -> String {
    let primary = posix_openpt(O_RDWR | O_NOCTTY)
    try #require(primary >= 0 && grantpt(primary) == 0 && unlockpt(primary) == 0, "no pseudo-terminal")
    let name = String(cString: try #require(ptsname(primary)))
    let secondary = open(name, O_RDWR | O_NOCTTY)
    try #require(secondary >= 0)
    let process = Process()
    process.executableURL = Run.executable
    process.arguments = arguments
    process.environment = ["ZOO_THREADS": "1"].merging(environment) { $1 }
    process.standardOutput = FileHandle(fileDescriptor: secondary, closeOnDealloc: false)
    process.standardError = FileHandle.nullDevice
    try process.run()
    close(secondary)
    let primaryHandle = FileHandle(fileDescriptor: primary, closeOnDealloc: true)
    var text = Data()
    // The terminal's end closes when the program ends: an error (EIO) on Linux, not an end of file.
    while let part = try? primaryHandle.read(upToCount: 4096), !part.isEmpty { text += part }
    process.waitUntilExit()
    return String(decoding: text, as: UTF8.self)
  }

  private let arguments = [
    "eval", "--models", "wadnet,msd", "--tasks", "exponent", "--dimensions", "1", "--count", "60",
  ]

  @Test func theBestStandsOutOnATerminalOnly() throws {
    let styled = try onTerminal(arguments, environment: ["TERM": "xterm"])
    #expect(styled.contains("\u{1B}[1m0.") && styled.contains("the best"))
    for environment in [["TERM": "xterm", "NO_COLOR": "1"], ["TERM": "dumb"], [:]] {
      let plain = try onTerminal(arguments, environment: environment)
      #expect(plain.contains("wadnet     0.") && !plain.contains("\u{1B}"), "\(environment)")
    }
    let piped = try Run(arguments, environment: ["TERM": "xterm"])
    #expect(piped.output.contains("wadnet     0.") && !piped.output.contains("\u{1B}"))
  }
}
