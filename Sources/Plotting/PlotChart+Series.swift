extension PlotChart {
  /// One of the things that are compared.
  public struct Series: Sendable {
    /// How it is drawn.
    public enum Mark: Sendable, Equatable {
      /// A line through the points, with a marker on each where there is room.
      case line(isDashed: Bool = false)
      /// A marker for each point, with a line over its interval.
      case points
      /// A bar from zero to each point, side by side with those of other series; x holds categories.
      case bars
      /// The polygon that the points are corners of, filled faintly.
      case area
      /// Thousands of small dots.
      case cloud
    }

    /// A place with an interval in either direction.
    public struct Point: Sendable, Equatable {
      /// Along the first axis, in its unit; the index of a category on an axis of those.
      public var x: Double
      /// Along the second axis, in its unit.
      public var y: Double
      /// Horizontal interval in the unit of `x`, drawn as a line; nil for none.
      public var xInterval: ClosedRange<Double>?
      /// Vertical interval in the unit of `y`, drawn as a line; nil for none.
      public var yInterval: ClosedRange<Double>?
      /// Said of it when a pointer rests on it.
      public var note: String?

      /// A place, by default without intervals and without a note.
      public init(
        _ x: Double, _ y: Double, xInterval: ClosedRange<Double>? = nil, yInterval: ClosedRange<Double>? = nil,
        note: String? = nil
      ) {
        self.x = x
        self.y = y
        self.xInterval = xInterval
        self.yInterval = yInterval
        self.note = note
      }
    }

    /// As the legend calls it; series that share a name stand there once.
    public let name: String
    /// How its points are drawn.
    public let mark: Mark
    /// Which colour and which shape of marker.
    public let style: Int
    /// In the order in which a line joins them; all finite.
    public let points: [Point]
    /// Whether it stands in the legend; not where its style already does.
    public let isInLegend: Bool

    /// A series; points with a coordinate that is not finite are left out.
    ///
    /// - Parameters:
    ///   - name: what the legend calls it.
    ///   - mark: how points are drawn.
    ///   - style: which colour (repeats after eight) and which shape of marker.
    ///   - points: in the order in which a line joins them.
    ///   - isInLegend: whether the legend names it.
    public init(_ name: String, _ mark: Mark, style: Int, points: [Point], isInLegend: Bool = true) {
      self.name = name
      self.mark = mark
      self.style = style
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
      self.isInLegend = isInLegend
    }
  }

  /// A straight line across the drawing.
  public enum Rule: Sendable, Equatable {
    /// At a height, dashed in the colour of a series.
    case horizontal(Double, style: Int?)
    /// At a place of the first axis.
    case vertical(Double, style: Int?)
    /// Where both axes say the same.
    case diagonal
  }
}
