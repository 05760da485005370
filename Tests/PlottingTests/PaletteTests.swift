import Testing

@testable import Plotting

@Suite struct PaletteTests {
  @Test(arguments: [false, true]) func theMapGetsBrighterEvenly(fades: Bool) {
    let luminances = (0..<Palette.levels).map {
      Palette.map(Double($0) / Double(Palette.levels - 1), fades: fades).luminance
    }
    for (darker, brighter) in zip(luminances, luminances.dropFirst()) { #expect(darker < brighter) }
    #expect(luminances[0] < 0.05 && luminances[Palette.levels - 1] > 0.7)
  }

  /// The contrast that the Web Content Accessibility Guidelines 2 ask of text is 4.5.
  @Test(arguments: [false, true]) func textOnTheMapIsRead(isDark: Bool) {
    for level in 0..<Palette.levels {
      let share = Double(level) / Double(Palette.levels - 1)
      let ground = Palette.map(isDark ? share : 1 - share, fades: !isDark).luminance
      let text = (isDark ? Palette.dark : Palette.light)["--on-map-\(level)"] == "#000000" ? 0.0 : 1.0
      let contrast = (max(ground, text) + 0.05) / (min(ground, text) + 0.05)
      #expect(contrast >= 4.5, "level \(level): \(contrast)")
    }
  }

  @Test func bothThemesDefineTheSame() {
    #expect(Set(Palette.light.keys) == Set(Palette.dark.keys))
    for paint in [Paint.ink, .muted, .grid, .ground, .series(0), .series(13), .map(15), .onMap(0)] {
      #expect(!paint.css.contains("#000)"), "\(paint.css) is no property of the palette")
    }
  }
}
