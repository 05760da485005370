import Cluster
/// What a user names as a model: an architecture, or several whose answers are averaged, e.g. "wadnet+lstm".
public struct ModelExpression: Sendable {
  /// The expression as it was given: ids with plus signs between.
  public let text: String
  /// One or more, in the order of the text.
  public let architectures: [any Architecture]

  /// Whether all of them answer a subtask.
  public func answers(_ subtask: Subtask) -> Bool {
    architectures.allSatisfy { $0.card.subtasks.contains(subtask) }
  }

  /// The model with weights of a store, ready to run.
  /// - Throws: what `Architecture.characterizer(for:weights:options:)` throws.
  public func characterizer(
    for subtask: Subtask, weights: WeightStore, options: ServingOptions = ServingOptions()
  ) throws -> any Characterizer {
    let methods = try architectures.map { try $0.characterizer(for: subtask, weights: weights, options: options) }
    return methods.count == 1 ? methods[0] : EnsembleCharacterizer(methods)
  }

  /// A text that differs where the contents of weight files do, for ranks to compare.
  func weightsText(_ subtasks: [Subtask], _ weights: WeightStore) -> String {
    var checksum = Checksum(), count = 0
    for architecture in architectures {
      for subtask in subtasks where architecture.card.subtasks.contains(subtask) {
        for file in (try? weights.files(architecture.card.id, subtask)) ?? [] {
          checksum.add(file: file)
          count += 1
        }
      }
    }
    return count == 0 ? "no files" : "files of checksum \(checksum)"
  }
}

extension Registry {
  /// The model of an expression: ids with plus signs between.
  /// - Throws: `RegistryError` where an id is unknown, missing, or named twice.
  public func model(_ text: String) throws -> ModelExpression {
    let ids = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    guard ids.count == 1 || (ids.allSatisfy { !$0.isEmpty } && Set(ids).count == ids.count) else {
      throw RegistryError.malformedExpression(text)
    }
    return ModelExpression(text: text, architectures: try ids.map(architecture))
  }
}
