import CZlib
import Foundation

/// Bytes that are read in order, from a part of a file, plain or deflated.
final class ByteStream {
  let file: RandomAccessFile
  /// What is read, for messages.
  let name: String
  /// Bytes that are left.
  private(set) var left: Int
  private var place: Int
  private var packed: Int
  private let isDeflated: Bool
  private var stream = z_stream()
  private var input: [UInt8] = []
  private var used = 0
  private var isStarted = false

  /// - Parameters:
  ///   - packed: bytes in the file.
  ///   - size: bytes that come out.
  init(_ file: RandomAccessFile, start: Int, packed: Int, size: Int, isDeflated: Bool, name: String) {
    self.file = file
    self.name = name
    self.packed = packed
    self.isDeflated = isDeflated
    left = size
    place = start
  }

  deinit { if isStarted { inflateEnd(&stream) } }

  /// The next bytes.
  /// - Throws: `FormatError` where there are fewer, or they are damaged.
  func read(_ count: Int) throws -> [UInt8] {
    guard count <= left else { throw damaged("\(count) bytes more", "\(left)") }
    left -= count
    guard isDeflated else {
      defer { place += count }
      return try file.read(at: place, count: count)
    }
    if !isStarted {
      guard zz_inflate_start(&stream) == Z_OK else { throw damaged("memory to unpack it", "none") }
      isStarted = true
    }
    var result = [UInt8](repeating: 0, count: count), done = 0
    while done < count {
      if used == input.count {
        guard packed > 0 else { throw damaged("\(count) bytes more", "\(done)") }
        input = try file.read(at: place, count: min(packed, 1 << 16))
        place += input.count
        packed -= input.count
        used = 0
      }
      let (taken, made, status) = input.withUnsafeMutableBufferPointer { input in
        result.withUnsafeMutableBufferPointer { result in
          stream.next_in = input.baseAddress! + used
          stream.avail_in = UInt32(input.count - used)
          stream.next_out = result.baseAddress! + done
          stream.avail_out = UInt32(min(count - done, 1 << 30))
          let space = stream.avail_out
          let status = inflate(&stream, Z_NO_FLUSH)
          return (input.count - used - Int(stream.avail_in), Int(space - stream.avail_out), status)
        }
      }
      used += taken
      done += made
      guard status == Z_OK || (status == Z_STREAM_END && done == count), taken + made > 0 else {
        throw damaged("\(count) bytes more", status == Z_STREAM_END ? "\(done)" : "damaged ones")
      }
    }
    return result
  }

  private func damaged(_ expected: String, _ found: String) -> FormatError {
    .contents(file: file.path, object: name, expected: expected, found: found)
  }
}
