/// The outline of a path, in tenths of a pixel and relative steps, which take the fewest letters.
struct PathData {
  private(set) var text = ""
  private var x = 0
  private var y = 0

  private mutating func step(_ letter: Character, to newX: Double, _ newY: Double) {
    let tenthX = Self.tenths(newX), tenthY = Self.tenths(newY)
    let dx = Self.number(tenthX - x), dy = Self.number(tenthY - y)
    // A minus sign ends the number before it.
    text += "\(letter)\(dx)\(dy.hasPrefix("-") ? "" : " ")\(dy)"
    x = tenthX
    y = tenthY
  }

  private static func tenths(_ value: Double) -> Int {
    value.isFinite ? Int((max(-1e6, min(1e6, value)) * 10).rounded()) : 0
  }

  private static func number(_ tenths: Int) -> String { NumberText.fixed(Double(tenths) / 10, decimals: 1) }

  mutating func move(_ x: Double, _ y: Double) { step("m", to: x, y) }
  mutating func line(_ x: Double, _ y: Double) { step("l", to: x, y) }

  /// A point that a round line cap makes a dot.
  mutating func dot(_ x: Double, _ y: Double) {
    move(x, y)
    text += "h0"
  }

  mutating func rectangle(_ x: Double, _ y: Double, width: Double, height: Double) {
    move(x, y)
    let right = Self.tenths(x + width) - self.x, down = Self.tenths(y + height) - self.y
    text += "h\(Self.number(right))v\(Self.number(down))h\(Self.number(-right))z"
  }

  mutating func close() { text += "z" }

  /// A line through places.
  static func polyline(_ places: [(x: Double, y: Double)], isClosed: Bool = false) -> String {
    var path = PathData()
    for (index, place) in places.enumerated() {
      if index == 0 { path.move(place.x, place.y) } else { path.line(place.x, place.y) }
    }
    if isClosed { path.close() }
    return path.text
  }
}
