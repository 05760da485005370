/// States of a recurrent layer, `[layer * directions + direction][batch][hidden]`; parts may be missing.
package struct RecurrentStates {
  package var h: UnsafeMutablePointer<Float>?
  /// The cell of an LSTM.
  package var c: UnsafeMutablePointer<Float>?

  package init(h: UnsafeMutablePointer<Float>? = nil, c: UnsafeMutablePointer<Float>? = nil) {
    self.h = h
    self.c = c
  }
}

/// A kernel that can start from given states and hand over the last ones.
package protocol RecurrentKernel: LayerKernel {
  func forward(_ call: ForwardCall, initial: RecurrentStates, final: RecurrentStates)
  /// Takes gradients of final states and hands out those of initial states.
  func backward(
    _ call: BackwardCall, initial: RecurrentStates, finalGradients: RecurrentStates, initialGradients: RecurrentStates)
}

extension RecurrentKernel {
  package func forward(_ call: ForwardCall) {
    forward(call, initial: RecurrentStates(), final: RecurrentStates())
  }

  package func backward(_ call: BackwardCall) {
    backward(
      call, initial: RecurrentStates(), finalGradients: RecurrentStates(), initialGradients: RecurrentStates())
  }
}
