import Diffusion
import Foundation
import Testing

/// What is said about text files that are wrong: the file, the line, what was expected, what was found.
@Suite struct AnDiTextErrorTests {
  static func readAll(_ path: String) throws {
    let reader = try AnDiText.TrajectoryReader(path)
    while try reader.next() != nil {}
  }

  static func readLabels(_ path: String, _ task: ChallengeTask) throws {
    let reader = try AnDiText.LabelReader(path, task: task)
    while try reader.next() != nil {}
  }

  static let samples = [
    ("bad_number", "expected a number in field 6 between semicolons, found '0.7x5'"),
    ("bad_empty_field", "expected a number in field 13 between semicolons, found nothing"),
    ("bad_dimension", "expected the dimension 1, 2 or 3 in field 1, found 4.0"),
    ("bad_count", "expected as many y as x, found 21 numbers for dimension 2"),
    ("bad_separator", "expected a number in field 1 between semicolons, found '1.0,0.0,0.5,-0.25,1.0,0....'"),
    ("bad_nonfinite", "expected a finite number in field 10, found 'nan'"),
    ("bad_no_points", "expected positions after the dimension, found none"),
  ]

  @Test(arguments: samples) func malformedSamples(name: String, problem: String) {
    let path = "\(Fixtures.samples)/\(name).txt"
    #expect(message { try Self.readAll(path) } == "\(path), line 2: \(problem).")
  }

