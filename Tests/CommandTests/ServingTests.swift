import Foundation
import Testing

/// Bundles, calibration, symmetries and the paper's protocol, as a user meets them.
@Suite struct ServingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func zoo(_ arguments: String..., file: String = #function) throws -> Run {
    let run = try Run(arguments.flatMap { $0.split(separator: " ").map(String.init) }, folder: folder.path)
    return run
  }

  private let small =
    "--architecture lstm --set configuration.hidden=8 --set configuration.layers=1 --set validation.count=50"

  @Test func networksBecomeABundleThatKnowsItsDoubt() throws {
    for seed in 1...2 {
      let run = try zoo(
        "train", small, "--length 10-30 --budget 600 --set batch.points=640 --set validation.every=600",
        "--seed \(seed) --output \(seed).h5")
      #expect(run.status == 0, "\(run.errors)")
    }
    try FileManager.default.createDirectory(atPath: folder.file("w/lstm"), withIntermediateDirectories: true)
    let bundle = try zoo("bundle 1.h5 2.h5 --precision float16 --output w/lstm/exponent-1d.h5")
    #expect(bundle.status == 0 && bundle.output.contains("2 networks, lstm, exponent-1d"), "\(bundle.errors)")
    let again = try zoo("bundle 1.h5 --output w/lstm/exponent-1d.h5")
    #expect(again.status == 1 && again.errors.contains("--force"))
    let calibrate = try zoo("calibrate w/lstm/exponent-1d.h5 --count 500")
    #expect(calibrate.status == 0 && calibrate.output.contains("and spread, calibrated on 500"), "\(calibrate.errors)")
    let check = try zoo("check lstm --weights w --verbose")
    #expect(check.status == 0, "\(check.output)")
    #expect(check.output.contains("PASSED   lstm, exponent-1d: its weights replay their stored run"))
    let describe = try zoo("describe lstm --weights w")
    #expect(describe.output.contains("network 2 of 2") && describe.output.contains("stored as: float16"))
    let eval = try zoo(
      "eval --models lstm,lstm+msd --tasks exponent --dimensions 1 --count 200 --weights w --symmetries all",
      "--json eval.json")
    #expect(eval.status == 0 && eval.output.contains("True exponents inside the stated intervals"), "\(eval.errors)")
    #expect(eval.output.contains("lstm+msd"))
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder.file("eval.json"))))
    let rows = try #require((json as? [String: Any])?["rows"] as? [[String: Any]])
    #expect((rows[0]["coverage95"] as? Double).map { $0 > 0.85 } == true)
    #expect(rows[1]["coverage95"] == nil)
    #expect(try zoo("generate --tasks exponent --dimensions 1 --count 20 --output set").status == 0)
    let predict = try zoo("predict set/task1.txt --model lstm --task exponent --weights w --shortest 2")
    let lines = predict.output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let row = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[1])).compactMapValues { Double($0) }
    let inOrder = ["exponent_low_95", "exponent_low_68", "exponent", "exponent_high_68", "exponent_high_95"]
      .compactMap { row[Substring($0)] }
    #expect(inOrder.count == 5 && inOrder == inOrder.sorted())
    #expect(row["exponent_sd"].map { $0 > 0 } == true && row["exponent_spread"] != nil)
    let wrong = try zoo("eval --models lstm --weights w --symmetries none")
    #expect(wrong.status == 64 && wrong.errors.contains("symmetries"))
  }

  @Test func thePapersProtocolServesWhatItTrained() throws {
    let arguments =
      "\(small) --protocol paper --length 20,40 --count 400 --folds 2 --set budget=800 --external 300 --output nets"
    let stopped = try zoo("train", arguments, "--time-limit 0s")
    #expect(stopped.status == 0 && stopped.output.contains("--resume"), "\(stopped.errors)")
    let run = try zoo("train", arguments, "--resume")
    #expect(run.status == 0 && run.output.contains("Done: nets/lstm/exponent-1d, policy windows, w "), "\(run.errors)")
    let place = folder.file("nets/lstm/exponent-1d")
    for name in ["20-fold1.h5", "20-fold2.h5", "40-fold1.csv", "40-fold2.h5", "serving.json"] {
      #expect(FileManager.default.fileExists(atPath: "\(place)/\(name)"))
    }
    let serving = try String(contentsOfFile: "\(place)/serving.json", encoding: .utf8)
    #expect(serving.contains("\"rectification\":") && serving.contains("\"policy\":\"windows\""))
    let describe = try zoo("describe lstm --weights nets")
    #expect(describe.output.contains("400 simulated trajectories of 40 points, seed 1, fold 2 of 2"))
    #expect(describe.output.contains("together: 4 networks, policy windows"))
    #expect(try zoo("generate --tasks exponent --dimensions 1 --count 40 --output set.h5").status == 0)
    let eval = try zoo("eval --models lstm --tasks exponent --dimensions 1 --count 60 --weights nets")
    // Some of the challenge's trajectories have fewer than 20 points.
    #expect(eval.output.contains("this method takes 20 to 20000") || eval.status == 0)
    let bundle = try zoo("bundle nets/lstm/exponent-1d --output all.h5")
    #expect(bundle.status == 0 && bundle.output.contains("4 networks"), "\(bundle.errors)")
    // What is ready is not trained again.
    let log = try Data(contentsOf: URL(fileURLWithPath: "\(place)/20-fold1.csv"))
    #expect(try zoo("train", arguments, "--resume").status == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(place)/20-fold1.csv")) == log)
    let other = try zoo("train", arguments)
    #expect(other.status == 1 && other.errors.contains("--resume"))
    for (wrong, part) in [
      ("--length 10-20 --output x", "--length"), ("--length 20 --data y --output x", "--data"),
      ("--length 20", "--output"), ("--length 20 --folds 0 --output x", "--folds"),
    ] {
      let run = try zoo("train --protocol paper", wrong)
      #expect(run.status == 64 && run.errors.contains(part), "\(run.errors)")
    }
  }
}
