import Cluster
import Diffusion

extension Estimate {
  func write(to writer: inout ByteWriter) {
    switch prediction {
    case .exponent(let exponent):
      writer.append(false)
      writer.append(exponent)
    case .model(let probabilities):
      writer.append(true)
      writer.append(probabilities)
    }
    writer.append(deviation != nil)
    writer.append(deviation ?? 0)
    writer.append(spread != nil)
    writer.append(spread ?? 0)
    for coverage in Coverage.allCases {
      writer.append(halfWidths[coverage] != nil)
      writer.append(halfWidths[coverage] ?? 0)
    }
  }

  init(from reader: inout ByteReader) {
    func optional() -> Double? {
      let isThere = reader.next(Bool.self), value = reader.next(Double.self)
      return isThere ? value : nil
    }
    let isModel = reader.next(Bool.self)
    let prediction: Prediction = isModel ? .model(probabilities: reader.nextArray()) : .exponent(reader.next())
    self.init(prediction, deviation: optional(), spread: optional())
    for coverage in Coverage.allCases { halfWidths[coverage] = optional() }
  }
}

extension Estimate? {
  func write(to writer: inout ByteWriter) {
    writer.append(self != nil)
    self?.write(to: &writer)
  }

  init(from reader: inout ByteReader) { self = reader.next(Bool.self) ? Estimate(from: &reader) : nil }
}
