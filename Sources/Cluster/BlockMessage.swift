/// What ranks say to each other about blocks.
enum BlockMessage {
  case block(Int, [UInt8])
  case result(Int, [UInt8])
  case failure(Int, host: String, reason: String)
  /// There is no more work.
  case end(Communicator.Outcome)
  /// The answer to `end`: nothing more will come.
  case left

  var bytes: [UInt8] {
    var writer = ByteWriter()
    switch self {
    case .block(let number, let question):
      writer.append(UInt8(0))
      writer.append(number)
      writer.append(question)
    case .result(let number, let result):
      writer.append(UInt8(1))
      writer.append(number)
      writer.append(result)
    case .failure(let number, let host, let reason):
      writer.append(UInt8(2))
      writer.append(number)
      writer.append(host)
      writer.append(reason)
    case .end(let outcome):
      writer.append(UInt8(3))
      writer.append(outcome.rawValue)
    case .left: writer.append(UInt8(4))
    }
    return writer.bytes
  }

  init(_ bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    switch reader.next(UInt8.self) {
    case 0: self = .block(reader.next(), reader.nextArray())
    case 1: self = .result(reader.next(), reader.nextArray())
    case 2: self = .failure(reader.next(), host: reader.nextText(), reason: reader.nextText())
    case 3: self = .end(Communicator.Outcome(rawValue: reader.next()) ?? .failed)
    default: self = .left
    }
  }
}
