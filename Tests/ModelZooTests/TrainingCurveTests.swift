import Foundation
import Testing

@testable import ModelZoo

@Suite struct TrainingCurveTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func curve(_ text: String) throws -> TrainingCurve {
    let path = folder.path + "/log.csv"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try TrainingCurve(name: "run", path: path)
  }

  @Test func columnsAreFoundByTheirNames() throws {
    let curve = try curve(
      "is_best,seen,validation_f1,training_loss,validation_loss\n1,100,0.5,1.5,1.6\r\n0,200,0.4,1.25,2\n\n")
    #expect(curve.metric == "f1" && curve.rows.count == 2)
    #expect(curve.rows[1] == .init(seen: 200, trainingLoss: 1.25, validationLoss: 2, metric: 0.4, isBest: false))
    #expect(curve.rows[0].isBest)
  }

  @Test(arguments: [
    ("", "no column 'seen'"), ("a,b\n1,2\n", "first line is 'a,b'"),
    ("seen,training_loss,validation_mae,validation_loss,is_best\n1,2,3\n", "line 2"),
    ("seen,training_loss,validation_mae,validation_loss,is_best\n1,2,3,4,1\n1,x,3,4,0\n", "line 3"),
  ]) func anythingElseIsASentence(text: String, part: String) throws {
    do {
      _ = try curve(text)
      Issue.record("no error")
    } catch { #expect("\(error)".contains(part), "\(error)") }
  }
}
