import Foundation
import LayerGraph
import ModelZoo
import Testing

/// What Keras's JSON describes is built, or refused by name.
@Suite struct KerasConfigurationTests {
  private static func json(_ layers: String, input: String = "[null, null, 2]") -> String {
    """
    {"class_name": "Sequential", "config": {"name": "s", "layers": [
      {"class_name": "InputLayer", "config": {"name": "input", "batch_input_shape": \(input)}}, \(layers)]}}
    """
  }

  private static func layer(_ kind: String, _ options: String, name: String = "odd") -> String {
    "{\"class_name\": \"\(kind)\", \"config\": {\"name\": \"\(name)\", \(options)}}"
  }

  private static let lstm = "\"units\": 3, \"activation\": \"tanh\", \"recurrent_activation\": \"sigmoid\""

  @Test(
    arguments: [
      (layer("GRU", "\"units\": 3"), ["'odd' is a GRU", "LSTM"]),
      (layer("Sequential", "\"layers\": []"), ["'odd' is a Sequential"]),
      (layer("Dense", "\"units\": 3, \"activation\": \"mish\""), ["'odd'", "'mish'", "hard_sigmoid"]),
      (layer("Dense", "\"units\": 3, \"activation\": {\"class_name\": \"ReLU\"}"), ["'odd'", "ReLU", "softsign"]),
      (layer("Dense", "\"units\": -3, \"activation\": \"relu\""), ["'odd'", "units -3"]),
      (layer("Dense", "\"units\": 1e30, \"activation\": \"relu\""), ["'odd'", "units"]),
      (layer("Dense", "\"units\": true, \"activation\": \"relu\""), ["'odd'", "units"]),
      (layer("Dense", "\"units\": 3"), ["'activation'", "'odd'"]),
      (layer("LSTM", "\"units\": 3, \"activation\": \"tanh\""), ["'recurrent_activation'", "'odd'"]),
      (layer("LSTM", lstm + ", \"stateful\": true"), ["'odd'", "stateful"]),
      (layer("LSTM", lstm + ", \"return_state\": true"), ["return_state"]),
      (layer("Conv1D", "\"filters\": 3, \"kernel_size\": [2, 2], \"padding\": \"valid\""), ["kernel_size [2,2]"]),
      (
        layer("Conv1D", "\"filters\": 3, \"kernel_size\": [2], \"padding\": \"valid\", \"groups\": 3"), ["groups 3"]
      ),
      (layer("Conv1D", "\"filters\": 3, \"kernel_size\": [2], \"padding\": \"full\""), ["padding 'full'", "causal"]),
      (layer("Bidirectional", "\"merge_mode\": null, \"layer\": " + layer("LSTM", lstm)), ["merge_mode"]),
      (layer("Bidirectional", "\"merge_mode\": \"sum\", \"layer\": " + layer("GRU", lstm)), ["Bidirectional GRU"]),
      (layer("Dropout", "\"rate\": 1.5"), ["rate 1.5"]),
    ] as [(String, [String])])
  func whatIsNotSupportedIsNamed(layer: String, parts: [String]) throws {
    let error = #expect(throws: ForeignError.self) {
      try KerasModel(json: Self.json(layer), kerasVersion: "2.15.0", file: "odd.h5")
    }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("odd.h5"))
    for part in parts { #expect(text.contains(part), "\(text)") }
  }

  @Test(arguments: [
    "", "{}", "[1]", "\"text\"", "{\"class_name\": \"Sequential\"}", "{\"class_name\": \"Sequential\", \"config\": {}}",
  ])
  func whatIsNoModelIsRefused(text: String) {
    #expect(throws: ForeignError.self) { try KerasModel(json: text, kerasVersion: nil, file: "odd.h5") }
  }

  @Test func aModelWithoutLayersOrShapeIsRefused() {
    let empty = "{\"class_name\": \"Sequential\", \"config\": {\"layers\": []}}"
    #expect(throws: ForeignError.self) { try KerasModel(json: empty, kerasVersion: nil, file: "odd.h5") }
    let dense = Self.layer("Dense", "\"units\": 3, \"activation\": \"relu\"")
    for input in ["[null, 2]", "[null, null, null]", "[null, null, 0]", "[null, -4, 2]"] {
      #expect(throws: ForeignError.self) {
        try KerasModel(json: Self.json(dense, input: input), kerasVersion: nil, file: "odd.h5")
      }
    }
  }

  @Test func chainsOfFunctionalModelsAreRead() throws {
    func layer(_ kind: String, _ name: String, _ options: String, _ inputs: [String]) -> String {
      let nodes = inputs.isEmpty ? "[]" : "[[" + inputs.map { "[\"\($0)\", 0, 0, {}]" }.joined(separator: ", ") + "]]"
      return
        "{\"class_name\": \"\(kind)\", \"name\": \"\(name)\", \"config\": {\"name\": \"\(name)\", \(options)}, \"inbound_nodes\": \(nodes)}"
    }
    func model(_ layers: [String]) -> String {
      "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": [\(layers.joined(separator: ", "))]}}"
    }
    let input = layer("InputLayer", "in", "\"batch_input_shape\": [null, 9, 2]", [])
    let first = layer("Dense", "a", "\"units\": 3, \"activation\": \"relu\"", ["in"])
    let second = layer("Dense", "b", "\"units\": 1, \"activation\": \"linear\"", ["a"])
    // The order of the list does not matter.
    let found = try KerasModel(json: model([second, input, first]), kerasVersion: "2.9.0", file: "m.h5")
    #expect(found.layers.map(\.name) == ["a", "b"] && found.inputSteps == 9)
    let branch = layer("Dense", "c", "\"units\": 1, \"activation\": \"linear\"", ["in"])
    let join = layer("Dense", "d", "\"units\": 1, \"activation\": \"linear\"", ["a", "b"])
    for layers in [[input, first, branch], [input, first, second, join], [first, second]] {
      #expect(throws: ForeignError.self) { try KerasModel(json: model(layers), kerasVersion: "2.9.0", file: "m.h5") }
    }
    let keras3 = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "in", "config": {"name": "in", "batch_shape": [null, 5, 2]}, "inbound_nodes": []},
        {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 4, "activation": "silu"}, "inbound_nodes": [
          {"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["in", 0, 0]}}], "kwargs": {}}]}]}}
      """
    let third = try KerasModel(json: keras3, kerasVersion: "3.1.0", file: "m.keras")
    #expect(third.layers.map(\.kind) == [.dense(units: 4, activation: .swish, hasBias: true)])
  }

  @Test func weightsThatContradictTheConfigurationAreListed() throws {
    var file = try ForeignFile(contentsOf: ForeignFixture.path("stack_keras2_whole.h5"))
    let text = try #require(file.modelConfig)
    file.modelConfig = text.replacing(
      "\"units\": 5, \"activation\": \"softmax\"", with: "\"units\": 6, \"activation\": \"softmax\"")
    #expect(file.modelConfig != text)
    let error = #expect(throws: ForeignError.self) {
      let importing = ForeignImport(file)
      return try importing.parameters(of: importing.model())
    }
    let message = "\(try #require(error))"
    #expect(message.contains("kernel of Dense 'out' must have shape [4, 6], and the file has [4, 5]"), "\(message)")
    #expect(message.contains("bias of Dense 'out'"))
    // A layer more in the file than in the configuration, and the other way round.
    file.modelConfig = text
    file.layers.removeAll { $0.name == "rec" }
    #expect(throws: ForeignError.self) { try ForeignImport(file).parameters(of: ForeignImport(file).model()) }
  }

  /// hard_sigmoid is another function in Keras 3.
  @Test func hardSigmoidFollowsTheVersion() throws {
    let json = Self.json(Self.layer("Dense", "\"units\": 3, \"activation\": \"hard_sigmoid\""))
    for (version, function) in [("2.3.0-tf", KerasActivation.hardSigmoid), ("3.0.0", .hardSigmoidSixth)] {
      let model = try KerasModel(json: json, kerasVersion: version, file: "h.h5")
      #expect(model.layers[0].kind == .dense(units: 3, activation: function, hasBias: true))
    }
  }
}
