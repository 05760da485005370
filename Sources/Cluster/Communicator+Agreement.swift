extension Communicator {
  /// Does something on every rank; where it fails on one, it fails on all.
  /// - Throws: what `body` throws on the lowest rank that fails, `ClusterError.elsewhere` on others.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard !isAlone else { return try body() }
    let value: Result?, failure: (any Error)?
    do { (value, failure) = (try body(), nil) } catch { (value, failure) = (nil, error) }
    let speaker = try gather(failure != nil).firstIndex(of: true)
    if let failure, speaker == rank { throw failure }
    guard let value, speaker == nil else { throw ClusterError.elsewhere }
    return value
  }

  /// Does something on the first rank alone; where it fails, it fails on all.
  public func first(_ body: () throws -> Void) throws {
    try together { if isFirst { try body() } }
  }

  /// Checks that all ranks have the same of something.
  /// - Parameters:
  ///   - what: a name, as in "the same recipe".
  ///   - text: compared; the first line that differs stands in the message.
  /// - Throws: `ClusterError.difference` on the first rank, `ClusterError.elsewhere` on the others.
  public func requireSame(_ what: String, _ text: String) throws {
    guard !isAlone else { return }
    let all = try gather(text), hosts = try gather(host)
    guard let other = all.firstIndex(where: { $0 != all[0] }) else { return }
    guard isFirst else { throw ClusterError.elsewhere }
    let lines = [all[0], all[other]].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    let place = zip(lines[0], lines[1]).prefix { $0 == $1 }.count
    func line(_ text: Int) -> String { place < lines[text].count ? "'\(lines[text][place])'" : "nothing" }
    throw ClusterError.difference(what: what, rank: other, host: hosts[other], found: line(1), expected: line(0))
  }

  /// Items cut into runs of about the same length, one for each rank.
  public func part(of items: Int, for rank: Int) -> Range<Int> { items * rank / count..<items * (rank + 1) / count }
}
