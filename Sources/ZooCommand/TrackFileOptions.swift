import ArgumentParser
import Diffusion

extension GapPolicy: ExpressibleByArgument {}

extension ColumnMap: ExpressibleByArgument {
  /// A list such as `track=ID,frame=T,x=X,y=Y`.
  public init?(argument: String) { self.init(argument) }
}

/// How a user's file of tracks is to be read.
struct TrackFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Columns of a table of any other kind, by name or by number from 1.",
      valueName: "track=ID,frame=T,x=X,y=Y"))
  var columns: ColumnMap?
  @Option(help: "Between fields of a table: comma, semicolon, tab, space, or the character itself.")
  var delimiter: Delimiter?
  @Option(help: "The size of a pixel in micrometres, or with a unit: 160nm.")
  var pixelSize: Quantity<Length>?
  @Option(help: "The time between frames in seconds, or with a unit: 30ms.")
  var frameInterval: Quantity<Duration>?
  @Option(help: "Tracks that lack frames: split (at the gaps), interpolate, or refuse.")
  var gaps = GapPolicy.split
  @Option(help: "Points that a track, or a piece of one, must have to be characterised.")
  var shortest = 10

  func validate() throws {
    guard shortest >= 2 else { throw ValidationError("--shortest must be 2 or more, not \(shortest).") }
  }

  var reading: TrackOptions {
    TrackOptions(
      columns: columns, delimiter: delimiter?.character, pixelSize: pixelSize?.value,
      frameInterval: frameInterval?.value)
  }

  /// A character between fields.
  struct Delimiter: ExpressibleByArgument {
    let character: Character

    init?(argument: String) {
      let names: [String: Character] = [
        "comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "space": " ", "blank": " ", "pipe": "|",
      ]
      let found = names[argument.lowercased()] ?? (argument.count == 1 ? argument.first : nil)
      // Digits, signs and quotes occur in fields.
      guard let found, found.isASCII, !found.isNumber, !found.isLetter, !"+-.\"\n\r".contains(found) else { return nil }
      character = found
    }
  }

  /// Which units a quantity may have.
  protocol Kind { static func parse(_ text: String) -> Double? }
  enum Length: Kind { static func parse(_ text: String) -> Double? { TrackUnits.length(text) } }
  enum Duration: Kind { static func parse(_ text: String) -> Double? { TrackUnits.duration(text) } }

  /// A positive number, with or without a unit.
  struct Quantity<Of: Kind>: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
      guard let value = Of.parse(argument) else { return nil }
      self.value = value
    }
  }
}
