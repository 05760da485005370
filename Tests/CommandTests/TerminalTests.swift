import Foundation
import Testing

/// `zoo eval` on a pseudo-terminal, where it emphasises, and elsewhere, where it does not.
@Suite struct TerminalTests {
  /// What the program writes to a terminal.
  private func onTerminal(_ arguments: [String], environment: [String: String]) throws -> String {
    let primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(primary >= 0, "no pseudo-terminal")
    // Linux's TIOCSPTLCK and TIOCGPTN, which Swift does not import.
    var lock: Int32 = 0, number: UInt32 = 0
    try #require(ioctl(primary, 0x4004_5431, &lock) == 0 && ioctl(primary, 0x8004_5430, &number) == 0)
    let secondary = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    try #require(secondary >= 0)
    let process = Process()
    process.executableURL = Run.executable
    process.arguments = arguments
    process.environment = ["ZOO_THREADS": "1"].merging(environment) { $1 }
    process.standardOutput = FileHandle(fileDescriptor: secondary, closeOnDealloc: false)
    process.standardError = FileHandle.nullDevice
    try process.run()
    close(secondary)
    defer { close(primary) }
    // The end comes as an error (EIO) once nobody has the other side open.
    var text: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 4096)
    while case let count = read(primary, &buffer, buffer.count), count > 0 { text += buffer[0..<count] }
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
