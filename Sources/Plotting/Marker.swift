/// Small shapes, so that series are told apart without colours.
enum Marker {
  /// A shape around a place; the eight colours go with five shapes.
  static func element(style: Int, x: Double, y: Double, note: String? = nil) -> Element {
    let paint = Paint.series(style).css, ground = Paint.ground.css
    let shape: Element
    switch style % 5 {
    case 0: shape = Element("circle", ["cx": x, "cy": y, "r": 3.6, "fill": paint, "stroke": ground])
    case 1: shape = polygon([(0, -4.6), (4.4, 3.4), (-4.4, 3.4)], x, y, paint, ground)
    case 2: shape = polygon([(-3.4, -3.4), (3.4, -3.4), (3.4, 3.4), (-3.4, 3.4)], x, y, paint, ground)
    case 3: shape = polygon([(0, -4.8), (4.8, 0), (0, 4.8), (-4.8, 0)], x, y, paint, ground)
    default: shape = polygon([(0, 4.6), (4.4, -3.4), (-4.4, -3.4)], x, y, paint, ground)
    }
    guard let note else { return shape }
    var noted = shape
    noted.children = [.element(Element("title", text: note))]
    return noted
  }

  private static func polygon(
    _ corners: [(Double, Double)], _ x: Double, _ y: Double, _ paint: String, _ ground: String
  ) -> Element {
    let path = PathData.polyline(corners.map { (x: x + $0.0, y: y + $0.1) }, isClosed: true)
    return Element("path", ["d": path, "fill": paint, "stroke": ground])
  }
}