  @Test func malformedLabelSample() {
    let path = Fixtures.samples + "/bad_ref2_label.txt"
    #expect(
      message { try Self.readLabels(path, .model) }
        == "\(path), line 2: expected the label of a model, 0 to 4, found 5.0.")
  }

  @Test func everyBadSampleIsTested() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.samples).filter { $0.hasPrefix("bad_") }
    #expect(Set(files) == Set(Self.samples.map { $0.0 + ".txt" } + ["bad_ref2_label.txt"]))
  }

  /// Texts of a line, and what is wrong in them.
  static let lines = [
    ("1.0;inf", "a finite number in field 2, found 'inf'"),
    ("1.0;0;-Infinity;0", "a finite number in field 3, found '-Infinity'"),
    ("1.0;1e999", "a finite number in field 2, found '1e999'"),
    ("nan;1", "a finite number in field 1, found 'nan'"),
    ("", "numbers between semicolons, found an empty line"),
    ("1.0;", "a number in field 2 between semicolons, found nothing"),
    (";1.0", "a number in field 1 between semicolons, found nothing"),
    ("1.0;1.5;", "a number in field 3 between semicolons, found nothing"),
    ("1.0; 1.5", "a number in field 2 between semicolons, found ' 1.5'"),
    ("1.0;1.5 ", "a number in field 2 between semicolons, found '1.5 '"),
    ("1.0;0x1p3", "a number in field 2 between semicolons, found '0x1p3'"),
    ("1.0;-0X10", "a number in field 2 between semicolons, found '-0X10'"),
    ("1.0;1,5", "a number in field 2 between semicolons, found '1,5'"),
    ("1.0\t1.5", "a number in field 1 between semicolons, found '1.0\\t1.5'"),
    ("1.0;1\u{1B}[31m", "a number in field 2 between semicolons, found '1\\u{1B}[31m'"),
    ("\u{FEFF}1.0;1", "a number in field 1 between semicolons, found '\u{FEFF}1.0'"),
    ("1.5;1;2", "the dimension 1, 2 or 3 in field 1, found 1.5"),
    ("0;1;2", "the dimension 1, 2 or 3 in field 1, found 0.0"),
    ("1e300;1;2", "the dimension 1, 2 or 3 in field 1, found 1e+300"),
    ("3.0;1;2;3;4", "as many y as x and z, found 4 numbers for dimension 3"),
    ("3.0", "positions after the dimension, found none"),
    ("x", "a number in field 1 between semicolons, found 'x'"),
  ]

  @Test(arguments: lines) func wrongLines(text: String, problem: String) throws {
    let folder = try TemporaryFolder()
    for end in ["\n", "\r\n", ""] {
      if text.isEmpty && end.isEmpty { continue }
      let path = try folder.write("task.txt", "1.0;0.5;1e-5" + (end.isEmpty ? "\n" : end) + text + end)
      #expect(message { try Self.readAll(path) } == "\(path), line 2: expected \(problem).")
    }
  }

  @Test func aZeroByteIsNoEndOfALine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("task.txt", "1.0;1;2\n1.0;1\u{0};2\n")
    #expect(
      message { try Self.readAll(path) }
        == "\(path), line 2: expected a number in field 2 between semicolons, found '1\\0'.")
  }

  @Test(arguments: [
    (ChallengeTask.exponent, "1.0;0", "an exponent above 0 and up to 2, found 0.0"),
    (.exponent, "1.0;2.05", "an exponent above 0 and up to 2, found 2.05"),
    (.exponent, "1.0;-1", "an exponent above 0 and up to 2, found -1.0"),
    (.exponent, "1.0", "a dimension and one label, found 1 field"),
    (.exponent, "1.0;0.5;0.5", "a dimension and one label, found 3 fields"),
    (.exponent, "7;0.5", "the dimension 1, 2 or 3 in field 1, found 7.0"),
    (.model, "1.0;0.35", "the label of a model, 0 to 4, found 0.35"),
    (.model, "1.0;-1", "the label of a model, 0 to 4, found -1.0"),
    (.model, "1.0;nan", "a finite number in field 2, found 'nan'"),
  ]) func wrongLabels(task: ChallengeTask, text: String, problem: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("ref.txt", "1.0;1.0\n\(text)\n")
    #expect(message { try Self.readLabels(path, task) } == "\(path), line 2: expected \(problem).")
  }

  @Test func filesThatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    let missing = folder.file("none.txt")
    #expect(message { try Self.readAll(missing) } == "\(missing) can't be read: No such file or directory.")
    #expect(message { try Self.readLabels(missing, .model) } == "\(missing) can't be read: No such file or directory.")
    #expect(message { try Self.readAll(folder.path) } == "\(folder.path) can't be read: it is a folder.")
    let empty = try folder.write("empty.txt", "")
    #expect(message { try Self.readAll(empty) } == nil)
    #expect(Self.source(empty, empty) == "\(empty) is empty; one line for each trajectory was expected.")
  }

  static func source(_ path: String, _ reference: String, dimension: Int = 1) -> String? {
    message { _ = try AnDiSource(path: path, reference: reference, task: .exponent, dimension: dimension) }
  }

  @Test func filesThatDoNotBelongTogether() throws {
    let folder = try TemporaryFolder()
    let three = try folder.write("task1.txt", "1.0;1;2\n1.0;1;2\n2.0;1;2\n")
    let two = try folder.write("two.txt", "1.0;0.5\n1.0;0.5\n")
    let five = try folder.write("five.txt", "1.0;0.5\n1.0;0.5\n2.0;0.5\n1.0;0.5\n1.0;0.5")
    let swapped = try folder.write("swapped.txt", "1.0;0.5\n2.0;0.5\n1.0;0.5\n")
    let right = try folder.write("right.txt", "1.0;0.5\n1.0;0.5\n2.0;0.5\n")
    let empty = try folder.write("empty.txt", "")
    #expect(Self.source(three, right) == nil)
    #expect(
      Self.source(three, two) == "\(three) has 3 lines, but \(two) has 2; line by line they must belong together.")
    #expect(
      Self.source(three, five) == "\(three) has 3 lines, but \(five) has 5; line by line they must belong together.")
    #expect(
      Self.source(three, empty) == "\(three) has 3 lines, but \(empty) has 0; line by line they must belong together.")
    #expect(
      Self.source(three, swapped) == "\(swapped), line 2: expected dimension 1 as in \(three), found dimension 2.")
    #expect(
      Self.source(three, right, dimension: 3) == "\(three) holds no trajectories in 3D; it holds 2 in 1D, 1 in 2D.")
    // What is wrong in a line is said before what is wrong with the number of lines.
    let broken = try folder.write("broken.txt", "1.0;0.5\n1.0;0.5\n2.0;0.5\n1.0;x\n")
    #expect(
      Self.source(three, broken) == "\(broken), line 4: expected a number in field 2 between semicolons, found 'x'.")
  }
}
